import type { TimeseriesQuery } from '../../query/native-query.js';
import { concatTables } from '../../vectors/concat-tables.js';
import { TableBuilder } from '../../vectors/table-builder.js';
import { takeColumn } from '../../vectors/take-rows.js';
import type { Table } from '../../vectors/table.js';
import { emptyGroup, FinishedGroups, timestampColumn, totalsRow } from './finished-groups.js';
import { everyRow, firstRows } from './first-rows.js';
import { reversed, timeKey } from './number-keys.js';

/** @source Druid `TimeseriesQueryQueryToolChest.java` */
export function finishTimeseries(query: TimeseriesQuery, merged: Table): Table {
  const groups = new FinishedGroups(query, merged, []);
  const limit = query.limit > 0 ? query.limit : groups.numRows;
  const times = groups.times;
  const byTime = query.descending ? reversed(timeKey(times)) : timeKey(times);
  const rows = firstRows(everyRow(groups.numRows), [byTime], limit);
  let table = groups.answer(timestampColumn(Float64Array.from(rows, (row) => times[row]!)), rows);
  if (table.numRows === 0 && query.granularity.type === 'all' && !query.context.skipEmptyBuckets)
    table = emptyRow(query);
  const withTotal = query.context.grandTotal ? concatTables([table, totalRow(query, merged, rows)]) : table;
  return withTimestampField(query, withTotal);
}

/** What `all` answers without any data: empty aggregators at the start of the first interval. */
function emptyRow(query: TimeseriesQuery): Table {
  const groups = new FinishedGroups(query, emptyGroup(query), []);
  return groups.answer(timestampColumn([query.intervals[0]?.startMs ?? 0]), everyRow(1));
}

/** All shown buckets in one row without a timestamp. */
function totalRow(query: TimeseriesQuery, merged: Table, rows: Uint32Array): Table {
  const noTime = { type: 'LONG', values: new BigInt64Array(1), nulls: Uint8Array.of(1) } as const;
  return totalsRow(query, noTime, merged.columns.slice(1), rows);
}

/** The bucket start once more under a name of the caller's choice (context `timestampResultField`). */
function withTimestampField(query: TimeseriesQuery, table: Table): Table {
  const field = query.context.raw['timestampResultField'];
  if (typeof field !== 'string') return table;
  const extended = new TableBuilder(table.numRows);
  table.names.forEach((name, i) => extended.add(name, table.columns[i]!));
  return extended.add(field, takeColumn(table.columns[0]!, everyRow(table.numRows))).build();
}
