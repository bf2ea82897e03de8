import { computePostAggregators } from '../../aggregators/post-aggregators.js';
import type { TimeseriesQuery } from '../../query/native-query.js';
import { concatTables } from '../../vectors/concat-tables.js';
import { TableBuilder } from '../../vectors/table-builder.js';
import { takeColumn } from '../../vectors/take-rows.js';
import type { Table } from '../../vectors/table.js';
import { answerTable, finishGroups, type FinishedGroups, finishStates, timestampColumn } from './finished-groups.js';
import { everyRow, firstRows } from './first-rows.js';

/** @source Druid `TimeseriesQueryQueryToolChest.java` */
export function finishTimeseries(query: TimeseriesQuery, merged: Table): Table {
  const groups = finishGroups(query, merged, []);
  const sign = query.descending ? -1 : 1;
  const limit = query.limit > 0 ? query.limit : groups.numRows;
  const times = groups.times;
  const rows = firstRows(everyRow(groups.numRows), (a, b) => (times[a]! - times[b]!) * sign, limit);
  let table = answerTable(groups, timestampColumn(Float64Array.from(rows, (row) => times[row]!)), rows);
  if (table.numRows === 0 && query.granularity.type === 'all' && !query.context.skipEmptyBuckets)
    table = emptyRow(query);
  const withTotal = query.context.grandTotal ? concatTables([table, totalRow(query, merged, rows)]) : table;
  return withTimestampField(query, withTotal);
}

/** What `all` answers without any data: empty aggregators at the start of the first interval. */
function emptyRow(query: TimeseriesQuery): Table {
  const groups = emptyGroup(query);
  return answerTable(groups, timestampColumn([query.intervals[0]?.startMs ?? 0]), everyRow(1));
}

function emptyGroup(query: TimeseriesQuery): FinishedGroups {
  const aggregators = finishStates(query, [], new Uint32Array(0), 1);
  const postAggregators = computePostAggregators(query.postAggregations, aggregators, 1);
  return { numRows: 1, times: Float64Array.of(0), dimensions: new Map(), aggregators, postAggregators };
}

/** All shown buckets in one row without a timestamp. */
function totalRow(query: TimeseriesQuery, merged: Table, rows: Uint32Array): Table {
  const states = merged.columns.slice(1).map((column) => takeColumn(column, rows));
  const aggregators = finishStates(query, states, new Uint32Array(rows.length), 1);
  const postAggregators = computePostAggregators(query.postAggregations, aggregators, 1);
  const groups = { numRows: 1, times: Float64Array.of(0), dimensions: new Map(), aggregators, postAggregators };
  return answerTable(groups, { type: 'LONG', values: new BigInt64Array(1), nulls: Uint8Array.of(1) }, everyRow(1));
}

/** The bucket start once more under a name of the caller's choice (context `timestampResultField`). */
function withTimestampField(query: TimeseriesQuery, table: Table): Table {
  const field = query.context.raw['timestampResultField'];
  if (typeof field !== 'string') return table;
  const extended = new TableBuilder(table.numRows);
  table.names.forEach((name, i) => extended.add(name, table.columns[i]!));
  return extended.add(field, takeColumn(table.columns[0]!, everyRow(table.numRows))).build();
}
