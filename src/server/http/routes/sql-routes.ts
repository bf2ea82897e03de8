import { ARROW_STREAM, encodeArrowRows } from '../../sql/arrow-rows.js';
import { cellOptions } from '../../sql/cell-options.js';
import { RUNNING_QUERIES_PATH } from '../../sql/queries-table.js';
import type { RunningQueries } from '../../sql/running-queries.js';
import type { RunningSelect } from '../../sql/run-select.js';
import { encodeSqlRows } from '../../sql/sql-rows.js';
import { assertTimeout, parseSqlRequest, type SqlRequest } from '../../sql/sql-request.js';
import type { SqlService } from '../../sql/sql-service.js';
import type { AnswerStreams } from '../answer-streams.js';
import { errorResponse } from '../errors.js';
import { type HttpRequest, type HttpResponse, json } from '../http-message.js';
import { isJsonRequest } from '../json-body.js';
import type { QueryScheduler } from '../query-scheduler.js';
import { acceptedType, isSmile } from '../query-media.js';
import type { Router } from '../router.js';

export interface SqlRoutesOptions {
  readonly sql: SqlService;
  readonly scheduler: QueryScheduler;
  readonly streams: AnswerStreams;
  readonly running: RunningQueries;
  /** Called once per finished statement, for metrics. */
  readonly onQuery: (queryType: string, durationMs: number, failed: boolean, rowsScanned: number) => void;
}

/** `/druid/v2/sql`: statements and their cancellation. @source Druid `sql/http/SqlResource.java` */
export function addSqlRoutes(router: Router, options: SqlRoutesOptions): void {
  const { running } = options;
  const handle = (request: HttpRequest): Promise<HttpResponse> => answerSql(request, options);
  router.add('POST', '/druid/v2/sql', handle);
  router.add('POST', '/druid/v2/sql/', handle);
  router.add('GET', RUNNING_QUERIES_PATH, () => json({ queries: running.list() }));
  router.add('DELETE', '/druid/v2/sql/:sqlQueryId', (request) => {
    const sqlQueryId = request.param('sqlQueryId');
    if (!running.has(sqlQueryId)) return { status: 404 };
    options.sql.cancel(sqlQueryId);
    options.streams.cancel(sqlQueryId);
    return { status: 202 };
  });
}

const READ_AS_JSON = /^(text\/plain$|application\/x-www-form-urlencoded)/i;

async function answerSql(request: HttpRequest, options: SqlRoutesOptions): Promise<HttpResponse> {
  // Druid reads forms and plain text as JSON too, and so finds fault with what is none.
  if (!isJsonRequest(request) && !READ_AS_JSON.test(request.header('content-type') ?? '')) return { status: 415 };
  const wantsArrow = asksArrow(request);
  const accepted = acceptedType(request.header('accept') ?? 'application/json');
  if (!wantsArrow && (accepted === undefined || isSmile(accepted))) return { status: 406 };
  const startedAt = performance.now();
  const parsed = parseSqlRequest(new TextDecoder().decode(await request.body()));
  const sqlQueryId = options.sql.queryId(parsed.context);
  const headers = {
    'x-druid-sql-query-id': sqlQueryId,
    'x-druid-query-id': sqlQueryId,
    ...(parsed.header && { 'x-druid-sql-header-included': 'yes' }),
  };
  const left = options.running.enter({ id: sqlQueryId, type: 'sql', statement: parsed.query });
  let leave = left;
  try {
    assertTimeout(parsed.context);
    const free = options.scheduler.enter(place(parsed));
    leave = () => {
      left();
      free();
    };
    const { body, result } = await run(request, parsed, sqlQueryId, options, leave);
    options.onQuery('sql', performance.now() - startedAt, false, result.rowsScanned);
    return {
      status: 200,
      headers: {
        ...headers,
        'content-type': wantsArrow ? ARROW_STREAM : 'application/json',
        'x-druid-response-context': '{}',
        ...(asksState(request, parsed) && result.state && { 'x-millrace-state': JSON.stringify(result.state) }),
      },
      body,
    };
  } catch (error) {
    leave();
    options.onQuery('sql', performance.now() - startedAt, true, 0);
    return errorResponse(error, headers);
  }
}

/** Lane and priority that the context asks for; what cannot be meant is as if it were not there. */
function place({ context }: SqlRequest): { readonly lane: string | null; readonly priority: number } {
  const { lane, priority } = context;
  return {
    lane: typeof lane === 'string' && lane !== '' ? lane : null,
    priority: typeof priority === 'number' ? priority : 0,
  };
}

/** Beyond Druid: the answer as an Arrow IPC stream, whatever `resultFormat` says. */
function asksArrow(request: HttpRequest): boolean {
  return request.header('accept')?.includes(ARROW_STREAM) === true;
}

function asksState(request: HttpRequest, { context }: SqlRequest): boolean {
  return context['includeState'] === true || request.header('x-millrace-state') !== undefined;
}

async function run(
  request: HttpRequest,
  parsed: SqlRequest,
  sqlQueryId: string,
  { sql, streams }: SqlRoutesOptions,
  leave: () => void,
): Promise<{ readonly body: AsyncIterable<string | Uint8Array>; readonly result: RunningSelect }> {
  const statement = await sql.plan(parsed.query, parsed.context, parsed.parameters, {
    allowIngest: false,
    allowUnboundParameters: false,
    sqlQueryId,
  });
  const result = await sql.run(statement, request.signal);
  const options = cellOptions(parsed.context);
  const rows = asksArrow(request) ? encodeArrowRows(result, options) : encodeSqlRows(result, parsed, options);
  return { body: await startedStream(streams.stream(sqlQueryId, rows, undefined, leave)), result };
}

/** A stream whose first part is there, so that what fails at its begin is an error answer and no broken one. */
async function startedStream(parts: AsyncGenerator<string | Uint8Array>): Promise<AsyncIterable<string | Uint8Array>> {
  const first = await parts.next();
  return (async function* () {
    try {
      if (first.done !== true) yield first.value;
      yield* parts;
    } finally {
      await parts.return(undefined);
    }
  })();
}
