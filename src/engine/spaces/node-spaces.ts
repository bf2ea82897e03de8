import type { SpaceUse } from '../../memory/segment-table.js';
import type { IdSpace } from '../../vectors/table.js';
import type { RemapJob, RemapPart } from './remap-job.js';
import { SharedSpace } from './shared-space.js';
import { newSpaceMemory, SpaceMemory } from './space-memory.js';

/** One space may take this share of the budget; what does not fit stays in spaces of segments. */
const LARGEST_SHARE = 0.5;

interface Entry {
  readonly name: string;
  readonly memory: SpaceMemory;
  readonly space: SharedSpace;
  users: number;
}

let lastNumber = 0;

/**
 * The id spaces of a node, one per column of a data source: main thread only, engine threads append to them by `RemapJob`. Over the
 * budget, spaces that no query uses are dropped, those used longest ago first; their columns begin anew under another key.
 */
export class NodeSpaces {
  readonly #budgetBytes: number;
  readonly #onDrop: (key: string) => void;
  /** By data source and column, least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #byKey = new Map<string, Entry>();

  /** @param onDrop learns the key of each dropped space, which no new partial will have */
  constructor(budgetBytes: number, onDrop: (key: string) => void = () => {}) {
    this.#budgetBytes = budgetBytes;
    this.#onDrop = onDrop;
  }

  /** Bytes that all spaces hold. */
  get bytes(): number {
    let bytes = 0;
    for (const { memory } of this.#entries.values()) bytes += memory.usedBytes;
    return bytes;
  }

  /** Keeps the column's space for one query, until the lease is released; begins a space where there is none. */
  acquire(dataSource: string, column: string): SpaceLease {
    const name = JSON.stringify([dataSource, column]);
    const entry = this.#entries.get(name) ?? this.#begin(name);
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    entry.users++;
    return new SpaceLease(entry.memory, entry.space, {
      release: () => {
        entry.users--;
        this.#shrink();
      },
      giveUp: () => this.#drop(entry),
    });
  }

  /** The space with this key; undefined when it is not of this node, or was dropped. */
  resolve(key: string): IdSpace | undefined {
    return this.#byKey.get(key)?.space;
  }

  #begin(name: string): Entry {
    const memory = new SpaceMemory(newSpaceMemory(`space-${++lastNumber}`, this.#budgetBytes * LARGEST_SHARE));
    const entry = { name, memory, space: new SharedSpace(memory), users: 0 };
    this.#byKey.set(memory.handle.key, entry);
    return entry;
  }

  #shrink(): void {
    let { bytes } = this;
    for (const entry of this.#entries.values()) {
      if (bytes <= this.#budgetBytes) return;
      if (entry.users > 0) continue;
      bytes -= entry.memory.usedBytes;
      this.#drop(entry);
    }
  }

  #drop(entry: Entry): void {
    const { key } = entry.memory.handle;
    if (this.#byKey.get(key) !== entry) return;
    entry.memory.close();
    this.#byKey.delete(key);
    if (this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name);
    this.#onDrop(key);
  }
}

interface LeaseOwner {
  release(): void;
  giveUp(): void;
}

/** A space as one query uses it. */
export class SpaceLease {
  readonly key: string;
  /** Stays usable after `release`, for as long as it is referenced. */
  readonly space: IdSpace;
  readonly #memory: SpaceMemory;
  readonly #owner: LeaseOwner;
  #isReleased = false;

  constructor(memory: SpaceMemory, space: IdSpace, owner: LeaseOwner) {
    this.key = memory.handle.key;
    this.space = space;
    this.#memory = memory;
    this.#owner = owner;
  }

  /** What a query's slices are told: after its remap jobs, so that all its ids are within the size. */
  get use(): SpaceUse {
    return { key: this.key, size: this.#memory.size };
  }

  /** True when no value can be added: segments without a remap of this space need not ask for one. */
  get isFull(): boolean {
    return this.#memory.isFull;
  }

  /** The job that makes remaps of segments; each part gets its `RemapOutcome`. */
  job(parts: readonly RemapPart[]): RemapJob {
    return { space: this.#memory.handle, parts };
  }

  /** A job failed, perhaps with the space half written: nobody shall use it any more. */
  giveUp(): void {
    this.#owner.giveUp();
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#owner.release();
  }
}
