import { Piscina } from 'piscina';
import { DruidError } from '../common/druid-error.js';
import { workerEntry } from '../common/worker-entry.js';
import { createLeafRun } from '../engine/leaf-run.js';
import type { ArenaPool } from '../memory/arena-pool.js';
import { BLOCK_ROWS, type SegmentBlocks } from '../memory/block-ref.js';
import type { ArenaHandle } from '../memory/memory-ref.js';
import { type SegmentSlice, sliceRows, sliceSize } from '../memory/segment-table.js';
import type { LeafPlan } from '../plan/leaf-plan.js';
import type { Table } from '../vectors/table.js';
import { loadKernelModule } from '../vectors/kernels/wasm-kernels.js';
import type { FromThread, QueryMessage, TaskPart, ThreadSetup } from './engine-messages.js';
import { fromImage } from './error-image.js';
import { inlineContext } from './inline-context.js';
import { MAX_THREADS, QueryWords } from './query-words.js';
import { ThreadLink } from './thread-link.js';

/** Below this many rows a second thread costs more (a message, a merge) than it saves. */
const ROWS_PER_THREAD = BLOCK_ROWS;

export interface EngineRun {
  readonly plan: LeafPlan;
  /** Real-time blocks and slices of stored segments. */
  readonly segments: readonly (SegmentBlocks | SegmentSlice)[];
  /** Arenas of real-time blocks; those of the pool are known. */
  readonly arenas: readonly ArenaHandle[];
  /** Aborting stops the threads before their next block. */
  readonly signal: AbortSignal;
  /** Higher first; default 0. */
  readonly priority?: number;
}

export interface EngineOutcome {
  readonly partials: readonly Table[];
  readonly rowsScanned: number;
}

/** A query under way. */
interface Running {
  readonly words: QueryWords;
  /** Numbers of the threads that it was given to and that have not reported. */
  readonly threads: Set<number>;
  readonly partials: Table[];
  readonly resolve: (outcome: EngineOutcome) => void;
  readonly reject: (error: unknown) => void;
}

interface Job {
  readonly thread: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The threads that run leaf plans and jobs, started at boot and replaced by piscina when one dies. */
export class EnginePool {
  readonly #pool: Piscina<ThreadSetup, undefined>;
  readonly #arenas: ArenaPool;
  readonly #links: ThreadLink[] = [];
  readonly #running = new Map<number, Running>();
  readonly #jobs = new Map<number, Job>();
  readonly #lives: Promise<void>[] = [];
  #lastId = 0;
  #closed = false;

