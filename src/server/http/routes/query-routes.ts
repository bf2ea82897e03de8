import { randomUUID } from 'node:crypto';
import type { QueryAnswer } from '../../../broker/answer.js';
import type { Broker } from '../../../broker/broker.js';
import { DruidError } from '../../../common/druid-error.js';
import { SmileFromJson } from '../../../common/smile/smile-from-json.js';
import type { MetadataView } from '../../../metadata/metadata-view.js';
import type { NativeQuery } from '../../../query/native-query.js';
import { parseNativeQuery } from '../../../query/parse-native-query.js';
import { answerText, encodeAnswer, wholeText } from '../encode/answer-body.js';
import { prettyJson } from '../encode/pretty-json.js';
import { type EntityTag, entityTag, matchesTag } from '../entity-tag.js';
import { errorResponse } from '../errors.js';
import { type HttpRequest, type HttpResponse, json } from '../http-message.js';
import { isSmile, type QueryMedia, queryMedia, readQueryBody } from '../query-media.js';
import type { RunningQueries } from '../../sql/running-queries.js';
import { QueryScheduler, UNLIMITED } from '../query-scheduler.js';
import { responseContext } from '../response-context.js';
import { AnswerStreams } from '../answer-streams.js';
import type { Router } from '../router.js';
import { addDataSourceRoutes, candidates, type DataSourceRoutesOptions } from './data-source-routes.js';

/** Larger answers are sent in parts, so that encoding them leaves room for other work. */
const MAX_ROWS_AT_ONCE = 2000;

export interface QueryRoutesOptions extends DataSourceRoutesOptions {
  readonly broker: Pick<Broker, 'run' | 'cancel'>;
  readonly view: DataSourceRoutesOptions['view'] & Pick<MetadataView, 's' | 'streams'>;
  /** How many queries may run at once; absent = any number. */
  readonly scheduler?: QueryScheduler;
  /** Where queries under way are listed. */
  readonly running?: RunningQueries;
  /** Called once per finished native query, for metrics. */
  readonly onQuery: (queryType: string, durationMs: number, failed: boolean, rowsScanned: number) => void;
}

/** `/druid/v2`: native queries, cancellation, data sources. @source Druid `server/QueryResource.java` */
export function addQueryRoutes(router: Router, options: QueryRoutesOptions): void {
  const { broker, scheduler = new QueryScheduler(UNLIMITED) } = options;
  const streams = new AnswerStreams();
  const query = (request: HttpRequest): Promise<HttpResponse> => answerNative(request, options, scheduler, streams);
  router.add('POST', '/druid/v2', query);
  router.add('POST', '/druid/v2/', query);
  router.add('POST', '/druid/v2/candidates', (request) => answerCandidates(request, options));
  router.add('DELETE', '/druid/v2/:queryId', (request) => {
    const queryId = request.param('queryId');
    broker.cancel(queryId);
    streams.cancel(queryId);
    return { status: 202, headers: { 'content-type': 'application/json' } };
  });
  addDataSourceRoutes(router, options);
}

async function answerCandidates(request: HttpRequest, options: QueryRoutesOptions): Promise<HttpResponse> {
  const media = queryMedia(request);
  if (typeof media === 'number') return { status: media };
  try {
    const query = parseNativeQuery(readQueryBody(await request.body(), media), randomUUID);
    return inForm(json(candidates(query.dataSources, query.intervals, request, options)), request, media);
  } catch (error) {
    return inForm(errorResponse(error), request, media);
  }
}

