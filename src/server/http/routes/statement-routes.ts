import { DruidError, invalidInput } from '../../../common/druid-error.js';
import { formatIso } from '../../../common/iso-time.js';
import { jsonString } from '../../../common/json-write.js';
import type { TaskQueue } from '../../../coordination/overlord/tasks.js';
import type { PlannedIngest } from '../../../sql/planned-statement.js';
import { queryTask, queryTaskId } from '../../sql/query-task.js';
import type { RunningQueries } from '../../sql/running-queries.js';
import { encodeCells } from '../../sql/sql-rows.js';
import { assertTimeout, parseResultFormat, parseSqlRequest, type SqlRequest } from '../../sql/sql-request.js';
import type { SqlService } from '../../sql/sql-service.js';
import type { AsyncStatement, Statements } from '../../sql/statements.js';
import { asDruidError, errorBody, errorResponse } from '../errors.js';
import { type HttpRequest, type HttpResponse, json } from '../http-message.js';
import { isJsonRequest } from '../json-body.js';
import type { QueryScheduler } from '../query-scheduler.js';
import type { Router } from '../router.js';

export interface StatementRoutesOptions {
  readonly sql: SqlService;
  readonly statements: Statements;
  readonly tasks: Pick<TaskQueue, 'submit' | 'status' | 'shutdown'>;
  readonly scheduler: QueryScheduler;
  readonly running: RunningQueries;
}

const PATH = '/druid/v2/sql/statements';

/** Statements whose answers are fetched later. @source Druid `SqlStatementResource.java` */
export function addStatementRoutes(router: Router, options: StatementRoutesOptions): void {
  const submit = (request: HttpRequest): Promise<HttpResponse> => withErrors(() => answerSubmit(request, options));
  router.add('GET', `${PATH}/enabled`, () => json({ enabled: true }));
  router.add('POST', PATH, submit);
  router.add('POST', `${PATH}/`, submit);
  router.add('GET', `${PATH}/:id`, (request) => withErrors(() => answerStatus(request.param('id'), options)));
  router.add('GET', `${PATH}/:id/results`, (request) => withErrors(() => answerResults(request, options)));
  router.add('DELETE', `${PATH}/:id`, (request) => withErrors(() => answerDelete(request.param('id'), options)));
}

async function withErrors(run: () => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await run();
  } catch (error) {
    return errorResponse(error);
  }
}

async function answerSubmit(request: HttpRequest, options: StatementRoutesOptions): Promise<HttpResponse> {
  if (!isJsonRequest(request)) return { status: 415 };
  const parsed = parseSqlRequest(new TextDecoder().decode(await request.body()));
  const { sql, statements, scheduler } = options;
  assertAsync(parsed.context['executionMode']);
  assertTimeout(parsed.context);
  const sqlQueryId = sql.queryId(parsed.context);
  // Nobody waits, unless it is said how long.
  const context = { timeout: 0, ...parsed.context };
  const how = { allowIngest: true, allowUnboundParameters: false, sqlQueryId };
  const plan = await sql.plan(parsed.query, context, parsed.parameters, how);
  if (plan.kind === 'ingest') return submitTask(plan, parsed, sqlQueryId, options);
  const free = scheduler.enter({ lane: null, priority: 0 });
  const left = options.running.enter({ id: sqlQueryId, type: 'sql', statement: parsed.query });
  const leave = (): void => {
    left();
    free();
  };
  try {
    return statementJson(await statements.submit(plan, parsed, sqlQueryId, leave));
  } catch (error) {
    leave();
    throw error;
  }
}

function assertAsync(mode: unknown): void {
  if (mode === undefined || mode === null)
    throw invalidInput(
      'Execution mode is not provided to the sql statement api. Please set [executionMode] to [ASYNC] in the query context',
    );
  if (String(mode).toUpperCase() !== 'ASYNC')
    throw invalidInput(
      `The sql statement api currently does not support the provided execution mode [${String(mode)}]. Please set [executionMode] to [ASYNC] in the query context`,
    );
}

async function submitTask(
  plan: PlannedIngest,
  { query, context }: SqlRequest,
  sqlQueryId: string,
  { tasks }: StatementRoutesOptions,
): Promise<HttpResponse> {
  const { task } = await tasks.submit(queryTask(plan, { sql: query, context, sqlQueryId }));
  return answerTask(task, tasks);
}

async function answerStatus(id: string, { statements, tasks }: StatementRoutesOptions): Promise<HttpResponse> {
  const statement = statements.get(id);
  return statement === undefined ? answerTask(id, tasks) : statementJson(statement);
}

