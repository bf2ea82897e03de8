import { assert } from '../../common/assert.js';
import type { Interval } from '../../common/interval.js';
import type { PlanLookups } from '../../plan/leaf-plan.js';
import type { Filter } from '../../query/native-query.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import { createHeapRun } from './create-heap-run.js';
import { heapSegment } from './heap-segment.js';
import type { RowBatch } from './row-batch.js';

const ROW_COLUMN = '$row';
const ALWAYS: readonly Interval[] = [{ startMs: -(2 ** 53), endMs: 2 ** 53 }];

/** Numbers of the rows that a filter keeps, whatever their time; ascending. */
export function keptRows(
  batch: RowBatch,
  filter: Filter,
  virtualColumns: readonly VirtualColumn[],
  lookups?: PlanLookups,
): Uint32Array {
  const { table, types } = batch;
  if (table.numRows === 0) return new Uint32Array(0);
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
  const segment = heapSegment(numbered, { minTimeMs: 0, maxTimeMs: 0 });
  const intervals = ALWAYS;
  const columns = [ROW_COLUMN];
  const run = createHeapRun(
    {
      kind: 'scan',
      intervals,
      filter,
      virtualColumns,
      columns,
      maxRows: null,
      order: 'none',
      ...(lookups !== undefined && { lookups }),
    },
    [segment],
  );
  for (let block = 0; block < segment.numBlocks; block++) run.add(0, block);
  const found = run.leave();
  const column = found?.columns[found.names.indexOf(ROW_COLUMN)];
  if (found === null || found.numRows === 0) return new Uint32Array(0);
  assert(column?.type === 'LONG', 'Row numbers are lost');
  return Uint32Array.from(column.values, Number).sort();
}