async function answerNative(
  request: HttpRequest,
  options: QueryRoutesOptions,
  scheduler: QueryScheduler,
  streams: AnswerStreams,
): Promise<HttpResponse> {
  const media = queryMedia(request);
  if (typeof media === 'number') return { status: media };
  const startedAt = performance.now();
  let queryType = 'unknown';
  let headers: Record<string, string> = {};
  let named: () => string = randomUUID;
  try {
    const body = readQueryBody(await request.body(), media);
    named = () => queryIdOf(body);
    const query = parseNativeQuery(body, randomUUID);
    queryType = query.queryType;
    headers = { 'x-druid-query-id': query.context.queryId };
    const tag = askedTag(query, request, media, options.view);
    if (tag !== undefined && matchesTag(request.header('if-none-match') ?? '', tag.tag)) {
      return { status: 304, headers: { ...headers, etag: tag.tag } };
    }
    const free = scheduler.enter(query.context);
    const left = options.running?.enter({ id: query.context.queryId, type: 'native', statement: queryType });
    const leave = (): void => {
      left?.();
      free();
    };
    const { answer, text } = await held(leave, async () => {
      // Text is made beside the data where nothing is to be done to it here.
      const isText = !isSmile(media.answerType) && !request.query.has('pretty');
      const answered = await options.broker.run(query, request.signal, isText ? { scanText: true } : {});
      return { answer: answered, text: await encoded(answered, request, media, streams, leave) };
    });
    options.onQuery(queryType, performance.now() - startedAt, false, answer.rowsScanned);
    return {
      status: 200,
      headers: { ...headers, ...answerHeaders(answer, request, media, tag, options.view) },
      body: text,
    };
  } catch (error) {
    options.onQuery(queryType, performance.now() - startedAt, true, 0);
    // Druid first looks at some parts of a query when it runs, under its id.
    const isRunning = error instanceof DruidError && error.errorCode === 'legacyQueryException';
    if (isRunning && headers['x-druid-query-id'] === undefined) headers = { 'x-druid-query-id': named() };
    if (headers['x-druid-query-id'] === undefined && !isSmile(media.answerType)) throw error;
    return inForm(errorResponse(error, headers), request, media);
  }
}

/** The id that a request that could not be read gives itself. */
function queryIdOf(body: unknown): string {
  const context = typeof body === 'object' && body !== null && 'context' in body ? body.context : undefined;
  const id = typeof context === 'object' && context !== null && 'queryId' in context ? context.queryId : undefined;
  return typeof id === 'string' && /^[\x20-\x7e]+$/.test(id) ? id : randomUUID();
}

/** Runs what has a place; the place is given back when it fails, else by what it returned. */
async function held<T>(leave: () => void, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    leave();
    throw error;
  }
}

/** Computed for clients that ask, as Druid does: it costs a look at every segment. */
function askedTag(
  query: NativeQuery,
  request: HttpRequest,
  media: QueryMedia,
  view: QueryRoutesOptions['view'],
): EntityTag | undefined {
  if (request.header('if-none-match') === undefined) return undefined;
  return entityTag(query, `${media.answerType}${request.query.has('pretty') ? '+pretty' : ''}`, view);
}

function answerHeaders(
  answer: QueryAnswer,
  request: HttpRequest,
  media: QueryMedia,
  tag: EntityTag | undefined,
  view: QueryRoutesOptions['view'],
): Record<string, string> {
  const state = answer.query.context.includeState || request.header('x-millrace-state') !== undefined;
  return {
    'x-druid-response-context': responseContext(answer.query, view),
    'content-type': media.answerType,
    ...(state && { 'x-millrace-state': asciiJson(answer.state) }),
    ...(answer.query.context.includeProfile && { 'x-millrace-profile': profileText(answer) }),
    // A commit between the tag and the answer: the tag is of the other state.
    ...(tag !== undefined && tag.s === answer.state.s && { etag: tag.tag }),
  };
}

function profileText({ rowsScanned, blocks }: QueryAnswer): string {
  return JSON.stringify({ rowsScanned, blocksRead: blocks.read, blocks: blocks.all });
}

/** @param over called when the answer is encoded, or nobody wants the rest of it */
async function encoded(
  answer: QueryAnswer,
  request: HttpRequest,
  media: QueryMedia,
  streams: AnswerStreams,
  over: () => void,
): Promise<NonNullable<HttpResponse['body']>> {
  const { body } = answer;
  const smile = isSmile(media.answerType) ? new SmileFromJson() : undefined;
  const isTable = body.kind === 'aggregate' || body.kind === 'rows';
  if (body.kind === 'scan' || body.kind === 'union' || (isTable && body.table.numRows > MAX_ROWS_AT_ONCE)) {
    if (smile !== undefined || !request.query.has('pretty')) {
      return streams.stream(answer.query.context.queryId, encodeAnswer(body), smile, over);
    }
    const text = await wholeText(body);
    over();
    return prettyJson(text);
  }
  const text = answerText(body);
  over();
  if (smile !== undefined) return smile.part(text);
  return request.query.has('pretty') ? prettyJson(text) : text;
}

/** A short answer of JSON text in the form that the client asked for. */
function inForm(response: HttpResponse, request: HttpRequest, media: QueryMedia): HttpResponse {
  const text = response.body as string;
  if (isSmile(media.answerType)) {
    const headers = { ...response.headers, 'content-type': media.answerType };
    return { ...response, headers, body: new SmileFromJson().part(text) };
  }
  return request.query.has('pretty') ? { ...response, body: prettyJson(text) } : response;
}

/** JSON for a header: other characters than ASCII would be read differently by different clients. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
