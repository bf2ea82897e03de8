import { TIME_COLUMN } from '../../common/column-type.js';
import { invalidInput } from '../../common/druid-error.js';
import { parseJson } from '../../common/json-read.js';
import { jsonText } from '../../common/json-write.js';
import type { JsonObject } from '../../query/json-fields.js';
import type { PlannedIngest } from '../../sql/planned-statement.js';

/** A statement that is to run as a task. */
export interface SubmittedStatement {
  readonly sql: string;
  readonly context: JsonObject;
  readonly sqlQueryId: string;
}

/** The task's id. */
export function queryTaskId(sqlQueryId: string): string {
  return `query-${sqlQueryId}`;
}

/**
 * The `query_controller` task of an INSERT or REPLACE.
 * @throws DruidError INVALID_INPUT for settings in the context that mean nothing
 * @source Druid `MSQTaskQueryMaker.java`
 */
export function queryTask(plan: PlannedIngest, { sql, context, sqlQueryId }: SubmittedStatement): JsonObject {
  const isFinal = context['finalizeAggregations'] !== false && context['finalizeAggregations'] !== 'false';
  checkSettings(context);
  checkSortOrder(context, plan);
  const queries = plan.select.queries.map(({ json, columnMappings }) => ({
    // Tasks take as long as they take.
    query: { ...json, context: { ...(json['context'] as object), timeout: 0, finalize: isFinal } },
    columnMappings,
  }));
  return {
    type: 'query_controller',
    id: queryTaskId(sqlQueryId),
    spec: {
      plan: jsonText(queries),
      columns: plan.select.columns.map(({ name, nativeType }) => ({ name, type: nativeType })),
      destination: {
        type: 'dataSource',
        dataSource: plan.dataSource,
        segmentGranularity: plan.partitionedBy,
        clusteredBy: plan.clusteredBy,
        replaceTimeChunks: plan.overwrite === 'ALL' ? 'all' : plan.overwrite,
      },
    },
    sqlQuery: sql,
    sqlQueryContext: context,
  };
}

const NUMBERS = ['maxNumTasks', 'maxParseExceptions', 'rowsPerSegment', 'rowsInMemory'];
/** @source Druid `MultiStageQueryContext.java`, `ControllerImpl.java` */
const MIN_TASKS = 2;

function checkSettings(context: JsonObject): void {
  for (const name of NUMBERS) {
    const value = context[name];
    if (value === undefined || value === null) continue;
    if (!Number.isInteger(typeof value === 'string' ? Number(value) : value))
      throw invalidInput(`Expected key [${name}] to be an integer, but got [${String(value)}]`);
    const number = Number(value);
    if (name === 'maxNumTasks' && number < MIN_TASKS)
      throw invalidInput(
        `${name} cannot be less than ${MIN_TASKS} since at least 1 controller and 1 worker is necessary`,
      );
    if (name !== 'maxParseExceptions' && number < 1) throw invalidInput(`[${name}] must be greater than 0`);
  }
}

/** Rows of a segment are sorted by time, then by CLUSTERED BY: what asks for the same is heeded. */
function checkSortOrder({ segmentSortOrder: given }: JsonObject, { clusteredBy }: PlannedIngest): void {
  if (given === undefined || given === null || given === '') return;
  const text = String(given).trim();
  const wanted = (text.startsWith('[') ? (parseJson(text) as unknown[]).map(String) : text.split(',')).map((name) =>
    name.trim(),
  );
  const actual = [TIME_COLUMN, ...clusteredBy];
  if (wanted.some((name, i) => name !== actual[i]))
    throw invalidInput(
      `[segmentSortOrder] cannot be [${wanted.join(', ')}]: rows are sorted by [${actual.join(', ')}], as CLUSTERED BY says`,
    );
}
