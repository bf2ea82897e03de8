import { Piscina } from 'piscina';
import { DruidError } from '../common/druid-error.js';
import { workerEntry } from '../common/worker-entry.js';
import { createLeafRun } from '../engine/leaf-run.js';
import type { ArenaHandle } from '../memory/memory-ref.js';
import type { LeafPlan } from '../plan/leaf-plan.js';
import type { SegmentBlocks } from '../memory/block-ref.js';
import type { Table } from '../vectors/table.js';
import type { EngineTask, EngineTaskResult } from './engine-task.js';
import { ScatterControl } from './scatter-control.js';

/** Below this many rows a second thread costs more (a message, a merge) than it saves. */
const ROWS_PER_THREAD = 16_384;

export interface EngineRun {
  readonly plan: LeafPlan;
  readonly segments: readonly SegmentBlocks[];
  /** Every arena that a block of `segments` lies in. */
  readonly arenas: readonly ArenaHandle[];
  /** Aborting stops the threads before their next block. */
  readonly signal: AbortSignal;
}

export interface EngineOutcome {
  /** One partial per thread that took part. */
  readonly partials: readonly Table[];
  readonly rowsScanned: number;
}

/** The worker threads that run leaf plans, started at boot and replaced by piscina when one dies. */
export class EnginePool {
  readonly #pool: Piscina<EngineTask, EngineTaskResult>;
  readonly #threads: number;

  /** Threads start in the background; the first run waits for one of them. */
  constructor(options: { readonly threads: number }) {
    const entry = workerEntry(import.meta.url, './engine.worker');
    this.#threads = options.threads;
    this.#pool = new Piscina<EngineTask, EngineTaskResult>({
      filename: entry.url.href,
      execArgv: [...entry.execArgv],
      minThreads: options.threads,
      maxThreads: options.threads,
      idleTimeout: Infinity,
      recordTiming: false,
    });
  }

  /**
   * Runs a plan over blocks; threads draw blocks one by one, so unequal segments finish together.
   * @throws DruidError CANCELED when `signal` aborts; nothing partial is returned
   */
  async run(run: EngineRun): Promise<EngineOutcome> {
    const rows = countRows(run.segments);
    const blocks = run.segments.reduce((sum, segment) => sum + segment.blocks.length, 0);
    // Nothing to read: no thread is worth waking, and none needs to have started yet.
    if (blocks === 0) return { partials: [createLeafRun(run.plan).finish()], rowsScanned: 0 };
    const wanted = Math.min(this.#threads, Math.max(1, blocks), Math.max(1, Math.ceil(rows / ROWS_PER_THREAD)));
    const control = new ScatterControl();
    const stop = (): void => control.stop();
    run.signal.addEventListener('abort', stop, { once: true });
    if (run.signal.aborted) control.stop();
    try {
      const task: EngineTask = { plan: run.plan, segments: run.segments, arenas: run.arenas, control: control.buffer };
      const results = await Promise.all(
        Array.from({ length: wanted }, () =>
          this.#pool.run(task).catch((error: unknown) => stopOthers(control, error)),
        ),
      );
      run.signal.throwIfAborted();
      return { partials: results.map((result) => result.table), rowsScanned: control.rows };
    } finally {
      run.signal.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

function stopOthers(control: ScatterControl, error: unknown): never {
  control.stop();
  if (error instanceof DruidError) throw error;
  throw new DruidError(error instanceof Error ? error.message : String(error), {
    category: 'RUNTIME_FAILURE',
    persona: 'OPERATOR',
    cause: error,
  });
}

function countRows(segments: readonly SegmentBlocks[]): number {
  let rows = 0;
  for (const segment of segments) for (const block of segment.blocks) rows += block.numRows;
  return rows;
}
