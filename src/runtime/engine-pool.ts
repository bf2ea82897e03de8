import { Piscina } from 'piscina';
import { assert } from '../common/assert.js';
import { DruidError } from '../common/druid-error.js';
import { type WorkerEntry, workerEntry } from '../common/worker-entry.js';
import type { ArenaHandle } from '../memory/memory-ref.js';
import { SharedScratch } from '../memory/shared-scratch.js';
import { sliceRows } from '../memory/segment-table.js';
import type { LeafPlan } from '../plan/leaf-plan.js';
import { EngineThread } from './engine-thread.js';
import { runInline } from './inline-run.js';
import { type JobOptions, JobQueue } from './job-queue.js';
import { type EngineOutcome, OpenQuery } from './open-query.js';
import { MAX_THREADS, QueryControl } from './query-control.js';
import { isSlice, numBlocksOf, packSegments, type QuerySegment } from './query-segments.js';
import { unpackError } from './thread-error.js';
import type { FromThread, QueryMessage, ThreadTask } from './thread-messages.js';

/** Below this many rows a second thread costs more (a message, a merge) than it saves. */
const ROWS_PER_THREAD = 16_384;
/** A closing pool waits this long for threads to end their step, then ends them in the middle of it. */
const CLOSE_MS = 5_000;
const MAX_QUERY_ID = 2 ** 31 - 1;

/** Of all pools of the process, since scratch is released by it. */
let lastQueryId = 0;

export interface EngineRun {
  readonly plan: LeafPlan;
  readonly segments: readonly QuerySegment[];
  /** Every arena that a block of `segments` lies in, and `home`. */
  readonly arenas: readonly ArenaHandle[];
  /** Id of the arena for states, one with scratch. */
  readonly home: number;
  /** Aborting stops the threads before their next block. */
  readonly signal: AbortSignal;
  /** Higher goes first. */
  readonly priority: number;
  /**
   * Called once, when no thread reads the segments any more: then, and not earlier, their pins may be released. With it, `run` rejects at once
   * when `signal` aborts; without it, only when the threads have stopped, so that a caller who releases after `run` is safe as well.
   */
  readonly onReleased?: () => void;
}

export interface EnginePoolOptions {
  readonly threads: number;
  /** Another entry, which calls serveEngine; for tests. */
  readonly entry?: WorkerEntry;
}

export interface ThreadMetrics {
  readonly busyMs: number;
  readonly morsels: number;
  readonly jobs: number;
  /** Queries and jobs that the thread holds. */
  readonly waiting: number;
}

export interface EngineMetrics {
  readonly threads: readonly ThreadMetrics[];
  /** Queries that have not ended. */
  readonly queries: number;
  /** Jobs that no thread has yet. */
  readonly waitingJobs: number;
}

interface PostedQuery {
  readonly query: OpenQuery;
  readonly control: QueryControl;
  readonly run: EngineRun;
  readonly message: QueryMessage;
  /** Those that were given it. */
  readonly threads: EngineThread[];
}

/** The worker threads that run leaf plans and jobs: each serves forever, piscina starts them and replaces one that dies. */
export class EnginePool {
  readonly #pool: Piscina<ThreadTask, void>;
  readonly #threads: readonly EngineThread[];
  readonly #queries = new Map<number, PostedQuery>();
  readonly #jobs: JobQueue;
  /** By arena, attached on this thread. */
  readonly #scratch = new Map<number, SharedScratch>();
  #isClosed = false;

