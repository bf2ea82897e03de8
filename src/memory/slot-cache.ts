import { assert } from '../common/assert.js';
import { DruidError } from '../common/druid-error.js';
import type { ArenaPool } from './arena-pool.js';
import type { MemoryRef } from './memory-ref.js';

const DEFAULT_WAIT_MS = 5_000;

export interface SlotCacheOptions {
  readonly pool: ArenaPool;
  /** How long an acquire waits for pinned slots to be released before it fails. */
  readonly waitMs?: number;
}

/** A value whose slot stays in memory until `unpin`. */
export interface Pinned<T> {
  readonly key: string;
  readonly value: T;
}

export interface SlotCacheMetrics {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  /** Bytes of the slots that the cache holds now. */
  readonly bytes: number;
  readonly entries: number;
  /** Acquires that wait for room now. */
  readonly waiting: number;
}

interface Entry<T> {
  readonly key: string;
  readonly bytes: number;
  readonly home: Home | undefined;
  pins: number;
  /** Used since the clock hand last passed. */
  referenced: boolean;
  ref: MemoryRef | undefined;
  /** Settles when the load does. */
  ready: Promise<T>;
  loaded: boolean;
  /** Position in the ring, -1 while it has no slot. */
  ringIndex: number;
}

/** The arena that all entries of one affinity share while any of them is held. */
interface Home {
  readonly affinity: string;
  readonly arena: number;
  entries: number;
}

interface Waiter {
  readonly bytes: number;
  readonly arena: number | undefined;
  readonly grant: (ref: MemoryRef) => void;
}

/**
 * Keyed cache of pool slots: a value is loaded once into a slot and kept until room is needed. CLOCK picks what goes; a
 * pinned slot and one that is being loaded never go. Lives on the pool's thread.
 * @source Corbató, A Paging Experiment with the Multics System, 1968 (CLOCK)
 */
export class SlotCache<T> {
  readonly #pool: ArenaPool;
  readonly #waitMs: number;
  readonly #entries = new Map<string, Entry<T>>();
  /** Entries that hold a slot, in no particular order: an evicted one is replaced by the last. */
  readonly #ring: Entry<T>[] = [];
  readonly #bySlot = new Map<string, Entry<T>>();
  readonly #homes = new Map<string, Home>();
  readonly #waiters = new Set<Waiter>();
  #hand = 0;
  #drainScheduled = false;
  #hits = 0;
  #misses = 0;
  #evictions = 0;
  #bytes = 0;

  constructor(options: SlotCacheOptions) {
    this.#pool = options.pool;
    this.#waitMs = options.waitMs ?? DEFAULT_WAIT_MS;
  }

