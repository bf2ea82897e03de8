import { describe, expect, it } from 'vitest';
import { ArenaPool } from '../../../src/memory/arena-pool.js';
import type { MemoryRef } from '../../../src/memory/memory-ref.js';
import { SlotCache } from '../../../src/memory/slot-cache.js';

const KIB = 1024;

function newCache(budgetKib: number, waitMs = 20) {
  const pool = new ArenaPool({ budgetBytes: budgetKib * KIB, arenaBytes: budgetKib * KIB });
  const loads: string[] = [];
  const cache = new SlotCache<string>({ pool, waitMs });
  const acquire = (key: string, kib = 32) =>
    cache.acquire(key, kib * KIB, async () => {
      loads.push(key);
      return `value of ${key}`;
    });
  const use = async (key: string, kib = 32) => cache.unpin(await acquire(key, kib));
  return { pool, cache, loads, acquire, use };
}

describe('slot cache', () => {
  it('loads a key once for concurrent and later acquires', async () => {
    const { cache, loads, acquire } = newCache(64);
    const [a, b] = await Promise.all([acquire('x'), acquire('x')]);
    expect(a.value).toBe('value of x');
    cache.unpin(a);
    cache.unpin(b);
    await acquire('x');
    expect(loads).toEqual(['x']);
    expect(cache.metrics).toMatchObject({ hits: 2, misses: 1, evictions: 0, bytes: 32 * KIB });
  });

  it('frees the slot of a failed load, rejects everyone who shared it, and loads anew', async () => {
    const { pool, cache, acquire } = newCache(64);
    const failing = () => cache.acquire('x', KIB, () => Promise.reject(new Error('no such file')));
    const outcomes = await Promise.allSettled([failing(), failing()]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(pool.bytesInUse).toBe(0);
    expect((await acquire('x')).value).toBe('value of x');
  });

  it('evicts what was not used since the clock hand passed, never what is pinned', async () => {
    const { cache, acquire, use } = newCache(128);
    const pinned = await acquire('pinned');
    await use('a');
    await use('b');
    await use('c');
    // The first eviction clears every reference bit; then only b is used again.
    await use('d');
    expect(cache.metrics.evictions).toBe(1);
    const kept = ['a', 'b', 'c'].filter((key) => cache.has(key));
    expect(kept).toHaveLength(2);
    await use(kept[1]!);
    await use('e');
    expect(cache.has(kept[0]!)).toBe(false);
    expect(cache.has(kept[1]!)).toBe(true);
    expect(cache.has('pinned')).toBe(true);
    cache.unpin(pinned);
  });

  it('evicts only the neighbours that a larger slot needs', async () => {
    const { cache, use } = newCache(256);
    for (let i = 0; i < 8; i++) await use(`small${i}`);
    await use('large', 64);
    expect(cache.metrics.evictions).toBe(2);
  });

  it('waits for an unpin when everything is pinned', async () => {
    const { cache, acquire } = newCache(64, 10_000);
    const [a] = await Promise.all([acquire('a'), acquire('b')]);
    const waiting = acquire('c');
    expect(cache.metrics.waiting).toBe(1);
    cache.unpin(a);
    expect((await waiting).value).toBe('value of c');
    expect(cache.has('a')).toBe(false);
  });

  it('fails with CAPACITY_EXCEEDED when nothing is unpinned in time, and leaves no trace', async () => {
    const { cache, acquire } = newCache(64);
    await Promise.all([acquire('a'), acquire('b')]);
    await expect(acquire('c')).rejects.toMatchObject({
      message: 'Resource limit exceeded',
      category: 'CAPACITY_EXCEEDED',
    });
    expect(cache.has('c')).toBe(false);
    expect(cache.metrics.waiting).toBe(0);
  });

  it('fails at once for a value larger than an arena', async () => {
    const { acquire } = newCache(64, 60_000);
    await expect(acquire('huge', 65)).rejects.toMatchObject({ category: 'CAPACITY_EXCEEDED' });
  });

  it('keeps all entries of one affinity in one arena', async () => {
    const pool = new ArenaPool({ budgetBytes: 512 * KIB, arenaBytes: 128 * KIB });
    const cache = new SlotCache<MemoryRef>({ pool });
    for (let round = 0; round < 40; round++) {
      const keys = ['x', 'y', 'z'].map((column) => `${round}/${column}`);
      const pins = await Promise.all(keys.map((key) => cache.acquire(key, 32 * KIB, async (ref) => ref, `${round}`)));
      expect(new Set(pins.map((pin) => pin.value.arena)).size).toBe(1);
      for (const pin of pins) cache.unpin(pin);
    }
    expect(pool.handles()).toHaveLength(4);
    expect(cache.metrics.evictions).toBeGreaterThan(100);
  });

  it('refuses to unpin twice', async () => {
    const { cache, acquire } = newCache(64);
    const pin = await acquire('a');
    cache.unpin(pin);
    expect(() => cache.unpin(pin)).toThrow('not pinned');
  });
});
