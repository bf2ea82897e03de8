import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { ArenaPool } from '../../../src/memory/arena-pool.js';
import { ArenaRegistry } from '../../../src/memory/arena-registry.js';
import { BumpArena } from '../../../src/memory/bump-arena.js';

const KIB = 1024;

describe('arena pool', () => {
  it('reserves arenas one by one and stops at its budget', () => {
    const pool = new ArenaPool({ budgetBytes: 256 * KIB, arenaBytes: 128 * KIB });
    expect(pool.handles()).toHaveLength(0);
    const refs = Array.from({ length: 4 }, () => pool.allocate(64 * KIB)!);
    expect(new Set(refs.map((ref) => ref.arena)).size).toBe(2);
    expect(pool.bytesInUse).toBe(256 * KIB);
    expect(pool.allocate(1)).toBeUndefined();
    pool.free(refs[2]!);
    expect(pool.allocate(60 * KIB)).toMatchObject({ arena: refs[2]!.arena, offset: refs[2]!.offset, length: 60 * KIB });
  });

  it('takes a slot from the arena that is asked for, or none', () => {
    const pool = new ArenaPool({ budgetBytes: 128 * KIB, arenaBytes: 64 * KIB });
    const first = pool.allocate(64 * KIB)!;
    expect(pool.allocate(64, first.arena)).toBeUndefined();
    const second = pool.arenaFor(64 * KIB);
    expect(second).not.toBe(first.arena);
    expect(pool.allocate(64, second)?.arena).toBe(second);
  });

  it('fits a column of doubles with its nulls without rounding it up', () => {
    const pool = new ArenaPool({ budgetBytes: 5 * 576 * KIB });
    for (let i = 0; i < 5; i++) expect(pool.allocate(576 * KIB)).toBeDefined();
  });

  it('has a home for the states of queries before anything is stored, and never gives out pointer 0', () => {
    const pool = new ArenaPool({ budgetBytes: 64 * KIB });
    const home = pool.homeArena();
    expect(pool.homeArena()).toBe(home);
    expect(pool.handles().map(({ id }) => id)).toEqual([home]);
    expect(pool.allocate(64 * KIB)).toEqual({ arena: home, offset: 64 * KIB, length: 64 * KIB });
  });

  it('gives every arena of the process its own id', () => {
    const pools = [1, 2].map(() => new ArenaPool({ budgetBytes: 64 * KIB }));
    const ids = pools.map((pool) => pool.allocate(1)!.arena);
    expect(new Set([...ids, BumpArena.create(1).handle.id]).size).toBe(3);
  });
});

describe('bump arena', () => {
  it('aligns, grows, and keeps what was written', () => {
    const arena = BumpArena.create(1024 * KIB);
    const first = arena.allocate(10);
    new Uint8Array(arena.buffer, first.offset, 10).fill(7);
    const second = arena.allocate(512 * KIB);
    expect(second.offset).toBe(64);
    expect(arena.allocate(1, 8).offset).toBe(64 + 512 * KIB);
    expect([...new Uint8Array(arena.buffer, first.offset, 10)]).toEqual(Array(10).fill(7));
  });

  it('is full at its limit and empty after a reset', () => {
    const arena = BumpArena.create(128 * KIB);
    arena.allocate(100 * KIB);
    expect(() => arena.allocate(64 * KIB)).toThrow('Resource limit exceeded');
    arena.reset();
    expect(arena.usedBytes).toBe(0);
    expect(arena.allocate(128 * KIB).offset).toBe(0);
  });
});

describe('arena registry', () => {
  it('sees bytes that another thread wrote beyond the length it knew', async () => {
    const arena = BumpArena.create(1024 * KIB);
    const registry = new ArenaRegistry();
    registry.register([arena.handle]);
    expect(registry.buffer(arena.handle.id).byteLength).toBe(64 * KIB);
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       workerData.memory.grow(4);
       new Uint8Array(workerData.memory.buffer)[200_000] = 42;
       parentPort.postMessage('grown');`,
      { eval: true, workerData: { memory: arena.handle.memory } },
    );
    await new Promise((resolve) => worker.once('message', resolve));
    expect(registry.bytes({ arena: arena.handle.id, offset: 200_000, length: 1 })[0]).toBe(42);
    await worker.terminate();
  });

  it('rejects an arena it was never told of and a range outside one', () => {
    const registry = new ArenaRegistry();
    expect(() => registry.buffer(999_999_999)).toThrow('not registered');
    const arena = BumpArena.create(64 * KIB);
    registry.register([arena.handle]);
    expect(() => registry.buffer(arena.handle.id, 64 * KIB + 1)).toThrow('ends at [65536]');
  });
});
