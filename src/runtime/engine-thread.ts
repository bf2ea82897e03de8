import { MessageChannel, type MessagePort, receiveMessageOnPort, type Transferable } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import type { ArenaHandle } from '../memory/memory-ref.js';
import type { SegmentDefinition } from '../memory/segment-table.js';
import { ThreadCounters } from './thread-counters.js';
import type { FromThread, ThreadTask, ToThread } from './thread-messages.js';

/** A thread that never came to serve is tried this often, then given up. */
const MAX_FAILED_STARTS = 3;

export interface ThreadEvents {
  message(thread: EngineThread, message: FromThread): void;
  /** The thread has ended without being asked to; what it had posted was delivered. It is started anew unless `isBroken`. */
  died(thread: EngineThread, threadId: number, error: unknown): void;
  /** A thread takes the dead one's place: what is posted now reaches it. */
  replaced(thread: EngineThread): void;
}

/** One of the pool's threads as the main thread sees it: its port, what it was told already, and who takes its place when it dies. */
export class EngineThread {
  readonly number: number;
  readonly counters = new ThreadCounters();
  /** Queries and jobs that were posted and have not ended. */
  load = 0;
  readonly #pool: Piscina<ThreadTask, void>;
  readonly #events: ThreadEvents;
  readonly #wake = new Int32Array(new SharedArrayBuffer(4));
  readonly #arenas = new Set<number>();
  readonly #segments = new Set<number>();
  #port!: MessagePort;
  #ended!: Promise<void>;
  /** Known once the thread serves. */
  #threadId: number | undefined;
  #failedStarts = 0;
  #isClosing = false;

  constructor(number: number, pool: Piscina<ThreadTask, void>, events: ThreadEvents) {
    this.number = number;
    this.#pool = pool;
    this.#events = events;
    this.#start();
  }

  get isServing(): boolean {
    return this.#threadId !== undefined;
  }

  /** True when no thread could be started in this place. */
  get isBroken(): boolean {
    return this.#failedStarts >= MAX_FAILED_STARTS;
  }

  /** What the thread is posted before it serves waits for it. */
  post(message: ToThread, transfer: readonly Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
    Atomics.add(this.#wake, 0, 1);
    Atomics.notify(this.#wake, 0);
  }

  /** Posts those of the arenas and segments that the thread does not know yet. */
  introduce(arenas: readonly ArenaHandle[], segments: readonly SegmentDefinition[]): void {
    const handles = arenas.filter(({ id }) => !this.#arenas.has(id));
    if (handles.length > 0) this.post({ kind: 'arenas', handles });
    for (const { id } of handles) this.#arenas.add(id);
    const definitions = segments.filter(({ id }) => !this.#segments.has(id));
    if (definitions.length > 0) this.post({ kind: 'segments', definitions });
    for (const { id } of definitions) this.#segments.add(id);
  }

  forget(arenas: readonly number[], segments: readonly number[]): void {
    const known = {
      arenas: arenas.filter((id) => this.#arenas.delete(id)),
      segments: segments.filter((id) => this.#segments.delete(id)),
    };
    if (known.arenas.length > 0 || known.segments.length > 0) this.post({ kind: 'forget', ...known });
  }

  /** The pool has nobody to run the thread's task, and will not have. */
  giveUp(error: unknown): void {
    this.#failedStarts = MAX_FAILED_STARTS;
    this.#died(error);
  }

  /** Ends the thread after its present step. One that does not serve yet is left to the pool. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.post({ kind: 'close' });
    if (this.isServing) await this.#ended;
  }

  #start(): void {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: FromThread) => this.#take(message));
    // The pool keeps the process alive while its threads run.
    port1.unref();
    const task = { thread: this.number, port: port2, wake: this.#wake.buffer, counters: this.counters.buffer };
    this.#ended = this.#pool.run(task as ThreadTask, { transferList: [port2] }).then(
      () => this.#port.close(),
      (error: unknown) => this.#died(error),
    );
  }

  #take(message: FromThread): void {
    if (message.kind === 'started') {
      this.#threadId = message.threadId;
      this.#failedStarts = 0;
    } else {
      this.#events.message(this, message);
    }
  }

  #died(error: unknown): void {
    // What it posted last may not have been read yet.
    for (let entry = receiveMessageOnPort(this.#port); entry !== undefined; entry = receiveMessageOnPort(this.#port)) {
      this.#take((entry as { readonly message: FromThread }).message);
    }
    this.#port.close();
    if (this.#isClosing) return;
    if (!this.isServing) this.#failedStarts++;
    const threadId = this.#threadId ?? -1;
    this.#threadId = undefined;
    this.#arenas.clear();
    this.#segments.clear();
    this.load = 0;
    this.counters.waiting = 0;
    this.#events.died(this, threadId, error);
    if (this.isBroken) return;
    this.#start();
    this.#events.replaced(this);
  }
}
