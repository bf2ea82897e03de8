import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { SegmentDefinition } from '../memory/segment-table.js';
import type { ArenaHandle } from '../memory/memory-ref.js';
import type { FromThread, ThreadSetup, ToThread } from './engine-messages.js';

/** The main thread's end of one engine thread: posts messages and wakes it. One for each life of a thread. */
export class ThreadLink {
  readonly thread: number;
  readonly setup: ThreadSetup;
  /** Its end of the channel, to be transferred when the thread starts. */
  readonly theirPort: MessagePort;
  /** Known once it has started. */
  threadId: number | undefined;
  /** Queries and jobs that it was given and has not reported on. */
  load = 0;
  readonly #port: MessagePort;
  readonly #wake: Int32Array;
  readonly #arenas = new Set<number>();
  readonly #defined = new Set<number>();

  constructor(thread: number, kernels: WebAssembly.Module, onMessage: (message: FromThread) => void) {
    const { port1, port2 } = new MessageChannel();
    const wake = new SharedArrayBuffer(4);
    this.thread = thread;
    this.theirPort = port2;
    this.setup = { thread, port: port2, wake, kernels };
    this.#port = port1;
    this.#wake = new Int32Array(wake);
    port1.on('message', (message: FromThread) => {
      if (message.kind === 'started') this.threadId = message.threadId;
      else onMessage(message);
    });
  }

  post(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, [...transfer]);
    Atomics.add(this.#wake, 0, 1);
    Atomics.notify(this.#wake, 0);
  }

  /** Posts those of lasting arenas that the thread does not know. */
  keepArenas(handles: readonly ArenaHandle[]): void {
    const arenas = handles.filter(({ id }) => !this.#arenas.has(id));
    if (arenas.length === 0) return;
    for (const { id } of arenas) this.#arenas.add(id);
    this.post({ kind: 'arenas', arenas });
  }

  /** Posts those of the definitions that the thread does not know. */
  define(definitions: readonly SegmentDefinition[]): void {
    const unknown = definitions.filter(({ id }) => !this.#defined.has(id));
    if (unknown.length === 0) return;
    for (const { id } of unknown) this.#defined.add(id);
    this.post({ kind: 'define', definitions: unknown });
  }

  forget(ids: readonly number[]): void {
    const known = ids.filter((id) => this.#defined.delete(id));
    if (known.length > 0) this.post({ kind: 'forget', ids: known });
  }

  close(): void {
    this.#port.close();
  }
}
