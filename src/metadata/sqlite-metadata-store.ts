import type { Worker } from 'node:worker_threads';
import { DruidError } from '../common/druid-error.js';
import type { MetadataStore } from './metadata-store.js';
import { takeStoreThread } from './prepared-thread.js';
import {
  receiveError,
  type RemoteMethod,
  type StoreCall,
  type StoreMessage,
  type StoreThreadOptions,
} from './store-messages.js';
import { type PackedSnapshot, unpackSnapshot } from './unpack-snapshot.js';

const METHODS = [
  'open',
  'close',
  'currentS',
  'packedSnapshot',
  'changesSince',
  'publishSequence',
  'publishBatch',
  'replaceSegments',
  'retireSegments',
  'useSegments',
  'unusedSegments',
  'deleteSegments',
  'noteUploads',
  'giveUpUploads',
  'giveUpUploadsOfTheDead',
  'uploadsGivenUp',
  'forgetUploads',
  'config',
  'configs',
  'putConfig',
  'configHistory',
  'acquireLease',
  'renewLease',
  'releaseLease',
  'heartbeat',
  'liveNodes',
  'removeNode',
  'putSupervisor',
  'removeSupervisor',
  'supervisorsEver',
  'supervisorHistory',
  'resetOffsets',
  'putTask',
  'updateTask',
  'task',
  'tasks',
  'claimTask',
  'announceReplicas',
  'clearReplicas',
  'loadedAmong',
  'addDeadLetters',
  'deadLetters',
  'putLookups',
  'removeLookup',
  'lookupVersions',
  'lookup',
] as const satisfies readonly RemoteMethod[];

/** The embedded store: SQLite in a thread of its own, so that an fsync never holds up the caller's thread. */
export function sqliteMetadataStore(options: StoreThreadOptions): MetadataStore {
  const thread = new StoreThread(options);
  const remote = Object.fromEntries(
    METHODS.map((method) => [method, (...args: readonly unknown[]) => thread.call(method, args)]),
  ) as unknown as Pick<MetadataStore, Exclude<(typeof METHODS)[number], 'packedSnapshot'>>;
  return {
    ...remote,
    snapshot: async () => unpackSnapshot((await thread.call('packedSnapshot', [])) as PackedSnapshot),
    close: async () => {
      try {
        await remote.close();
      } finally {
        await thread.stop();
      }
    },
    onCommit: (listener) => thread.onCommit(listener),
  };
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The worker thread and the calls that wait for it. After a crash the next call starts another one. */
class StoreThread {
  readonly #options: StoreThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(s: number) => void>();
  #worker: Worker | undefined;
  #nextId = 0;
  #stopped = false;

  constructor(options: StoreThreadOptions) {
    this.#options = options;
  }

  call(method: RemoteMethod, args: readonly unknown[]): Promise<unknown> {
    if (this.#stopped) return Promise.reject(this.#unavailable('it is closed'));
    this.#worker ??= this.#start();
    const call: StoreCall = { id: this.#nextId++, method, args };
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      this.#waiting.set(call.id, { resolve, reject });
      worker.postMessage(call);
    });
  }

  onCommit(listener: (s: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#listeners.clear();
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = takeStoreThread();
    worker.postMessage(this.#options);
    worker.on('message', (message: StoreMessage) => this.#receive(message));
    worker.on('error', (error: Error) => this.#lost(worker, error.message));
    worker.on('exit', () => this.#lost(worker, 'its thread ended'));
    return worker;
  }

  #receive(message: StoreMessage): void {
    if (message.kind === 'commit') {
      for (const listener of this.#listeners) listener(message.s);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'result') waiting?.resolve(message.value);
    else waiting?.reject(receiveError(message.error));
  }

  #lost(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(this.#unavailable(reason));
    this.#waiting.clear();
  }

  #unavailable(reason: string): DruidError {
    return new DruidError(`Metadata store [${this.#options.path}] is not available: ${reason}`, {
      persona: 'OPERATOR',
      category: 'SERVICE_UNAVAILABLE',
    });
  }
}
