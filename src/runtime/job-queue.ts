import type { Transferable } from 'node:worker_threads';
import type { ArenaHandle } from '../memory/memory-ref.js';
import type { EngineThread } from './engine-thread.js';

/** Jobs that a thread may have at a time: one that runs and one that follows without waiting for this thread. */
const JOBS_PER_THREAD = 2;

export interface JobOptions {
  /** Buffers of the payload that are moved instead of copied. */
  readonly transfer?: readonly Transferable[];
  /** As a query's: higher goes first. */
  readonly priority?: number;
  /** Arenas that the job works in. */
  readonly arenas?: readonly ArenaHandle[];
}

interface Job {
  readonly id: number;
  readonly name: string;
  readonly payload: unknown;
  readonly options: JobOptions;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** The thread that has it. */
  thread: EngineThread | undefined;
}

/** Jobs on the main thread: given to threads as they have room, so that none waits behind a long one while a thread is free. */
export class JobQueue {
  /** Highest priority first, then in order of arrival. */
  readonly #waiting: Job[] = [];
  readonly #posted = new Map<number, Job>();
  readonly #counts = new Map<EngineThread, number>();
  readonly #threads: () => readonly EngineThread[];
  #issued = 0;

  /** @param threads those that can be given jobs */
  constructor(threads: () => readonly EngineThread[]) {
    this.#threads = threads;
  }

  /** Jobs that no thread has yet. */
  get length(): number {
    return this.#waiting.length;
  }

  add(name: string, payload: unknown, options: JobOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const job = { id: ++this.#issued, name, payload, options, resolve, reject, thread: undefined };
      const priority = options.priority ?? 0;
      const place = this.#waiting.findIndex((other) => (other.options.priority ?? 0) < priority);
      this.#waiting.splice(place === -1 ? this.#waiting.length : place, 0, job);
      this.dispatch();
    });
  }

  ended(id: number, settle: (job: Pick<Job, 'resolve' | 'reject'>) => void): void {
    const job = this.#posted.get(id);
    if (job === undefined) return;
    this.#remove(job);
    settle(job);
    this.dispatch();
  }

  /** Fails the jobs that a dead thread had. */
  died(thread: EngineThread, error: unknown): void {
    for (const job of this.#posted.values()) {
      if (job.thread !== thread) continue;
      this.#remove(job);
      job.reject(error);
    }
  }

  failAll(error: unknown): void {
    for (const job of [...this.#posted.values(), ...this.#waiting.splice(0)]) job.reject(error);
    this.#posted.clear();
    this.#counts.clear();
  }

  /** Gives waiting jobs to the threads that have the least to do. */
  dispatch(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#freest();
      if (thread === undefined) return;
      this.#post(this.#waiting.shift()!, thread);
    }
  }

  #post(job: Job, thread: EngineThread): void {
    const { id, name, payload, options } = job;
    try {
      thread.introduce(options.arenas ?? [], []);
      thread.post({ kind: 'job', id, name, payload, priority: options.priority ?? 0 }, options.transfer);
    } catch (error) {
      // The payload cannot be cloned.
      job.reject(error);
      return;
    }
    job.thread = thread;
    thread.load++;
    this.#posted.set(id, job);
    this.#counts.set(thread, this.#countOf(thread) + 1);
  }

  #remove(job: Job): void {
    this.#posted.delete(job.id);
    const { thread } = job;
    if (thread === undefined) return;
    thread.load = Math.max(0, thread.load - 1);
    this.#counts.set(thread, this.#countOf(thread) - 1);
  }

  #freest(): EngineThread | undefined {
    let best: EngineThread | undefined;
    for (const thread of this.#threads()) {
      if (this.#countOf(thread) >= JOBS_PER_THREAD) continue;
      if (best === undefined || this.#countOf(thread) < this.#countOf(best)) best = thread;
      else if (this.#countOf(thread) === this.#countOf(best) && thread.load < best.load) best = thread;
    }
    return best;
  }

  #countOf(thread: EngineThread): number {
    return this.#counts.get(thread) ?? 0;
  }
}
