import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PlanLookups } from '../../plan/leaf-plan.js';
import type { WindowOperator } from '../../query/window-operator.js';
import { resolveIds } from '../../vectors/ids-column.js';
import { takeRows } from '../../vectors/take-rows.js';
import type { RowBatch } from '../heap/row-batch.js';
import { lookupContext } from '../plan-lookup.js';
import { MemoryBudget } from './memory-budget.js';
import { runStarts } from './partitions.js';
import { type ProcessParts, processWindow, type WindowRows } from './process-window.js';
import { scanRows, sortedRows } from './scan-rows.js';

export interface WindowWork {
  readonly batch: RowBatch;
  readonly operators: readonly WindowOperator[];
  /** Registered lookups that the operators name. */
  readonly lookups?: PlanLookups;
  /** What the rows may take of memory at any step. */
  readonly maxBytes: number;
}

/**
 * Runs operators over rows, one after another, with turns of the event loop between.
 * @throws the signal's reason; DruidError as of Druid's ResourceLimitExceededException
 */
export async function runWindow(work: WindowWork, signal: AbortSignal): Promise<RowBatch> {
  const budget = new MemoryBudget(work.maxBytes);
  const turn = async (): Promise<void> => {
    await nextTurn();
    signal.throwIfAborted();
  };
  const { lookups, batch } = work;
  const context = lookupContext(work);
  const parts = { context, lookups, budget, turn, signal };
  let rows = whole({ ...batch, table: resolveIds(batch.table) });
  for (const operator of work.operators) {
    await turn();
    budget.assertHolds(rows.batch.table);
    rows = await apply(rows, operator, parts);
  }
  return rows.batch;
}

async function apply(rows: WindowRows, operator: WindowOperator, parts: ProcessParts): Promise<WindowRows> {
  const { batch, partitions } = rows;
  switch (operator.type) {
    case 'partition':
      return { batch, partitions: runStarts(batch.table, operator.columns) };
    case 'sort':
      return whole({ ...batch, table: takeRows(batch.table, sortedRows(batch.table, operator.columns)) });
    case 'partitionSort': {
      const order = new Uint32Array(batch.table.numRows);
      for (let p = 0; p + 1 < partitions.length; p++) {
        const own = order.subarray(partitions[p], partitions[p + 1]).map((_, i) => partitions[p]! + i);
        order.set(sortedRows(batch.table, operator.columns, own), partitions[p]);
      }
      return { batch: { ...batch, table: takeRows(batch.table, order) }, partitions };
    }
    case 'scan':
      return whole(await scanRows(batch, operator, parts));
    case 'window':
      return { batch: await processWindow(rows, operator.processor, parts), partitions };
  }
}

function whole(batch: RowBatch): WindowRows {
  const { numRows } = batch.table;
  return { batch, partitions: numRows === 0 ? new Uint32Array(1) : Uint32Array.of(0, numRows) };
}
