/**
 * The endless task of an engine thread: drains its port, works a step at a time, waits when there is nothing to do. It blocks the
 * thread's event loop, so it gives the loop a turn before it waits and now and then while it works: output to the console leaves, timers run,
 * errors outside of queries and jobs end the thread.
 */
import { type MessagePort, receiveMessageOnPort, threadId } from 'node:worker_threads';
import type { SegmentDefinition } from '../memory/segment-table.js';
import { loadKernelModule } from '../vectors/kernels/wasm-kernels.js';
import type { JobHandler } from './engine-jobs.js';
import { HeldQuery, type MakeRun } from './held-query.js';
import { IdleHeap } from './idle-heap.js';
import { unpackSegments } from './query-segments.js';
import { RunQueue } from './run-queue.js';
import { ThreadCounters } from './thread-counters.js';
import { packError } from './thread-error.js';
import { ThreadMemory } from './thread-memory.js';
import type { FromThread, JobMessage, QueryMessage, ThreadTask, ToThread } from './thread-messages.js';
import { portableTable, tableBuffers } from './transfer-table.js';

/** A busy thread gives its event loop a turn this often. */
const BUSY_TURN_MS = 50;
/** An idle thread gives its event loop a turn this often; sooner while output waits to leave. */
const IDLE_TURN_MS = 1_000;
const OUTPUT_TURN_MS = 5;

export interface EngineParts {
  readonly makeRun: MakeRun;
  readonly jobs: Readonly<Record<string, JobHandler>>;
}

/** Resolves when the pool closes the thread. */
export async function serveEngine(task: ThreadTask, parts: EngineParts): Promise<void> {
  await new EngineLoop(task, parts).run();
}

class EngineLoop {
  readonly #thread: number;
  readonly #port: MessagePort;
  readonly #wake: Int32Array;
  readonly #counters: ThreadCounters;
  readonly #parts: EngineParts;
  readonly #memory = new ThreadMemory();
  readonly #definitions = new Map<number, SegmentDefinition>();
  readonly #queries = new RunQueue<HeldQuery>(() => performance.now());
  /** Highest priority first, then in order of arrival. */
  readonly #jobs: JobMessage[] = [];
  readonly #heap = new IdleHeap();
  #lastWasJob = false;
  #isClosed = false;

  constructor({ thread, port, wake, counters }: ThreadTask, parts: EngineParts) {
    this.#thread = thread;
    this.#port = port;
    this.#wake = new Int32Array(wake);
    this.#counters = new ThreadCounters(counters);
    this.#parts = parts;
  }

  async run(): Promise<void> {
    this.#post({ kind: 'started', threadId });
    let turnedAt = performance.now();
    let isWarm = false;
    let drained = -1;
    for (;;) {
      const seen = Atomics.load(this.#wake, 0);
      if (seen !== drained) this.#drain();
      drained = seen;
      if (this.#isClosed) return;
      const waiting = this.#queries.size + this.#jobs.length;
      this.#counters.waiting = waiting;
      const isIdle = waiting === 0;
      if (!isIdle) {
        await this.#work();
        if (performance.now() - turnedAt < BUSY_TURN_MS) continue;
      } else if (!isWarm) {
        isWarm = true;
        warmUp();
      }
      await turnEventLoop();
      turnedAt = performance.now();
      if (isIdle) this.#wait(seen);
    }
  }

  #wait(seen: number): void {
    const isQuiet = !hasOutput();
    const woken = Atomics.wait(this.#wake, 0, seen, isQuiet ? IDLE_TURN_MS : OUTPUT_TURN_MS);
    if (woken === 'timed-out' && isQuiet) this.#heap.shrink();
  }

  #drain(): void {
    for (let entry = receiveMessageOnPort(this.#port); entry !== undefined; entry = receiveMessageOnPort(this.#port)) {
      this.#take((entry as { readonly message: ToThread }).message);
    }
  }

  #take(message: ToThread): void {
    switch (message.kind) {
      case 'arenas':
        this.#memory.register(message.handles);
        break;
      case 'segments':
        for (const definition of message.definitions) this.#definitions.set(definition.id, definition);
        break;
      case 'forget':
        for (const id of message.segments) this.#definitions.delete(id);
        this.#memory.forget(message.arenas);
        break;
      case 'query':
        this.#hold(message);
        break;
      case 'job': {
        const place = this.#jobs.findIndex(({ priority }) => priority < message.priority);
        this.#jobs.splice(place === -1 ? this.#jobs.length : place, 0, message);
        break;
      }
      case 'close':
        this.#isClosed = true;
        break;
    }
  }

  #hold(message: QueryMessage): void {
    // Now, since the pool may have the thread forget a segment while the query waits.
    const segments = unpackSegments(message.segments, (id) => this.#definitions.get(id));
    const { makeRun } = this.#parts;
    const post = (answer: FromThread): void => this.#post(answer);
    this.#queries.add(new HeldQuery({ thread: this.#thread, message, segments, memory: this.#memory, makeRun, post }));
  }

  /** A job or a step of a query. Where both wait with equal priority they take turns, so that neither holds the other up for long. */
  async #work(): Promise<void> {
    const job = this.#jobs[0];
    if (job === undefined || !this.#isTurnOf(job)) {
      this.#lastWasJob = false;
      this.#counters.addMorsel(this.#queries.step());
      return;
    }
    this.#lastWasJob = true;
    this.#jobs.shift();
    const start = performance.now();
    await this.#run(job);
    this.#counters.addJob(performance.now() - start);
  }

  #isTurnOf(job: JobMessage): boolean {
    const { priority } = this.#queries;
    return job.priority > priority || (job.priority === priority && !this.#lastWasJob);
  }

  async #run({ id, name, payload }: JobMessage): Promise<void> {
    try {
      const handler = this.#parts.jobs[name];
      if (handler === undefined) throw new Error(`Engine threads know no job [${name}]`);
      this.#post({ kind: 'done', id, result: await handler(payload as never, this.#memory) });
    } catch (error) {
      this.#post({ kind: 'jobFailed', id, error: packError(error) });
    }
  }

  #post(message: FromThread): void {
    if (message.kind !== 'left') {
      this.#port.postMessage(message);
      return;
    }
    const partials = message.partials.map(portableTable);
    this.#port.postMessage({ ...message, partials }, [...new Set(partials.flatMap(tableBuffers))]);
  }
}

/** Compiles the kernels before the first query needs them. */
function warmUp(): void {
  try {
    loadKernelModule();
  } catch {
    // Thrown again in the query that needs them.
  }
}

function turnEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Output of a thread goes to the main thread through its event loop. */
function hasOutput(): boolean {
  return process.stdout.writableLength > 0 || process.stderr.writableLength > 0;
}
