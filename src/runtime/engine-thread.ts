import { type MessagePort, receiveMessageOnPort, threadId } from 'node:worker_threads';
import type { SegmentDefinition } from '../memory/segment-table.js';
import { runJob } from './engine-jobs.js';
import type { FromThread, ThreadSetup, ToThread } from './engine-messages.js';
import { toImage } from './error-image.js';
import { ThreadMemory } from './thread-memory.js';
import { ThreadQuery } from './thread-query.js';
import { tableBuffers } from './transfer-table.js';

/** A thread without work looks up this often, so that its event loop (log lines, signals to end) gets a turn. */
const IDLE_MS = 500;

/** The endless work of one engine thread: jobs first, then blocks of queries, one at a time, by priority and least service so far. */
export class EngineThread {
  readonly #thread: number;
  readonly #port: MessagePort;
  readonly #wake: Int32Array;
  readonly #memory: ThreadMemory;
  readonly #definitions = new Map<number, SegmentDefinition>();
  readonly #queries: ThreadQuery[] = [];
  readonly #jobs: Extract<ToThread, { readonly kind: 'job' }>[] = [];
  #seen = 0;
  #closed = false;

  constructor({ thread, port, wake, kernels }: ThreadSetup) {
    this.#thread = thread;
    this.#port = port;
    this.#wake = new Int32Array(wake);
    this.#memory = new ThreadMemory(kernels);
  }

  /** Until the pool closes. */
  async run(): Promise<void> {
    this.#post({ kind: 'started', threadId });
    let drained = -1;
    for (;;) {
      this.#seen = Atomics.load(this.#wake, 0);
      if (this.#seen !== drained) {
        this.#drain();
        drained = this.#seen;
      }
      if (this.#closed) return;
      if (this.#work()) continue;
      if (Atomics.wait(this.#wake, 0, this.#seen, IDLE_MS) === 'timed-out') await turn();
    }
  }

  /** @returns false when there is nothing to do */
  #work(): boolean {
    const job = this.#jobs.shift();
    if (job !== undefined) {
      this.#runJob(job);
      return true;
    }
    const query = this.#choose();
    if (query === undefined) return false;
    const startMs = performance.now();
    this.#step(query);
    query.serviceMs += performance.now() - startMs;
    return true;
  }

  #choose(): ThreadQuery | undefined {
    let best: ThreadQuery | undefined;
    for (const query of this.#queries) {
      if (
        best === undefined ||
        query.priority > best.priority ||
        (query.priority === best.priority && query.serviceMs < best.serviceMs)
      ) {
        best = query;
      }
    }
    return best;
  }

  #step(query: ThreadQuery): void {
    try {
      const outcome = query.step();
      if (outcome.kind === 'worked') return;
      this.#remove(query);
      if (outcome.kind === 'missed') return;
      const { partial, total } = outcome;
      const buffers = [partial, total].flatMap((table) => (table === null ? [] : tableBuffers(table)));
      this.#post({ kind: 'left', id: query.id, partial, total }, [...new Set(buffers)]);
    } catch (error) {
      this.#remove(query);
      query.abandon();
      this.#post({ kind: 'failed', id: query.id, error: toImage(error) });
    }
  }

  #remove(query: ThreadQuery): void {
    this.#queries.splice(this.#queries.indexOf(query), 1);
  }

  #runJob({ id, name, payload }: Extract<ToThread, { readonly kind: 'job' }>): void {
    try {
      this.#post({ kind: 'done', id, result: runJob(name, payload, this.#memory.arenas) });
    } catch (error) {
      this.#post({ kind: 'jobFailed', id, error: toImage(error) });
    }
  }

  #drain(): void {
    for (let got = receiveMessageOnPort(this.#port); got !== undefined; got = receiveMessageOnPort(this.#port)) {
      this.#take(got.message as ToThread);
    }
  }

  #take(message: ToThread): void {
    switch (message.kind) {
      case 'arenas':
        this.#memory.keep(message.arenas);
        return;
      case 'define':
        for (const definition of message.definitions) this.#definitions.set(definition.id, definition);
        return;
      case 'forget':
        for (const id of message.ids) this.#definitions.delete(id);
        return;
      case 'query':
        this.#queries.push(new ThreadQuery(message, this.#thread, this.#memory, this.#definitions));
        return;
      case 'job':
        this.#jobs.push(message);
        return;
      case 'close':
        this.#closed = true;
        this.#port.close();
    }
  }

  #post(message: FromThread, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
