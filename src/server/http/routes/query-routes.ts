import { randomUUID } from 'node:crypto';
import type { QueryAnswer } from '../../../broker/answer.js';
import type { Broker } from '../../../broker/broker.js';
import { parseJson } from '../../../common/json-read.js';
import type { MetadataView } from '../../../metadata/metadata-view.js';
import { parseNativeQuery } from '../../../query/parse-native-query.js';
import { answerText, encodeAnswer } from '../encode/answer-body.js';
import { prettyJson } from '../encode/pretty-json.js';
import { errorResponse } from '../errors.js';
import { type HttpRequest, type HttpResponse, json } from '../http-message.js';
import { isJsonRequest } from '../json-body.js';
import type { Router } from '../router.js';

/** Larger answers are sent in parts, so that encoding them leaves room for other work. */
const MAX_ROWS_AT_ONCE = 2000;

export interface QueryRoutesOptions {
  readonly broker: Pick<Broker, 'run' | 'cancel'>;
  readonly view: Pick<MetadataView, 'dataSources' | 'segments' | 'supervisors'>;
  /** Called once per finished native query, for metrics. */
  readonly onQuery: (queryType: string, durationMs: number, failed: boolean, rowsScanned: number) => void;
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
  const names = (): HttpResponse => json(dataSourceNames(options.view));
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

/** What is read from a stream can be queried before its first segment is published, and is listed as soon. */
function dataSourceNames(view: QueryRoutesOptions['view']): string[] {
  const fed = view.supervisors().filter((row) => !row.suspended);
  return [...new Set([...view.dataSources(), ...fed.map((row) => row.dataSource)])].sort();
}

async function answerNative(request: HttpRequest, options: QueryRoutesOptions): Promise<HttpResponse> {
  if (!isJsonRequest(request)) return { status: 415 };
  const startedAt = performance.now();
  let queryType = 'unknown';
  let headers: Record<string, string> = {};
  try {
    const query = parseNativeQuery(parseJson(new TextDecoder().decode(await request.body())), randomUUID);
    queryType = query.queryType;
    headers = { 'x-druid-query-id': query.context.queryId };
    const answer = await options.broker.run(query, request.signal);
    const response = await encoded(answer, request, headers);
    options.onQuery(queryType, performance.now() - startedAt, false, answer.rowsScanned);
    return response;
  } catch (error) {
    options.onQuery(queryType, performance.now() - startedAt, true, 0);
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
    ...(state && { 'x-millrace-state': asciiJson(answer.state) }),
  };
  const { body } = answer;
  if (request.query.has('pretty')) {
    let text = '';
    for await (const chunk of encodeAnswer(body)) text += chunk;
    return { status: 200, headers: all, body: prettyJson(text) };
  }
  const streamed = body.kind === 'scan' || (body.kind === 'aggregate' && body.table.numRows > MAX_ROWS_AT_ONCE);
  return { status: 200, headers: all, body: streamed ? encodeAnswer(body) : answerText(body) };
}

/** JSON for a header: other characters than ASCII would be read differently by different clients. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function columns(view: QueryRoutesOptions['view'], dataSource: string): { dimensions: string[]; metrics: string[] } {
  const dimensions = new Set<string>();
  const metrics = new Set<string>();
  for (const row of view.segments()) {
    if (row.dataSource !== dataSource) continue;
    for (const name of row.dimensions) dimensions.add(name);
    for (const name of row.metrics) metrics.add(name);
  }
  return { dimensions: [...dimensions], metrics: [...metrics] };
}