  /**
   * The value of `key`, pinned; loads it into a slot of `bytes` when it is not there. Concurrent acquires of one key share
   * one load; a failed load frees the slot and rejects all of them. Whoever stops waiting for the promise must still unpin.
   * @param affinity entries of one affinity lie in one arena (kernels see one memory: name the block here)
   * @throws DruidError CAPACITY_EXCEEDED when pinned slots leave no room for `waitMs`, or the value is larger than any slot
   */
  async acquire(
    key: string,
    bytes: number,
    load: (ref: MemoryRef) => Promise<T>,
    affinity?: string,
  ): Promise<Pinned<T>> {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#misses++;
      entry = this.#start(key, bytes, load, affinity);
    } else {
      this.#hits++;
    }
    entry.pins++;
    entry.referenced = true;
    return { key, value: await entry.ready };
  }

  /** Releases one pin. */
  unpin(pinned: Pinned<T>): void {
    const entry = this.#entries.get(pinned.key);
    assert(entry !== undefined && entry.pins > 0, `Slot [${pinned.key}] is not pinned`);
    entry.pins--;
    if (entry.pins === 0) this.#scheduleDrain();
  }

  /** True when the value is in memory or on its way. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  get metrics(): SlotCacheMetrics {
    return {
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      bytes: this.#bytes,
      entries: this.#entries.size,
      waiting: this.#waiters.size,
    };
  }

  #start(key: string, bytes: number, load: (ref: MemoryRef) => Promise<T>, affinity: string | undefined): Entry<T> {
    const home = affinity === undefined ? undefined : this.#enterHome(affinity);
    const ready = Promise.resolve();
    const entry: Entry<T> = {
      key,
      bytes,
      home,
      pins: 0,
      referenced: true,
      ref: undefined,
      ready: ready as Promise<never>,
      loaded: false,
      ringIndex: -1,
    };
    this.#entries.set(key, entry);
    entry.ready = this.#load(entry, load);
    return entry;
  }

  async #load(entry: Entry<T>, load: (ref: MemoryRef) => Promise<T>): Promise<T> {
    try {
      if (entry.bytes > this.#pool.maxSlotBytes) throw noRoom(entry.bytes, this.#pool.budgetBytes);
      const ref = this.#takeRoom(entry.bytes, entry.home?.arena) ?? (await this.#waitForRoom(entry));
      this.#addToRing(entry, ref);
      const value = await load(ref);
      entry.loaded = true;
      return value;
    } catch (error) {
      this.#remove(entry);
      this.#scheduleDrain();
      throw error;
    }
  }

  #enterHome(affinity: string): Home {
    let home = this.#homes.get(affinity);
    if (home === undefined) {
      home = { affinity, arena: this.#pool.emptiestArena(), entries: 0 };
      this.#homes.set(affinity, home);
    }
    home.entries++;
    return home;
  }

  #addToRing(entry: Entry<T>, ref: MemoryRef): void {
    entry.ref = ref;
    entry.ringIndex = this.#ring.length;
    this.#ring.push(entry);
    this.#bySlot.set(slotKey(ref.arena, ref.offset), entry);
    this.#bytes += entry.bytes;
  }

  #remove(entry: Entry<T>): void {
    this.#entries.delete(entry.key);
    if (entry.home !== undefined && --entry.home.entries === 0) this.#homes.delete(entry.home.affinity);
    if (entry.ref === undefined) return;
    const last = this.#ring.pop()!;
    if (last !== entry) {
      this.#ring[entry.ringIndex] = last;
      last.ringIndex = entry.ringIndex;
    }
    this.#bySlot.delete(slotKey(entry.ref.arena, entry.ref.offset));
    this.#bytes -= entry.bytes;
    this.#pool.free(entry.ref);
  }

  /** A slot, evicting what CLOCK picks when none is free; undefined when pins leave no room. */
  #takeRoom(bytes: number, arena: number | undefined): MemoryRef | undefined {
    const free = this.#pool.allocate(bytes, arena);
    if (free !== undefined) return free;
    // Two rounds: the first may only clear reference bits.
    for (let steps = 2 * this.#ring.length; steps > 0; steps--) {
      if (this.#hand >= this.#ring.length) this.#hand = 0;
      const entry = this.#ring[this.#hand++]!;
      if (!isEvictable(entry) || (arena !== undefined && entry.ref!.arena !== arena)) continue;
      if (entry.referenced) {
        entry.referenced = false;
        continue;
      }
      // A slot larger than the victim needs its neighbours too; evicting single slots at random would empty the cache first.
      const ref = entry.ref!;
      const victims = this.#pool
        .neighbours(ref, bytes)
        .map((offset) => this.#bySlot.get(slotKey(ref.arena, offset)))
        .filter((victim) => victim !== undefined);
      if (!victims.every(isEvictable)) continue;
      for (const victim of victims) this.#remove(victim);
      this.#evictions += victims.length;
      const freed = this.#pool.allocate(bytes, arena);
      if (freed !== undefined) return freed;
    }
    return undefined;
  }

  #waitForRoom(entry: Entry<T>): Promise<MemoryRef> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        bytes: entry.bytes,
        arena: entry.home?.arena,
        grant: (ref) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(ref);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(noRoom(entry.bytes, this.#pool.budgetBytes));
      }, this.#waitMs);
      this.#waiters.add(waiter);
    });
  }

  /** A query unpins its slots one by one: one pass over the waiters serves them all. */
  #scheduleDrain(): void {
    if (this.#waiters.size === 0 || this.#drainScheduled) return;
    this.#drainScheduled = true;
    setImmediate(() => {
      this.#drainScheduled = false;
      this.#drain();
    });
  }

  #drain(): void {
    /** Smallest size that found no room, by arena asked for: nothing larger will fit there either. */
    const refused = new Map<number | undefined, number>();
    for (const waiter of this.#waiters) {
      if (waiter.bytes >= (refused.get(waiter.arena) ?? Number.POSITIVE_INFINITY)) continue;
      const ref = this.#takeRoom(waiter.bytes, waiter.arena);
      if (ref === undefined) refused.set(waiter.arena, waiter.bytes);
      else waiter.grant(ref);
    }
  }
}

function isEvictable(entry: { readonly pins: number; readonly loaded: boolean }): boolean {
  return entry.pins === 0 && entry.loaded;
}

function slotKey(arena: number, offset: number): string {
  return `${arena}:${offset}`;
}

function noRoom(bytes: number, budgetBytes: number): DruidError {
  return new DruidError('Resource limit exceeded', {
    category: 'CAPACITY_EXCEEDED',
    context: { requiredBytes: String(bytes), budgetBytes: String(budgetBytes) },
  });
}
