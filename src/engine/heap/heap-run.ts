import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LeafPlan } from '../../plan/leaf-plan.js';
import type { Table } from '../../vectors/table.js';
import { mergePartials } from '../merge.js';
import { inBlockOrder } from '../scan/block-order.js';
import { createHeapRun } from './create-heap-run.js';
import { heapSegment } from './heap-segment.js';
import type { RowBatch } from './row-batch.js';

/** Longest span of a query for which a data source without bounds of its own shows empty buckets. */
const MAX_FILLED_MS = 400 * 86_400_000;
const EVER = { minTimeMs: -(2 ** 52), maxTimeMs: 2 ** 52 };

/**
 * Runs a leaf over a batch of rows in this thread, block by block with a turn of the event loop between them; the partial of the batch.
 * @throws the signal's reason
 */
export async function runOnHeap(plan: LeafPlan, batch: RowBatch, signal: AbortSignal): Promise<Table> {
  const segment = heapSegment(batch, batch.range ?? boundsFor(plan));
  const run = createHeapRun(plan, [segment]);
  for (let block = 0; block < segment.numBlocks && !run.done; block++) {
    if (block > 0) await nextTurn();
    signal.throwIfAborted();
    run.add(0, block);
  }
  const partials = [run.leave(), run.finish()].filter((partial) => partial !== null);
  return mergePartials(plan, inBlockOrder(plan, partials));
}

/** Rows without a range are taken to be of all time, as far as buckets of all time can be shown. */
function boundsFor(plan: LeafPlan): { readonly minTimeMs: number; readonly maxTimeMs: number } {
  if (plan.kind === 'scan' || plan.granularity.type === 'all' || !plan.fillEmptyBuckets) return EVER;
  const spanMs = plan.intervals.reduce((sum, { startMs, endMs }) => sum + (endMs - startMs), 0);
  const [first, last] = [plan.intervals[0], plan.intervals.at(-1)];
  // No bucket is then shown but those of rows.
  if (first === undefined || last === undefined || spanMs > MAX_FILLED_MS) return { minTimeMs: 0, maxTimeMs: -1 };
  return { minTimeMs: first.startMs, maxTimeMs: last.endMs - 1 };
}
