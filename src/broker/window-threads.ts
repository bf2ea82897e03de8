import { Piscina } from 'piscina';
import { workerEntry } from '../common/worker-entry.js';
import type { RowBatch } from '../engine/heap/row-batch.js';
import { resourceLimitExceeded } from '../query/query-errors.js';
import { tableBuffers } from '../runtime/transfer-table.js';
import { type ThreadError, unpackError } from '../runtime/thread-error.js';
import { resolveIds } from '../vectors/ids-column.js';
import { type GatheredWork, runGathered } from './window-work.js';

/** Up to this many rows the work takes less than a few turns of the event loop, and a thread costs more than it saves. */
const FEW_ROWS = 16_384;
const THREADS = 2;
/** Heap of a thread: strings and JSON; numbers lie outside it. */
const MAX_HEAP_MB = 2048;
const IDLE_MS = 60_000;

export type WindowOutcome = { readonly batch: RowBatch } | { readonly error: ThreadError };

/** Threads for window operators over many rows, so that no other query waits for them; started with the first such query. */
export class WindowThreads {
  #pool: Piscina<GatheredWork, WindowOutcome> | undefined;

  /**
   * Runs operators over rows. The columns of `owned` work are moved to the thread and gone here; those of others are copied.
   * @throws the signal's reason, at once; DruidError as of Druid's ResourceLimitExceededException
   */
  async run(work: GatheredWork, owned: boolean, signal: AbortSignal): Promise<RowBatch> {
    const batches = work.batches.map((batch) => ({ ...batch, table: resolveIds(batch.table) }));
    if (batches.reduce((sum, { table }) => sum + table.numRows, 0) <= FEW_ROWS) return runGathered(work, signal);
    signal.throwIfAborted();
    const buffers = owned ? [...new Set(batches.flatMap(({ table }) => tableBuffers(table)))] : [];
    this.#pool ??= startPool();
    let outcome: WindowOutcome;
    try {
      // An abort ends the thread in the middle of its work.
      outcome = await this.#pool.run({ ...work, batches }, { transferList: buffers, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw isOutOfMemory(error) ? heapIsFull() : error;
    }
    if ('error' in outcome) throw unpackError(outcome.error);
    return outcome.batch;
  }

  async close(): Promise<void> {
    await this.#pool?.destroy();
  }
}

function startPool(): Piscina<GatheredWork, WindowOutcome> {
  const entry = workerEntry(import.meta.url, './window.worker');
  return new Piscina<GatheredWork, WindowOutcome>({
    filename: entry.url.href,
    execArgv: [...entry.execArgv],
    minThreads: 0,
    maxThreads: THREADS,
    idleTimeout: IDLE_MS,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    recordTiming: false,
  });
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function heapIsFull(): Error {
  return resourceLimitExceeded(
    'Window operators need more memory for their rows than a thread may have. Reduce the rows that they get, by a filter or a limit.',
  );
}
