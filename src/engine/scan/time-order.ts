import { assert } from '../../common/assert.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import { takeRows } from '../../vectors/take-rows.js';
import type { Table } from '../../vectors/table.js';

/** Rows [offset, offset + limit) of a scanned table in order of time; rows of one time keep their order. */
export function orderByTime(
  table: Table,
  order: 'ascending' | 'descending',
  offset: number,
  limit: number | null,
): Table {
  const column = table.columns[table.names.indexOf(TIME_COLUMN)];
  assert(column?.type === 'LONG', `Ordered scan has no LONG column [${TIME_COLUMN}]`);
  const times = Float64Array.from(column.values, Number);
  const rows = Uint32Array.from(times, (_, row) => row);
  const sign = order === 'ascending' ? 1 : -1;
  rows.sort((a, b) => (times[a]! - times[b]!) * sign || a - b);
  return takeRows(table, rows.slice(offset, limit === null ? undefined : offset + limit));
}
