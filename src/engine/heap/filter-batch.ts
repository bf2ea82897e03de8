import type { Filter } from '../../query/native-query.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import { takeRows } from '../../vectors/take-rows.js';
import { keptRows } from './kept-rows.js';
import type { RowBatch } from './row-batch.js';

/** The rows of a batch that a filter keeps, whatever their time; null keeps all. */
export function filterBatch(
  batch: RowBatch,
  filter: Filter | null,
  virtualColumns: readonly VirtualColumn[],
): RowBatch {
  if (filter === null || batch.table.numRows === 0) return batch;
  return { ...batch, table: takeRows(batch.table, keptRows(batch, filter, virtualColumns)) };
}
