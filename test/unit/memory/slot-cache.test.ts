import { describe, expect, it } from 'vitest';
import { ArenaPool } from '../../../src/memory/arena-pool.js';
import { type Slot, SlotCache, type SlotOwner } from '../../../src/memory/slot-cache.js';

const KIB = 1024;

/** Cells by number, as a segment keeps them. */
class Cells implements SlotOwner {
  readonly pinned = new Set<number>();
  readonly referenced = new Set<number>();
  readonly slots = new Map<number, Slot>();
  readonly #cache: SlotCache;

  constructor(cache: SlotCache) {
    this.#cache = cache;
  }

  /** Reserves and keeps pinned. */
  async pin(cell: number, kib = 32): Promise<Slot> {
    this.pinned.add(cell);
    this.referenced.add(cell);
    const known = this.slots.get(cell);
    if (known !== undefined) return known;
    const slot = await this.#cache.reserve(this, cell, kib * KIB);
    this.slots.set(cell, slot);
    return slot;
  }

  unpin(cell: number): void {
    this.pinned.delete(cell);
    this.#cache.unpinned();
  }

  async use(cell: number, kib = 32): Promise<void> {
    await this.pin(cell, kib);
    this.unpin(cell);
  }

  isPinned(cell: number): boolean {
    return this.pinned.has(cell);
  }

  takeReferenced(cell: number): boolean {
    return this.referenced.delete(cell);
  }

  evicted(slot: Slot): void {
    this.slots.delete(slot.cell);
  }
}

function newCache(budgetKib: number, waitMs = 20) {
  const pool = new ArenaPool({ budgetBytes: budgetKib * KIB, arenaBytes: budgetKib * KIB });
  const cache = new SlotCache({ pool, waitMs });
  return { pool, cache, cells: new Cells(cache) };
}

describe('slot cache', () => {
  it('gives a slot at once while there is room', () => {
    const { cache, cells } = newCache(64);
    const slot = cache.reserve(cells, 1, KIB);
    expect(slot).toMatchObject({ cell: 1, ref: { length: KIB } });
    expect(cache.metrics).toMatchObject({ bytes: KIB, entries: 1 });
  });

  it('gives the memory of a freed slot to the next', async () => {
    const { pool, cache, cells } = newCache(64);
    const slot = await cells.pin(1, 64);
    cache.free(slot);
    expect(pool.bytesInUse).toBe(0);
    await cells.pin(2, 64);
  });

  it('evicts what was not used since the clock hand passed, never what is pinned', async () => {
    const { cache, cells } = newCache(128);
    await cells.pin(0);
    for (const cell of [1, 2, 3]) await cells.use(cell);
    // The first eviction clears every mark; then only one of the two kept is used again.
    await cells.use(4);
    expect(cache.metrics.evictions).toBe(1);
    const kept = [1, 2, 3].filter((cell) => cells.slots.has(cell));
    expect(kept).toHaveLength(2);
    await cells.use(kept[1]!);
    await cells.use(5);
    expect(cells.slots.has(kept[0]!)).toBe(false);
    expect(cells.slots.has(kept[1]!)).toBe(true);
    expect(cells.slots.has(0)).toBe(true);
  });

  it('evicts only the neighbours that a larger slot needs', async () => {
    const { cache, cells } = newCache(256);
    for (let cell = 0; cell < 8; cell++) await cells.use(cell);
    await cells.use(8, 64);
    expect(cache.metrics.evictions).toBe(2);
  });

  it('waits for an unpin when everything is pinned', async () => {
    const { cache, cells } = newCache(64, 10_000);
    await cells.pin(1);
    await cells.pin(2);
    const waiting = cells.pin(3);
    expect(cache.metrics.waiting).toBe(1);
    cells.unpin(1);
    expect((await waiting).cell).toBe(3);
    expect(cells.slots.has(1)).toBe(false);
  });

  it('fails with CAPACITY_EXCEEDED when nothing is unpinned in time, and leaves no trace', async () => {
    const { cache, cells } = newCache(64);
    await cells.pin(1);
    await cells.pin(2);
    await expect(cells.pin(3)).rejects.toMatchObject({
      message: 'Resource limit exceeded',
      category: 'CAPACITY_EXCEEDED',
    });
    expect(cache.metrics).toMatchObject({ waiting: 0, entries: 2 });
  });

  it('fails at once for a value larger than an arena', async () => {
    const { cells } = newCache(64, 60_000);
    await expect(cells.pin(1, 65)).rejects.toMatchObject({ category: 'CAPACITY_EXCEEDED' });
  });

  it('takes room in the arena that is asked for, by evicting there', () => {
    const pool = new ArenaPool({ budgetBytes: 256 * KIB, arenaBytes: 128 * KIB });
    const cache = new SlotCache({ pool });
    const cells = new Cells(cache);
    const arenas = [pool.homeArena(), pool.arenaFor(129 * KIB)];
    expect(new Set(arenas).size).toBe(2);
    for (let cell = 0; cell < 40; cell++) {
      const slot = cache.reserve(cells, cell, 32 * KIB, arenas[cell % 2]!) as Slot;
      cells.slots.set(cell, slot);
      expect(slot.ref.arena).toBe(arenas[cell % 2]);
    }
    expect(cache.metrics.evictions).toBe(32);
  });
});
