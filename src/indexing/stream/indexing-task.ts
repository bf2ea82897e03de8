import type { ArenaHandle } from '../../memory/memory-ref.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import type { SegmentBlocks } from '../../memory/block-ref.js';
import type { NamedLookups } from '../../query/native-query.js';
import type { FromTask, TaskConfig, TaskProgress, TaskView, ToTask } from './task-messages.js';
import { type StartTaskThread, startTaskWorker, type TaskThread } from './task-thread.js';

/** Pinned rows: they stay as they are until `release`. */
export type TaskRows =
  | {
      readonly kind: 'view';
      readonly blocks: readonly SegmentBlocks[];
      /** Every arena that a block lies in. */
      readonly arenas: readonly ArenaHandle[];
      /** Sequences whose rows are in runs on disk, not in the blocks. */
      readonly spilled: readonly number[];
      /** Rows up to here are in the blocks and the runs, none beyond. */
      readonly to: OffsetVector;
      release(): void;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** What the worker thread tells of itself, views and status apart. */
export type TaskEvent =
  | Exclude<FromTask, { kind: 'view' } | { kind: 'status' }>
  /** Nobody reads the run of a sequence any more, nor will. */
  | { readonly kind: 'runUnused'; readonly sequence: number };

/** The main thread's end of one indexing task: its worker thread, and who holds which of its sequences. */
export class IndexingTask {
  readonly config: TaskConfig;
  readonly #thread: TaskThread;
  readonly #onEvent: (event: TaskEvent) => void;
  readonly #views = new Map<number, (view: TaskView) => void>();
  /** Views that hold a sequence's memory, and those that hold its run. */
  readonly #pins = new Map<number, number>();
  readonly #runPins = new Map<number, number>();
  readonly #dropping: number[] = [];
  /** Spilled, and their memory is not given back yet. */
  readonly #freeing = new Set<number>();
  /** Sequences that have a run. */
  readonly #runs = new Set<number>();
  #nextView = 0;
  #progress: TaskProgress | undefined;
  #closed = false;

  constructor(config: TaskConfig, onEvent: (event: TaskEvent) => void, startThread: StartTaskThread = startTaskWorker) {
    this.config = config;
    this.#onEvent = onEvent;
    this.#thread = startThread(config, {
      onMessage: (message) => this.#receive(message),
      onEnd: (reason) => this.#fail(reason),
    });
  }

  /** undefined until the thread has reported for the first time. */
  get progress(): TaskProgress | undefined {
    return this.#progress;
  }

  /** All rows after `from` that the thread has taken when it answers. */
  async view(from: OffsetVector, columns: readonly string[] | null): Promise<TaskRows> {
    if (this.#closed) return { kind: 'refused', reason: 'The task has ended' };
    const id = this.#nextView++;
    const view = await new Promise<TaskView>((resolve) => {
      this.#views.set(id, resolve);
      this.#send({ kind: 'view', id, from, columns });
    });
    if (view.outcome === 'refused') {
      this.#dropUnpinned();
      return { kind: 'refused', reason: view.reason };
    }
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      for (const sequence of view.sequences) count(this.#pins, sequence, -1);
      for (const sequence of view.spilled) count(this.#runPins, sequence, -1);
      this.#freeUnpinned();
      this.#dropUnpinned();
    };
    const { blocks, arenas, spilled, to } = view;
    return { kind: 'view', blocks, arenas, spilled, to, release };
  }

  /** Reads from the proposed vector on. */
  start(): void {
    this.#send({ kind: 'start' });
  }

  handoff(): void {
    this.#send({ kind: 'handoff' });
  }

  end(): void {
    this.#send({ kind: 'end' });
  }

  addPartitions(from: OffsetVector): void {
    this.#send({ kind: 'addPartitions', from });
  }

  published(sequence: number): void {
    this.#send({ kind: 'published', sequence });
  }

  /** The rows of a closed sequence are in a run, too, which stays until `runUnused`. */
  merged(sequence: number): void {
    this.#runs.add(sequence);
    this.#send({ kind: 'merged', sequence });
    if (this.#closed) this.#dropRuns();
  }

  lettersStored(bytes: number): void {
    this.#send({ kind: 'lettersStored', bytes });
  }

  /** Stops reading, or goes on. */
  diskFull(isFull: boolean): void {
    this.#send({ kind: 'diskFull', isFull });
  }

  useLookups(lookups: NamedLookups): void {
    this.#send({ kind: 'lookups', lookups });
  }

  /** Frees the rows of a published sequence, the oldest kept, as soon as nobody holds a view of it. */
  drop(sequence: number): void {
    this.#dropping.push(sequence);
    this.#dropUnpinned();
  }

  /** Ends the thread; everything that it holds is gone, except from views that are out. */
  async terminate(): Promise<void> {
    this.#closed = true;
    this.#refuseAll();
    this.#dropRuns();
    await this.#thread.terminate();
  }

  #send(message: ToTask): void {
    if (!this.#closed) this.#thread.post(message);
  }

  #receive(message: FromTask): void {
    switch (message.kind) {
      case 'view':
        // Pinned at once: a drop that is decided between this and the caller's turn must see it.
        if (message.outcome === 'view') this.#pin(message);
        this.#views.get(message.id)?.(message);
        this.#views.delete(message.id);
        break;
      case 'status':
        this.#progress = message.status;
        break;
      case 'spill':
        // Every view that has the rows came before this.
        this.#freeing.add(message.sequence);
        this.#freeUnpinned();
        if (!this.#closed) this.#onEvent(message);
        break;
      default:
        if (!this.#closed) this.#onEvent(message);
    }
  }

  #pin(view: Extract<TaskView, { outcome: 'view' }>): void {
    for (const sequence of view.sequences) count(this.#pins, sequence, 1);
    for (const sequence of view.spilled) count(this.#runPins, sequence, 1);
  }

  #freeUnpinned(): void {
    for (const sequence of this.#freeing) {
      if (this.#pins.has(sequence)) continue;
      this.#freeing.delete(sequence);
      this.#send({ kind: 'free', sequence });
    }
  }

  /** A view that is under way may come to hold any sequence, so nothing is dropped meanwhile. */
  #dropUnpinned(): void {
    while (this.#dropping.length > 0 && this.#views.size === 0) {
      const sequence = this.#dropping[0]!;
      if (this.#pins.has(sequence) || this.#runPins.has(sequence)) break;
      this.#dropping.shift();
      this.#freeing.delete(sequence);
      this.#send({ kind: 'drop', sequence });
      this.#dropRun(sequence);
    }
    if (this.#closed) this.#dropRuns();
  }

  /** Nothing more will be asked: runs that no view holds. */
  #dropRuns(): void {
    for (const sequence of this.#runs) if (!this.#runPins.has(sequence)) this.#dropRun(sequence);
  }

  #dropRun(sequence: number): void {
    if (this.#runs.delete(sequence)) this.#onEvent({ kind: 'runUnused', sequence });
  }

  #fail(message: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#refuseAll();
    this.#dropRuns();
    this.#onEvent({ kind: 'failed', message });
  }

  #refuseAll(): void {
    for (const resolve of this.#views.values()) resolve({ outcome: 'refused', reason: 'The task has ended' });
    this.#views.clear();
  }
}

/** Holders that are none any more are forgotten. */
function count(holders: Map<number, number>, sequence: number, change: 1 | -1): void {
  const left = (holders.get(sequence) ?? 0) + change;
  if (left === 0) holders.delete(sequence);
  else holders.set(sequence, left);
}
