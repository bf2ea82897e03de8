import type { Broker } from '../../../broker/broker.js';
import { DruidError } from '../../../common/druid-error.js';
import { parseJson } from '../../../common/json-read.js';
import type { TaskQueue } from '../../../coordination/overlord/tasks.js';
import type { MetadataView } from '../../../metadata/metadata-view.js';
import { PLANNED_ROWS_PATH, type PlannedRowsRequest } from '../../../protocol/planned-rows.js';
import { cellOptions } from '../../sql/cell-options.js';
import { plannedRows } from '../../sql/planned-rows.js';
import { queryTask } from '../../sql/query-task.js';
import { encodeSqlRows } from '../../sql/sql-rows.js';
import { parseSqlRequest } from '../../sql/sql-request.js';
import type { SqlService } from '../../sql/sql-service.js';
import { errorResponse } from '../errors.js';
import { type HttpRequest, type HttpResponse, json } from '../http-message.js';
import { isJsonRequest } from '../json-body.js';
import type { Router } from '../router.js';

export interface SqlTaskRoutesOptions {
  readonly sql: SqlService;
  readonly broker: Pick<Broker, 'run'>;
  readonly view: Pick<MetadataView, 'refresh'>;
  readonly tasks: Pick<TaskQueue, 'submit'>;
}

/** `/druid/v2/sql/task`: statements that write, as tasks; and the rows that such tasks ask for. @source Druid `sql/http/SqlTaskResource.java` */
export function addSqlTaskRoutes(router: Router, options: SqlTaskRoutesOptions): void {
  const submit = (request: HttpRequest): Promise<HttpResponse> => answerSqlTask(request, options);
  router.add('POST', '/druid/v2/sql/task', submit);
  router.add('POST', '/druid/v2/sql/task/', submit);
  router.add('GET', '/druid/v2/sql/task/enabled', () => json({ enabled: true }));
  router.add('POST', PLANNED_ROWS_PATH, (request) => answerRows(request, options));
}

const SELECT_IS_NO_TASK = new DruidError(
  'SELECT does not run as a task: post it to /druid/v2/sql, or to /druid/v2/sql/statements with context executionMode ASYNC',
  { category: 'UNSUPPORTED', persona: 'USER' },
);

async function answerSqlTask(request: HttpRequest, { sql, tasks }: SqlTaskRoutesOptions): Promise<HttpResponse> {
  if (!isJsonRequest(request)) return { status: 415 };
  const parsed = parseSqlRequest(new TextDecoder().decode(await request.body()));
  const { query, context, parameters } = parsed;
  const sqlQueryId = sql.queryId(context);
  const headers = { 'x-druid-sql-query-id': sqlQueryId };
  try {
    const plan = await sql.plan(query, context, parameters, {
      allowIngest: true,
      allowUnboundParameters: false,
      sqlQueryId,
    });
    if (plan.kind === 'explain') {
      const rows = encodeSqlRows(await sql.run(plan), parsed, cellOptions(context));
      return { status: 200, headers: { ...headers, 'content-type': 'application/json' }, body: rows };
    }
    // Queries are asked of `/druid/v2/sql` and of `/druid/v2/sql/statements`; Druid without task engine says it so.
    if (plan.kind === 'select') return { ...errorResponse(SELECT_IS_NO_TASK, headers), status: 405 };
    const { task } = await tasks.submit(queryTask(plan, { sql: query, context, sqlQueryId }));
    return {
      ...json({ taskId: task, state: 'RUNNING' }, 202),
      headers: { ...headers, 'content-type': 'application/json' },
    };
  } catch (error) {
    return errorResponse(error, headers);
  }
}

/** Of tasks of the same version: the outline is taken as sent. */
async function answerRows(request: HttpRequest, { broker, view }: SqlTaskRoutesOptions): Promise<HttpResponse> {
  const wanted = parseJson(new TextDecoder().decode(await request.body())) as PlannedRowsRequest;
  try {
    // What the task has put into segments a moment ago.
    await view.refresh();
    const body = await plannedRows(wanted, broker, request.signal);
    return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, body };
  } catch (error) {
    return errorResponse(error);
  }
}