/** Of an INSERT or REPLACE. */
async function answerTask(id: string, tasks: StatementRoutesOptions['tasks']): Promise<HttpResponse> {
  const { status } = await taskOf(id, tasks);
  const state = status.status === 'RUNNING' && status.runnerStatusCode !== 'RUNNING' ? 'ACCEPTED' : status.status;
  const failure = new DruidError(status.errorMsg ?? 'The task failed', { category: 'RUNTIME_FAILURE' });
  return json({
    queryId: id,
    state,
    createdAt: status.createdTime,
    durationMs: status.duration,
    ...(state === 'SUCCESS' && { result: { dataSource: status.dataSource } }),
    ...(state === 'FAILED' && { errorDetails: errorBody(failure) }),
  });
}

async function taskOf(id: string, tasks: StatementRoutesOptions['tasks']): ReturnType<TaskQueue['status']> {
  const found = id.startsWith(queryTaskId('')) ? await tasks.status(id).catch(() => undefined) : undefined;
  if (found !== undefined) return found;
  throw new DruidError(
    `Query [${id}] was not found. The query details are no longer present or might not be of the type [query_controller]. Verify that the id is correct.`,
    { category: 'NOT_FOUND' },
  );
}

/** JSON by hand around rows, whose numbers keep their text. */
function statementJson({
  id,
  state,
  createdAtMs,
  endedAtMs,
  columns,
  rows,
  error,
  request,
}: AsyncStatement): HttpResponse {
  const schema = columns.map(({ name, sqlType, nativeType }) => ({ name, type: sqlType.name, nativeType }));
  const head = {
    queryId: id,
    state,
    createdAt: formatIso(createdAtMs),
    schema,
    durationMs: endedAtMs === undefined ? -1 : endedAtMs - createdAtMs,
    ...(error !== undefined && { errorDetails: errorBody(asDruidError(error)) }),
  };
  let body = JSON.stringify(head);
  if (rows !== undefined) {
    const pages = rows.pages.map(({ numRows, sizeInBytes }, i) => ({ id: i, numRows, sizeInBytes }));
    const totals = `"numTotalRows":${rows.numRows},"totalSizeInBytes":${rows.sizeInBytes},"resultFormat":${jsonString(request.resultFormat)}`;
    const result = `{${totals},"dataSource":"__query_select","sampleRecords":[${rows.sample.join(',')}],"pages":${JSON.stringify(pages)}}`;
    body = `${body.slice(0, -1)},"result":${result}}`;
  }
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

async function answerResults(
  request: HttpRequest,
  { statements, tasks }: StatementRoutesOptions,
): Promise<HttpResponse> {
  const id = request.param('id');
  const statement = statements.get(id);
  if (statement === undefined) {
    await taskOf(id, tasks);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '[]\n' };
  }
  const { state, rows, columns } = statement;
  if (state === 'FAILED')
    throw new DruidError(`Query[${id}] failed. Check the status api for more details.`, { category: 'NOT_FOUND' });
  if (rows === undefined)
    throw invalidInput(`Query[${id}] is currently in [${state}] state. Please wait for it to complete.`);
  const format = request.query.get('resultFormat');
  const resultFormat = format === null ? statement.request.resultFormat : parseResultFormat(format);
  const number = request.query.get('page');
  const page = number === null ? undefined : rows.pages[Number(number)];
  if (number !== null && page === undefined && !(number === '0' && rows.pages.length === 0))
    throw invalidInput(`Page id [${number}] is out of the range of results of query [${id}]`);
  const filename = request.query.get('filename');
  if (filename !== null && !/^[\w .-]{1,255}$/.test(filename)) throw invalidInput(`Invalid filename [${filename}]`);
  return {
    status: 200,
    headers: {
      'content-type': resultFormat === 'csv' ? 'text/csv' : 'application/json',
      ...(filename !== null && { 'content-disposition': `attachment; filename="${filename}"` }),
    },
    body: encodeCells(columns, rows.cells(page), { ...statement.request, resultFormat }),
  };
}

async function answerDelete(id: string, { statements, tasks }: StatementRoutesOptions): Promise<HttpResponse> {
  const statement = statements.get(id);
  if (statement !== undefined) {
    const isRunning = statement.endedAtMs === undefined;
    await statements.delete(statement);
    return { status: isRunning ? 202 : 200 };
  }
  const { status } = await taskOf(id, tasks);
  if (status.status !== 'RUNNING') return { status: 200 };
  await tasks.shutdown(id);
  return { status: 202 };
}
