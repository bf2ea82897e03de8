import { DruidError } from '../common/druid-error.js';
import type { ArenaPool } from './arena-pool.js';
import type { MemoryRef } from './memory-ref.js';

const DEFAULT_WAIT_MS = 5_000;

export interface SlotCacheOptions {
  readonly pool: ArenaPool;
  /** How long a reservation waits for pinned slots to be released before it fails. */
  readonly waitMs?: number;
}

/** Who knows whether a slot is in use: a cell is one thing that the owner keeps in a slot. */
export interface SlotOwner {
  /** True while the cell's slot must stay: pinned, or being loaded. */
  isPinned(cell: number): boolean;
  /** Whether the cell was used since this was last asked. */
  takeReferenced(cell: number): boolean;
  /** The slot is no longer the cell's. */
  evicted(slot: Slot): void;
}

export interface Slot {
  readonly owner: SlotOwner;
  readonly cell: number;
  readonly ref: MemoryRef;
  /** Position in the ring, for the cache alone. */
  ringIndex: number;
}

export interface SlotCacheMetrics {
  /** Things that a query found in memory, and those that it had to load or wait for. */
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  /** Bytes of the slots that the cache holds now. */
  readonly bytes: number;
  readonly entries: number;
  /** Reservations that wait for room now. */
  readonly waiting: number;
}

interface Waiter {
  readonly owner: SlotOwner;
  readonly cell: number;
  readonly bytes: number;
  readonly arena: number | undefined;
  readonly grant: (slot: Slot) => void;
}

/**
 * The slots of a pool: given out until room is needed, then CLOCK picks what goes; what its owner calls pinned never does. Owners keep
 * the counters, so that pinning what is in memory costs nothing here. Lives on the pool's thread.
 * @source Corbató, A Paging Experiment with the Multics System, 1968 (CLOCK)
 */
export class SlotCache {
  readonly #pool: ArenaPool;
  readonly #waitMs: number;
  /** In no particular order: an evicted slot is replaced by the last. */
  readonly #ring: Slot[] = [];
  readonly #byPlace = new Map<string, Slot>();
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
   * A slot for a cell, at once when there is room or something may go, else as soon as others unpin. The owner calls the cell pinned from
   * now on, until it is loaded.
   * @throws DruidError CAPACITY_EXCEEDED (or rejects) when pinned slots leave no room for `waitMs`, or it is larger than any slot
   */
  reserve(owner: SlotOwner, cell: number, bytes: number, arena?: number): Slot | Promise<Slot> {
    if (bytes > this.#pool.maxSlotBytes) throw noRoom(bytes, this.#pool.budgetBytes);
    const ref = this.#takeRoom(bytes, arena);
    return ref === undefined ? this.#waitForRoom(owner, cell, bytes, arena) : this.#add(owner, cell, ref);
  }

  /** Gives a slot back that its owner does not want any more. */
  free(slot: Slot): void {
    this.#remove(slot);
    this.unpinned();
  }

  /** To be called after cells were unpinned: whoever waits for room may have it now. One pass serves many unpins. */
  unpinned(): void {
    if (this.#waiters.size === 0 || this.#drainScheduled) return;
    this.#drainScheduled = true;
    setImmediate(() => {
      this.#drainScheduled = false;
      this.#drain();
    });
  }

  count(hits: number, misses: number): void {
    this.#hits += hits;
    this.#misses += misses;
  }

  get metrics(): SlotCacheMetrics {
    return {
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      bytes: this.#bytes,
      entries: this.#ring.length,
      waiting: this.#waiters.size,
    };
  }

  #add(owner: SlotOwner, cell: number, ref: MemoryRef): Slot {
    const slot: Slot = { owner, cell, ref, ringIndex: this.#ring.length };
    this.#ring.push(slot);
    this.#byPlace.set(placeOf(ref.arena, ref.offset), slot);
    this.#bytes += ref.length;
    return slot;
  }

  #remove(slot: Slot): void {
    const last = this.#ring.pop()!;
    if (last !== slot) {
      this.#ring[slot.ringIndex] = last;
      last.ringIndex = slot.ringIndex;
    }
    this.#byPlace.delete(placeOf(slot.ref.arena, slot.ref.offset));
    this.#bytes -= slot.ref.length;
    this.#pool.free(slot.ref);
  }

  /** A place, evicting what CLOCK picks when none is free; undefined when pins leave no room. */
  #takeRoom(bytes: number, arena: number | undefined): MemoryRef | undefined {
    const free = this.#pool.allocate(bytes, arena);
    if (free !== undefined) return free;
    // Two rounds: the first may only clear reference marks.
    for (let steps = 2 * this.#ring.length; steps > 0 && this.#ring.length > 0; steps--) {
      if (this.#hand >= this.#ring.length) this.#hand = 0;
      const slot = this.#ring[this.#hand++]!;
      if ((arena !== undefined && slot.ref.arena !== arena) || slot.owner.isPinned(slot.cell)) continue;
      if (slot.owner.takeReferenced(slot.cell)) continue;
      // A slot larger than the victim needs its neighbours too; evicting single slots at random would empty the cache first.
      const places = this.#pool.toFree(slot.ref, bytes, (offset) => this.#mayGo(slot.ref.arena, offset));
      if (places === undefined) continue;
      for (const offset of places) this.#evict(slot.ref.arena, offset);
      const freed = this.#pool.allocate(bytes, arena);
      if (freed !== undefined) return freed;
    }
    return undefined;
  }

  #mayGo(arena: number, offset: number): boolean {
    const slot = this.#byPlace.get(placeOf(arena, offset));
    return slot !== undefined && !slot.owner.isPinned(slot.cell);
  }

  #evict(arena: number, offset: number): void {
    const slot = this.#byPlace.get(placeOf(arena, offset))!;
    this.#remove(slot);
    this.#evictions++;
    slot.owner.evicted(slot);
  }

  #waitForRoom(owner: SlotOwner, cell: number, bytes: number, arena: number | undefined): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        owner,
        cell,
        bytes,
        arena,
        grant: (slot) => {
          end();
          resolve(slot);
        },
      };
      const timer = setTimeout(() => {
        end();
        reject(noRoom(bytes, this.#pool.budgetBytes));
      }, this.#waitMs);
      this.#waiters.add(waiter);
    });
  }

  #drain(): void {
    /** Smallest size that found no room, by arena asked for: nothing larger will fit there either. */
    const refused = new Map<number | undefined, number>();
    for (const waiter of this.#waiters) {
      if (waiter.bytes >= (refused.get(waiter.arena) ?? Number.POSITIVE_INFINITY)) continue;
      const ref = this.#takeRoom(waiter.bytes, waiter.arena);
      if (ref === undefined) refused.set(waiter.arena, waiter.bytes);
      else waiter.grant(this.#add(waiter.owner, waiter.cell, ref));
    }
  }
}

function placeOf(arena: number, offset: number): string {
  return `${arena}:${offset}`;
}

function noRoom(bytes: number, budgetBytes: number): DruidError {
  return new DruidError('Resource limit exceeded', {
    category: 'CAPACITY_EXCEEDED',
    context: { requiredBytes: String(bytes), budgetBytes: String(budgetBytes) },
  });
}
