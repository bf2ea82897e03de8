/** Entry of a thread for window operators: piscina runs its default export for each query. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { tableBuffers } from '../runtime/transfer-table.js';
import { packError } from '../runtime/thread-error.js';
import { type GatheredWork, runGathered } from './window-work.js';
import type { WindowOutcome } from './window-threads.js';

/** What nobody wants any more ends with its thread. */
const NEVER = new AbortController().signal;

export default async function run(work: GatheredWork): Promise<unknown> {
  let outcome: WindowOutcome;
  try {
    outcome = { batch: await runGathered(work, NEVER) };
  } catch (error) {
    return { error: packError(error) } satisfies WindowOutcome;
  }
  // Moved, not copied: nobody else here holds the columns.
  return move({ [transferableSymbol]: tableBuffers(outcome.batch.table), [valueSymbol]: outcome } as never);
}
