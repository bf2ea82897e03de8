import { assert } from '../common/assert.js';
import { TIME_COLUMN } from '../common/column-type.js';
import { joinScans } from '../engine/scan/join-scans.js';
import { takeRows } from '../vectors/take-rows.js';
import type { Table } from '../vectors/table.js';

/** The rows from `skip` on, at most `limit` of them. */
export function cutTable(table: Table, skip: number, limit: number): Table {
  const from = Math.min(skip, table.numRows);
  const to = Math.min(table.numRows, from + limit);
  return from === 0 && to === table.numRows ? table : rowsBetween(table, from, to);
}

/** Tables that end where a batch does, but for the last. */
export async function* inWholeBatches(tables: AsyncIterable<Table>, batchSize: number): AsyncGenerator<Table, void> {
  let held: Table | null = null;
  for await (const table of tables) {
    const all: Table = held === null ? table : joinScans([held, table]);
    const whole = all.numRows - (all.numRows % batchSize);
    if (whole > 0) yield cutTable(all, 0, whole);
    held = whole === all.numRows ? null : cutTable(all, whole, batchSize);
  }
  if (held !== null) yield held;
}

/** The time of the last row; undefined without rows. */
export function lastTime(table: Table): bigint | undefined {
  return table.numRows === 0 ? undefined : timesOf(table)[table.numRows - 1];
}

/** The rows at the end that have this time. */
export function withTime(table: Table, time: bigint): Table {
  return rowsBetween(table, firstOf(table, time), table.numRows);
}

/** The rows before those. */
export function withoutTime(table: Table, time: bigint): Table {
  return rowsBetween(table, 0, firstOf(table, time));
}

/** Smallest and greatest time of rows that need no order; undefined without rows. */
export function timeRange(table: Table): { readonly minTimeMs: number; readonly maxTimeMs: number } | undefined {
  if (table.numRows === 0) return undefined;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of timesOf(table)) {
    min = Math.min(min, Number(time));
    max = Math.max(max, Number(time));
  }
  return { minTimeMs: min, maxTimeMs: max };
}

function firstOf(table: Table, time: bigint): number {
  const times = timesOf(table);
  let first = table.numRows;
  while (first > 0 && times[first - 1] === time) first--;
  return first;
}

function timesOf({ names, columns }: Table): BigInt64Array {
  const times = columns[names.indexOf(TIME_COLUMN)];
  assert(times?.type === 'LONG', `Scan has no LONG column [${TIME_COLUMN}]`);
  return times.values;
}

function rowsBetween(table: Table, from: number, to: number): Table {
  const rows = Uint32Array.from({ length: to - from }, (_, i) => from + i);
  return takeRows(table, rows);
}
