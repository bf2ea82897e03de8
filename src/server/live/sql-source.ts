import { invalidInput } from '../../common/druid-error.js';
import { jsonText } from '../../common/json-write.js';
import { splitArray } from '../../common/json-split.js';
import type { LiveSource } from '../../live/live-source.js';
import { keyedByMembers } from '../../live/native-rows.js';
import type { Watermarks } from '../../live/watermarks.js';
import type { JsonObject } from '../../query/json-fields.js';
import type { PlannedSelect, PlannedStatement } from '../../sql/planned-statement.js';
import { cellOptions } from '../sql/cell-options.js';
import type { SqlRequest } from '../sql/sql-request.js';
import { encodeSqlRows } from '../sql/sql-rows.js';
import type { SqlService } from '../sql/sql-service.js';

const OBJECTS = { resultFormat: 'object', header: false, typesHeader: false, sqlTypesHeader: false } as const;
/** Native queries whose rows are groups. */
const AGGREGATES = ['timeseries', 'topN', 'groupBy', 'timeBoundary', 'windowOperator'];

/**
 * A statement to watch. It is planned anew at each evaluation, so that CURRENT_TIMESTAMP is the time of that evaluation.
 * @throws DruidError INVALID_INPUT in Druid's words; for a statement that is no aggregate
 */
export async function sqlSource(
  { query, context, parameters }: Pick<SqlRequest, 'query' | 'context' | 'parameters'>,
  sql: SqlService,
  watermarks: Watermarks,
): Promise<LiveSource> {
  const plan = async (): Promise<PlannedSelect> => {
    const how = { allowIngest: false, allowUnboundParameters: false, sqlQueryId: sql.queryId(context) };
    return aggregate(await sql.plan(query, context, parameters, how));
  };
  await plan();
  const { sqlQueryId: _, queryId: __, ...rest } = context;
  return {
    key: `sql|${jsonText({ query, context: rest, parameters })}`,
    evaluate: async (signal) => {
      const planned = await plan();
      const tables = planned.resources.flatMap(({ name, type }) => (type === 'DATASOURCE' ? [name] : []));
      const watermarkMs = await watermarks.of(tables);
      const result = await sql.run(planned, signal);
      let text = '';
      for await (const part of encodeSqlRows(result, OBJECTS, cellOptions(context))) text += part;
      const state = result.state ?? { s: 0, offsets: {}, evaluatedAt: new Date().toISOString() };
      return { rows: keyedByMembers(splitArray(text), keyColumns(planned)), state, watermarkMs };
    },
  };
}

function aggregate(planned: PlannedStatement): PlannedSelect {
  if (planned.kind !== 'select') throw invalidInput('Only SELECT can be live');
  for (const { json } of planned.queries) {
    if (AGGREGATES.includes(String(json['queryType']))) continue;
    throw invalidInput('A statement without aggregation cannot be live: subscribe to an aggregate');
  }
  return planned;
}

/** Output columns that name a row: those that no aggregation makes. Rows of several queries have none that name them. */
function keyColumns({ queries }: PlannedSelect): readonly string[] {
  const [only, ...others] = queries;
  if (only === undefined || others.length > 0) return [];
  const made = new Set(
    ['aggregations', 'postAggregations'].flatMap((member) =>
      ((only.json[member] ?? []) as readonly JsonObject[]).map((aggregator) => nameOf(aggregator)),
    ),
  );
  return only.columnMappings
    .filter(({ queryColumn }) => !made.has(queryColumn))
    .map(({ outputColumn }) => outputColumn);
}

/** Filtered aggregators have the name of what they filter. */
function nameOf(aggregator: JsonObject): unknown {
  return aggregator['name'] ?? (aggregator['aggregator'] as JsonObject | undefined)?.['name'];
}
