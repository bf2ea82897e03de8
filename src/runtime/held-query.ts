import { untilStopped, WorkStopped } from '../common/stop-check.js';
import type { LeafRun, RunContext } from '../engine/run.js';
import type { Scratch } from '../memory/scratch.js';
import type { LeafPlan } from '../plan/leaf-plan.js';
import type { Table } from '../vectors/table.js';
import { BlockShare } from './block-share.js';
import { QueryControl } from './query-control.js';
import { openForRun, type OpenSegment, type QuerySegment } from './query-segments.js';
import type { Workload } from './run-queue.js';
import { packError } from './thread-error.js';
import type { ThreadMemory } from './thread-memory.js';
import type { FromThread, QueryMessage } from './thread-messages.js';

/** Makes a plan executable, as createLeafRun does. */
export type MakeRun = (plan: LeafPlan, context: RunContext) => LeafRun;

export interface HeldQueryOptions {
  readonly thread: number;
  readonly message: QueryMessage;
  readonly segments: readonly QuerySegment[];
  readonly memory: ThreadMemory;
  readonly makeRun: MakeRun;
  /** Its buffers may be moved. */
  readonly post: (message: FromThread) => void;
}

/** What a thread has of a query that it joined. */
interface Joined {
  readonly run: LeafRun;
  readonly segments: readonly OpenSegment[];
}

/** One query in one thread: joins it at its first step, then adds one block a step, leaves when none is left. */
export class HeldQuery implements Workload {
  readonly #options: HeldQueryOptions;
  readonly #control: QueryControl;
  readonly #share: BlockShare;
  readonly #isStopped = (): boolean => this.#control.isCancelled;
  #joined: Joined | undefined;
  #rowsScanned = 0;

  constructor(options: HeldQueryOptions) {
    this.#options = options;
    this.#control = new QueryControl(options.message.control);
    this.#share = new BlockShare(this.#control);
  }

  get priority(): number {
    return this.#options.message.priority;
  }

  get isCancelled(): boolean {
    return this.#control.isCancelled;
  }

  /** Does a block's worth of work; true when the query is over for this thread. */
  step(): boolean {
    try {
      return untilStopped(this.#isStopped, () => this.#step());
    } catch (error) {
      if (error instanceof WorkStopped) {
        this.#report([], 0, 0);
        return true;
      }
      this.#options.post({ kind: 'failed', id: this.#options.message.id, error: packError(error) });
      return true;
    }
  }

  #step(): boolean {
    const control = this.#control;
    if (this.#joined === undefined) {
      // Too late: the others have taken everything, and nobody waits for this thread.
      if (!control.hasBlocks || !control.join(this.#options.thread)) return true;
      this.#joined = this.#open();
    }
    const { run, segments } = this.#joined;
    if (control.isCancelled) {
      this.#report([], 0, 0);
      return true;
    }
    if (!this.#share.take()) {
      this.#leave(run);
      return true;
    }
    const { segment, block } = this.#share;
    run.add(segment, block);
    this.#rowsScanned += segments[segment]!.rowsOf(block);
    if (run.done) control.setEnough();
    return false;
  }

  #leave(run: LeafRun): void {
    const partials = [run.leave()];
    const joined = this.#control.leave();
    if (joined > 0) partials.push(run.finish());
    this.#report(
      [...partials.filter((partial) => partial !== null), ...(run.ofSegments ?? [])],
      joined,
      joined > 0 ? (run.skipped ?? 0) : 0,
    );
  }

  #report(partials: readonly Table[], joined: number, rowsSkipped: number): void {
    const { id } = this.#options.message;
    this.#options.post({ kind: 'left', id, partials, rowsScanned: this.#rowsScanned, rowsSkipped, joined });
  }

  #open(): Joined {
    const { message, memory, makeRun } = this.#options;
    for (const arena of message.growing) memory.refresh(arena);
    const segments = this.#options.segments.map((segment) => openForRun(segment, (arena) => memory.buffer(arena)));
    const scratches = new Map<number, Scratch>();
    const run = makeRun(message.plan, {
      segments,
      home: message.home,
      kernels: (arena) => memory.kernels(arena),
      scratch: (arena) => {
        const known = scratches.get(arena) ?? memory.scratch(arena, message.id);
        scratches.set(arena, known);
        return known;
      },
      buffer: (arena, end) => memory.buffer(arena, end),
      exchange: this.#control,
      isComplete: (segment) => this.#share.hasAll(segment),
    });
    return { run, segments };
  }
}
