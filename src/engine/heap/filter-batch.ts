import { assert } from '../../common/assert.js';
import type { Interval } from '../../common/interval.js';
import type { Filter } from '../../query/native-query.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import { takeRows } from '../../vectors/take-rows.js';
import { runOnHeap } from './heap-run.js';
import type { RowBatch } from './row-batch.js';

const ROW_COLUMN = '$row';
const ALWAYS: readonly Interval[] = [{ startMs: -(2 ** 53), endMs: 2 ** 53 }];

/** The rows of a batch that a filter keeps, whatever their time. */
export async function filterBatch(
  batch: RowBatch,
  filter: Filter | null,
  virtualColumns: readonly VirtualColumn[],
  signal: AbortSignal,
): Promise<RowBatch> {
  if (filter === null || batch.table.numRows === 0) return batch;
  const { table, types } = batch;
  const numbers = BigInt64Array.from({ length: table.numRows }, (_, row) => BigInt(row));
  const numbered: RowBatch = {
    ...batch,
    table: {
      numRows: table.numRows,
      names: [...table.names, ROW_COLUMN],
      columns: [...table.columns, { type: 'LONG', values: numbers, nulls: null }],
    },
    types: { ...types, [ROW_COLUMN]: 'LONG' },
  };
  const plan = {
    kind: 'scan',
    intervals: ALWAYS,
    filter,
    virtualColumns,
    columns: [ROW_COLUMN],
    maxRows: null,
    order: 'none',
  } as const;
  const kept = await runOnHeap(plan, numbered, signal);
  const [column] = kept.columns;
  if (kept.numRows === 0) return { ...batch, table: takeRows(table, new Uint32Array(0)) };
  assert(column?.type === 'LONG', 'Row numbers are lost');
  return { ...batch, table: takeRows(table, Uint32Array.from(column.values, Number)) };
}
