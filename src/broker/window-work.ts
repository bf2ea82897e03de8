import { type RowBatch, typesOfTable } from '../engine/heap/row-batch.js';
import { runWindow, type WindowWork } from '../engine/window/run-window.js';
import { concatTables } from '../vectors/concat-tables.js';

/** Operators and the rows that they run over, as they were gathered: plain data, but for ids that have no strings yet. */
export interface GatheredWork extends Omit<WindowWork, 'batch'> {
  readonly batches: readonly RowBatch[];
}

/** Runs operators over all rows. @throws as `runWindow` */
export function runGathered({ batches, ...work }: GatheredWork, signal: AbortSignal): Promise<RowBatch> {
  return runWindow({ ...work, batch: joined(batches) }, signal);
}

function joined(batches: readonly RowBatch[]): RowBatch {
  const [first] = batches;
  if (first !== undefined && batches.length === 1) return first;
  const table = concatTables(batches.map((batch) => batch.table));
  return { table, types: { ...typesOfTable(table), ...first?.types }, segmentId: 'window', range: null };
}
