/** `query_controller` tasks: a data source is written from what queries answer. @source Druid `MSQControllerTask.java`, `MSQSpec.java` */
import { invalidInput } from '../../common/druid-error.js';
import { parseJson } from '../../common/json-read.js';
import { ETERNITY, type Interval } from '../../common/interval.js';
import { parseInterval } from '../../common/iso-time.js';
import type { PlannedRowsRequest } from '../../protocol/planned-rows.js';
import {
  isObject,
  type JsonObject,
  optionalInteger,
  optionalLong,
  optionalObject,
  optionalString,
  stringArray,
} from '../spec/json-reader.js';

export const QUERY_TASK = 'query_controller';

export interface QueryTaskSpec {
  readonly id: string | undefined;
  readonly dataSource: string;
  /** Run one after another. */
  readonly queries: readonly PlannedRowsRequest[];
  /** In order; types are Druid's native ones. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** A period such as `P1D`, or `ALL`. */
  readonly segmentGranularity: string;
  readonly clusteredBy: readonly string[];
  /** What is replaced; null: rows are added. */
  readonly replace: 'all' | readonly Interval[] | null;
  /** Rows are groups whose aggregates can be merged further. */
  readonly isRollup: boolean;
  readonly failOnEmptyInsert: boolean;
  readonly maxParseExceptions: number;
  readonly maxRowsInMemory: number;
  readonly rowsPerSegment: number;
}

/** More than Druid's: memory has a limit of its own. */
const ROWS_IN_MEMORY = 1_000_000;
const ROWS_PER_SEGMENT = 3_000_000;

/** @throws DruidError INVALID_INPUT for what no statement of SQL was planned to */
export function parseQueryTask(json: unknown): QueryTaskSpec {
  const task = isObject(json) ? json : {};
  const spec = optionalObject(task, 'spec') ?? {};
  const destination = optionalObject(spec, 'destination') ?? {};
  const dataSource = optionalString(destination, 'dataSource');
  const granularity = optionalString(destination, 'segmentGranularity');
  const plan = optionalString(spec, 'plan');
  if (dataSource === undefined || granularity === undefined || plan === undefined)
    throw invalidInput(`Task [${QUERY_TASK}] must have [plan] and [destination]: submit SQL to [/druid/v2/sql/task]`);
  const context = optionalObject(task, 'sqlQueryContext') ?? {};
  const queries = readPlan(plan);
  return {
    id: optionalString(task, 'id'),
    dataSource,
    queries,
    columns: readColumns(spec['columns']),
    segmentGranularity: granularity,
    clusteredBy: stringArray(destination, 'clusteredBy') ?? [],
    replace: readReplaced(destination),
    isRollup: isRollup(queries, context),
    failOnEmptyInsert: isTrue(context['failOnEmptyInsert']),
    maxParseExceptions: maxParseExceptions(context),
    maxRowsInMemory: optionalInteger(context, 'rowsInMemory') ?? ROWS_IN_MEMORY,
    rowsPerSegment: optionalInteger(context, 'rowsPerSegment') ?? ROWS_PER_SEGMENT,
  };
}

/** Text, so that integers of 64 bits survive being stored. */
function readPlan(text: string): readonly PlannedRowsRequest[] {
  const plan = parseJson(text);
  const isQuery = (query: unknown): boolean =>
    isObject(query) && isObject(query['query']) && Array.isArray(query['columnMappings']);
  if (Array.isArray(plan) && plan.length > 0 && plan.every(isQuery)) return plan as PlannedRowsRequest[];
  throw invalidInput(`Task [${QUERY_TASK}] has no plan of queries`);
}

function readColumns(columns: unknown): QueryTaskSpec['columns'] {
  const isColumn = (column: unknown): boolean =>
    isObject(column) && typeof column['name'] === 'string' && typeof column['type'] === 'string';
  if (Array.isArray(columns) && columns.every(isColumn)) return columns as QueryTaskSpec['columns'];
  throw invalidInput(`Task [${QUERY_TASK}] must have [columns]`);
}

function readReplaced(destination: JsonObject): QueryTaskSpec['replace'] {
  if (destination['replaceTimeChunks'] === 'all') return 'all';
  return stringArray(destination, 'replaceTimeChunks')?.map((text) => parseInterval(text)) ?? null;
}

/** @source Druid `MSQTaskQueryMaker`: groups that stay mergeable, one row for each list of values. */
function isRollup(queries: readonly PlannedRowsRequest[], context: JsonObject): boolean {
  const isOff = (name: string): boolean => context[name] === false || context[name] === 'false';
  return (
    queries.length === 1 &&
    Array.isArray(queries[0]!.query['aggregations']) &&
    isOff('finalizeAggregations') &&
    isOff('groupByEnableMultiValueUnnesting')
  );
}

function maxParseExceptions(context: JsonObject): number {
  const most = optionalLong(context, 'maxParseExceptions');
  if (most !== undefined) return most < 0 ? Number.POSITIVE_INFINITY : most;
  return context['mode'] === 'nonStrict' ? Number.POSITIVE_INFINITY : 0;
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

/** The intervals that a publish replaces whether they get rows or not. */
export function replacedIntervals({ replace }: QueryTaskSpec): readonly Interval[] {
  if (replace === null) return [];
  return replace === 'all' ? [ETERNITY] : replace;
}