  /** Threads start in the background; the first run waits for one of them. */
  constructor({ threads, entry = workerEntry(import.meta.url, './engine.worker') }: EnginePoolOptions) {
    assert(threads > 0 && threads <= MAX_THREADS, `Number of threads [${threads}] must be 1 to ${MAX_THREADS}`);
    this.#pool = new Piscina<ThreadTask, void>({
      filename: entry.url.href,
      execArgv: [...entry.execArgv],
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Infinity,
      recordTiming: false,
    });
    this.#pool.on('error', (error: unknown) => this.#startFailed(error));
    const events = {
      message: (thread: EngineThread, message: FromThread) => this.#take(thread, message),
      died: (thread: EngineThread, threadId: number, error: unknown) => this.#died(thread, threadId, error),
      replaced: (thread: EngineThread) => this.#replaced(thread),
    };
    this.#threads = Array.from({ length: threads }, (_, i) => new EngineThread(i, this.#pool, events));
    this.#jobs = new JobQueue(() => this.#working());
  }

  /**
   * Runs a plan over blocks. A thread takes the blocks of a segment one after another, and at the end steals those of others, so that
   * unequal segments finish together.
   * @throws the signal's reason when it aborts, what a run threw, DruidError RUNTIME_FAILURE when a thread died; nothing partial is returned
   */
  async run(run: EngineRun): Promise<EngineOutcome> {
    let query: OpenQuery | undefined;
    try {
      run.signal.throwIfAborted();
      // Nothing to read: no thread is worth waking, and none needs to have started yet.
      if (run.segments.every((segment) => numBlocksOf(segment) === 0)) return runInline(run.plan, run.segments);
      this.#assertWorking();
      query = this.#post(run);
    } finally {
      if (query === undefined) run.onReleased?.();
    }
    return query.outcome;
  }

  /**
   * Runs a job (engine-jobs.ts) in a thread, between the morsels of queries.
   * @throws what its handler threw, DruidError RUNTIME_FAILURE when its thread died
   */
  async job<T>(name: string, payload: unknown, options: JobOptions = {}): Promise<T> {
    this.#assertWorking();
    return (await this.#jobs.add(name, payload, options)) as T;
  }

  /** Threads need not know these (ids of definitions, of arenas) any more: they are gone, and no later run names them. */
  forget({ segments = [], arenas = [] }: { segments?: readonly number[]; arenas?: readonly number[] }): void {
    for (const thread of this.#working()) thread.forget(arenas, segments);
    for (const arena of arenas) this.#scratch.delete(arena);
  }

  get metrics(): EngineMetrics {
    const threads = this.#threads.map(({ counters: { busyMs, morsels, jobs, waiting } }) => {
      return { busyMs, morsels, jobs, waiting };
    });
    return { threads, queries: this.#queries.size, waitingJobs: this.#jobs.length };
  }

  /** Fails what is under way and ends the threads. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const error = new DruidError('Engine threads are closing', {
      category: 'SERVICE_UNAVAILABLE',
      persona: 'OPERATOR',
    });
    for (const { query } of this.#queries.values()) query.fail(error);
    this.#jobs.failAll(error);
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([Promise.all(this.#threads.map((thread) => thread.close())), limit]);
    clearTimeout(timer);
    await this.#pool.destroy();
    for (const { query } of this.#queries.values()) query.abandon(error);
  }

  #post(run: EngineRun): OpenQuery {
    const { signal, segments, priority, plan, home } = run;
    const id = nextQueryId();
    const control = QueryControl.create(this.#threads.length, Int32Array.from(segments, numBlocksOf));
    const query = new OpenQuery({
      id,
      control,
      signal,
      rejectsAtOnce: run.onReleased !== undefined,
      onEnd: () => this.#ended(id),
    });
    const packed = packSegments(segments);
    const growing = packed.blocks.length === 0 ? [] : run.arenas.map((arena) => arena.id);
    const message = {
      kind: 'query',
      id,
      plan,
      segments: packed,
      growing,
      home,
      priority,
      control: control.buffer,
    } as const;
    const posted = { query, control, run, message, threads: this.#choose(segments) };
    this.#queries.set(id, posted);
    for (const thread of posted.threads) postTo(thread, posted);
    return query;
  }

  /** The threads that have least to do, as many as a query is worth. */
  #choose(segments: readonly QuerySegment[]): EngineThread[] {
    const working = this.#working();
    const blocks = segments.reduce((sum, segment) => sum + numBlocksOf(segment), 0);
    const rows = segments.reduce((sum, segment) => sum + rowsOf(segment), 0);
    const wanted = Math.min(blocks, Math.max(1, Math.ceil(rows / ROWS_PER_THREAD)));
    if (wanted >= working.length) return working;
    const ready = (thread: EngineThread): number => (thread.isServing ? 1 : 0);
    return working.sort((a, b) => ready(b) - ready(a) || a.load - b.load).slice(0, wanted);
  }

  #take(thread: EngineThread, message: FromThread): void {
    switch (message.kind) {
      case 'left':
        this.#queries.get(message.id)?.query.left(thread.number, message, message.joined);
        break;
      case 'failed':
        this.#queries.get(message.id)?.query.threadFailed(thread.number, unpackError(message.error));
        break;
      case 'done':
        this.#jobs.ended(message.id, ({ resolve }) => resolve(message.result));
        break;
      case 'jobFailed':
        this.#jobs.ended(message.id, ({ reject }) => reject(unpackError(message.error)));
        break;
      case 'started':
        break;
    }
  }

  /** A thread failed before it was given its task, which waits for another one; the pool starts one when any thread is ready. */
  #startFailed(error: unknown): void {
    if (this.#pool.threads.length > 0) return;
    for (const thread of this.#threads) if (!thread.isServing && !thread.isBroken) thread.giveUp(error);
  }

  #died(thread: EngineThread, threadId: number, cause: unknown): void {
    const error = threadDied(cause);
    for (const scratch of this.#scratch.values()) scratch.unlockAfter(threadId);
    this.#jobs.died(thread, error);
    for (const { query } of this.#queries.values()) query.threadDied(thread.number, error);
    if (!thread.isBroken) return;
    const [other] = this.#working();
    if (other === undefined) this.#jobs.failAll(error);
    for (const posted of this.#queries.values()) {
      if (posted.control.isClosed || !posted.threads.every(({ isBroken }) => isBroken)) continue;
      if (other === undefined) {
        posted.query.fail(error);
      } else {
        posted.threads.push(other);
        postTo(other, posted);
      }
    }
  }

  /** Queries that the dead thread had not begun are its successor's. */
  #replaced(thread: EngineThread): void {
    for (const posted of this.#queries.values()) {
      if (posted.threads.includes(thread) && !posted.control.isClosed) postTo(thread, posted);
    }
    this.#jobs.dispatch();
  }

  #ended(id: number): void {
    const posted = this.#queries.get(id)!;
    this.#queries.delete(id);
    for (const thread of posted.threads) thread.load = Math.max(0, thread.load - 1);
    for (const arena of posted.run.arenas) this.#scratchOf(arena)?.releaseOwner(id);
    posted.run.onReleased?.();
  }

  #scratchOf(arena: ArenaHandle): SharedScratch | undefined {
    if (arena.scratch === undefined) return undefined;
    let scratch = this.#scratch.get(arena.id);
    if (scratch === undefined) {
      scratch = new SharedScratch(arena);
      this.#scratch.set(arena.id, scratch);
    }
    return scratch;
  }

  #working(): EngineThread[] {
    return this.#threads.filter((thread) => !thread.isBroken);
  }

  #assertWorking(): void {
    if (!this.#isClosed && this.#working().length > 0) return;
    const message = this.#isClosed ? 'Engine threads are closed' : 'No engine thread can be started';
    throw new DruidError(message, { category: 'SERVICE_UNAVAILABLE', persona: 'OPERATOR' });
  }
}

function postTo(thread: EngineThread, { run, message }: PostedQuery): void {
  thread.introduce(
    run.arenas,
    run.segments.filter(isSlice).map(({ definition }) => definition),
  );
  thread.post(message);
  thread.load++;
}

function rowsOf(segment: QuerySegment): number {
  return isSlice(segment) ? sliceRows(segment) : segment.blocks.reduce((sum, { numRows }) => sum + numRows, 0);
}

function threadDied(cause: unknown): DruidError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DruidError(`An engine thread died: ${reason}`, {
    category: 'RUNTIME_FAILURE',
    persona: 'OPERATOR',
    cause,
  });
}

function nextQueryId(): number {
  lastQueryId = (lastQueryId % MAX_QUERY_ID) + 1;
  return lastQueryId;
}
