import { randomUUID } from 'node:crypto';
import type { QueryAnswer } from '../../../broker/answer.js';
import type { Broker } from '../../../broker/broker.js';
import { parseJson } from '../../../common/json-read.js';
import type { MetadataView } from '../../../metadata/metadata-view.js';
import { parseNativeQuery } from '../../../query/parse-native-query.js';
import { encodeAnswer } from '../encode/answer-body.js';
import { prettyJson } from '../encode/pretty-json.js';
import { errorResponse } from '../errors.js';
import { type HttpRequest, type HttpResponse, json } from '../http-message.js';
import type { Router } from '../router.js';

export interface QueryRoutesOptions {
  readonly broker: Broker;
  readonly view: MetadataView;
  /** Called once per finished native query, for metrics. */
  readonly onQuery: (queryType: string, durationMs: number, failed: boolean) => void;
}

/** `/druid/v2`: native queries, cancellation, data source names. */
export function addQueryRoutes(router: Router, options: QueryRoutesOptions): void {
  const { broker } = options;
  const query = (request: HttpRequest): Promise<HttpResponse> => answerNative(request, options);
  router.add('POST', '/druid/v2', query);
  router.add('POST', '/druid/v2/', query);
  router.add('DELETE', '/druid/v2/:queryId', (request) => {
    broker.cancel(request.param('queryId'));
    return { status: 202 };
  });
  const names = (): HttpResponse => json(options.view.dataSources());
  router.add('GET', '/druid/v2/datasources', names);
  router.add('GET', '/druid/v2/datasources/', names);
  router.add('GET', '/druid/v2/datasources/:dataSource', (request) =>
    json(columns(options.view, request.param('dataSource'))),
  );
  router.add('GET', '/druid/v2/datasources/:dataSource/dimensions', (request) =>
    json(columns(options.view, request.param('dataSource')).dimensions),
  );
  router.add('GET', '/druid/v2/datasources/:dataSource/metrics', (request) =>
    json(columns(options.view, request.param('dataSource')).metrics),
  );
}

async function answerNative(request: HttpRequest, options: QueryRoutesOptions): Promise<HttpResponse> {
  const type = request.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') return { status: 415 };
  const startedAt = performance.now();
  let queryType = 'unknown';
  let headers: Record<string, string> = {};
  try {
    const query = parseNativeQuery(parseJson(new TextDecoder().decode(await request.body())), randomUUID);
    queryType = query.queryType;
    headers = { 'x-druid-query-id': query.context.queryId };
    const answer = await options.broker.run(query, request.signal);
    const response = await encoded(answer, request, headers);
    options.onQuery(queryType, performance.now() - startedAt, false);
    return response;
  } catch (error) {
    options.onQuery(queryType, performance.now() - startedAt, true);
    if (headers['x-druid-query-id'] === undefined) throw error;
    return errorResponse(error, headers);
  }
}

async function encoded(
  answer: QueryAnswer,
  request: HttpRequest,
  headers: Readonly<Record<string, string>>,
): Promise<HttpResponse> {
  const state = answer.query.context.includeState || request.header('x-millrace-state') !== undefined;
  const all = {
    ...headers,
    'x-druid-response-context': '{}',
    'content-type': 'application/json',
    ...(state && { 'x-millrace-state': JSON.stringify(answer.state) }),
  };
  const chunks = encodeAnswer(answer.body);
  if (request.query.has('pretty')) {
    let text = '';
    for await (const chunk of chunks) text += chunk;
    return { status: 200, headers: all, body: prettyJson(text) };
  }
  if (answer.body.kind === 'scan') return { status: 200, headers: all, body: chunks };
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return { status: 200, headers: all, body: text };
}

function columns(view: MetadataView, dataSource: string): { dimensions: string[]; metrics: string[] } {
  const dimensions = new Set<string>();
  const metrics = new Set<string>();
  for (const row of view.segments()) {
    if (row.dataSource !== dataSource) continue;
    for (const name of row.dimensions) dimensions.add(name);
    for (const name of row.metrics) metrics.add(name);
  }
  return { dimensions: [...dimensions], metrics: [...metrics] };
}