  /** Threads start in the background; the first run waits for one of them. */
  constructor(options: { readonly threads: number; readonly arenas: ArenaPool }) {
    const entry = workerEntry(import.meta.url, './engine.worker');
    const threads = Math.min(options.threads, MAX_THREADS);
    this.#arenas = options.arenas;
    this.#pool = new Piscina<ThreadSetup, undefined>({
      filename: entry.url.href,
      execArgv: [...entry.execArgv],
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: Infinity,
      recordTiming: false,
      // The endless tasks wait by themselves, and let their event loop turn.
      atomics: 'disabled',
    });
    const module = loadKernelModule();
    for (let thread = 0; thread < threads; thread++) this.#lives.push(this.#keepAlive(thread, module));
  }

  /** Queries and jobs that wait or run. */
  get queueLength(): number {
    return this.#running.size + this.#jobs.size;
  }

  /**
   * Runs a plan over blocks.
   * @throws DruidError CANCELED when `signal` aborts; nothing partial is returned
   */
  async run(run: EngineRun): Promise<EngineOutcome> {
    run.signal.throwIfAborted();
    const sizes = run.segments.map((segment) => numBlocks(segment));
    const blocks = sizes.reduce((sum, size) => sum + size, 0);
    // Nothing to read: no thread is worth waking, and none needs to have started yet.
    if (blocks === 0) {
      const leaf = createLeafRun(run.plan, inlineContext(run.segments));
      const partials = [leaf.leave(), leaf.finish()].filter((table) => table !== null);
      return { partials, rowsScanned: 0 };
    }
    const rows = run.segments.reduce((sum, segment) => sum + numRows(segment), 0);
    const wanted = Math.min(this.#links.length, blocks, Math.max(1, Math.ceil(rows / ROWS_PER_THREAD)));
    const words = QueryWords.create(run.segments.length);
    const id = this.#nextId();
    const links = [...this.#links].sort((a, b) => a.load - b.load).slice(0, wanted);
    const message = this.#message(id, run, words);
    const finished = new Promise<EngineOutcome>((resolve, reject) => {
      const threads = new Set(links.map((link) => link.thread));
      this.#running.set(id, { words, threads, partials: [], resolve, reject });
    });
    const stop = (): void => this.#fail(id, run.signal.reason);
    run.signal.addEventListener('abort', stop, { once: true });
    for (const link of links) this.#give(link, run, message);
    try {
      return await finished;
    } finally {
      run.signal.removeEventListener('abort', stop);
    }
  }

  /** Runs a job (engine-jobs.ts) in a thread; before blocks of queries. */
  job<T>(name: string, payload: unknown, transfer: readonly ArrayBuffer[] = []): Promise<T> {
    const link = this.#links.reduce((best, other) => (other.load < best.load ? other : best));
    const id = this.#nextId();
    link.load++;
    return new Promise<T>((resolve, reject) => {
      this.#jobs.set(id, { thread: link.thread, resolve: resolve as (result: unknown) => void, reject });
      link.post({ kind: 'job', id, name, payload }, transfer);
    });
  }

  /** Segments that no query will name again by these numbers. */
  forget(ids: readonly number[]): void {
    for (const link of this.#links) link.forget(ids);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const link of this.#links) link.post({ kind: 'close' });
    await Promise.all(this.#lives);
    await this.#pool.destroy();
    for (const link of this.#links) link.close();
  }

  /** One thread after another under one number. */
  async #keepAlive(thread: number, module: WebAssembly.Module): Promise<void> {
    while (!this.#closed) {
      const link = new ThreadLink(thread, module, (message) => this.#take(link, message));
      this.#links[thread] = link;
      try {
        await this.#pool.run(link.setup, { transferList: [link.theirPort as never] });
      } catch (error) {
        if (this.#closed) return;
        this.#bury(link, error);
      }
    }
  }

  #give(link: ThreadLink, run: EngineRun, message: QueryMessage): void {
    link.load++;
    link.keepArenas(this.#arenas.handles());
    link.define(run.segments.flatMap((segment) => ('definition' in segment ? [segment.definition] : [])));
    link.post(message);
  }

  #message(id: number, { plan, segments, arenas, priority = 0 }: EngineRun, words: QueryWords): QueryMessage {
    // Larger parts first, so that the last ones to be begun are small; a scan may end early, so its order stays.
    const ordered = plan.kind === 'scan' ? segments : [...segments].sort((a, b) => numRows(b) - numRows(a));
    const spaces = ordered.flatMap((part) => ('definition' in part && part.spaces !== null ? [part.spaces] : []));
    return {
      kind: 'query',
      id,
      plan,
      parts: ordered.map(taskPart),
      spaces: spaces[0] ?? null,
      home: this.#arenas.homeArena(),
      arenas,
      words: words.buffer,
      priority,
    };
  }

  #take(link: ThreadLink, message: FromThread): void {
    switch (message.kind) {
      case 'started':
        return;
      case 'left':
      case 'failed': {
        link.load--;
        const running = this.#running.get(message.id);
        if (running === undefined) return;
        running.threads.delete(link.thread);
        if (message.kind === 'failed') running.reject(fromImage(message.error));
        else for (const table of [message.partial, message.total]) if (table !== null) running.partials.push(table);
        this.#settle(message.id, running);
        return;
      }
      case 'done':
      case 'jobFailed': {
        link.load--;
        const job = this.#jobs.get(message.id);
        this.#jobs.delete(message.id);
        if (message.kind === 'done') job?.resolve(message.result);
        else job?.reject(fromImage(message.error));
      }
    }
  }

  /** Ends a query once every thread that joined has reported, and none can join any more. */
  #settle(id: number, running: Running): void {
    if (!running.words.isClosed) return;
    for (const thread of running.threads) if (running.words.hasJoined(thread)) return;
    // Threads that never got to it drop it when they do.
    for (const thread of running.threads) this.#links[thread]!.load--;
    this.#running.delete(id);
    this.#arenas.releaseScratch(id);
    running.resolve({ partials: running.partials, rowsScanned: running.words.rows });
  }

  #fail(id: number, error: unknown): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.words.stop();
    running.reject(error);
    if (running.words.close()) this.#settle(id, running);
  }

  /** A thread has died: what it had joined fails, its locks open, and the others of its queries stop. */
  #bury(link: ThreadLink, cause: unknown): void {
    const error = new DruidError('Engine thread ended unexpectedly', {
      category: 'RUNTIME_FAILURE',
      persona: 'OPERATOR',
      cause,
    });
    if (link.threadId !== undefined) this.#arenas.unlockAfter(link.threadId);
    link.close();
    for (const [id, job] of this.#jobs) {
      if (job.thread !== link.thread) continue;
      this.#jobs.delete(id);
      job.reject(error);
    }
    for (const [id, running] of this.#running) {
      if (!running.threads.delete(link.thread)) continue;
      running.words.stop();
      running.reject(error);
      if (running.words.hasJoined(link.thread)) running.words.leave();
      running.words.close();
      this.#settle(id, running);
    }
  }

  /** Ids are owners of scratch: positive 32-bit numbers. */
  #nextId(): number {
    this.#lastId = this.#lastId >= 2 ** 31 - 2 ? 1 : this.#lastId + 1;
    return this.#lastId;
  }
}

function numBlocks(segment: SegmentBlocks | SegmentSlice): number {
  return 'definition' in segment ? sliceSize(segment) : segment.blocks.length;
}

function numRows(segment: SegmentBlocks | SegmentSlice): number {
  if ('definition' in segment) return sliceRows(segment);
  return segment.blocks.reduce((sum, block) => sum + block.numRows, 0);
}

function taskPart(segment: SegmentBlocks | SegmentSlice): TaskPart {
  if (!('definition' in segment)) return { blocks: segment };
  return { definition: segment.definition.id, numbers: segment.blocks, hasSpaces: segment.spaces !== null };
}
