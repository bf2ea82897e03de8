import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { workerEntry } from '../../../src/common/worker-entry.js';
import { ArenaPool } from '../../../src/memory/arena-pool.js';
import { SharedScratch } from '../../../src/memory/shared-scratch.js';

const KIB = 1024;
const MIB = 1024 * KIB;

function newPool(scratchBytes = MIB) {
  const pool = new ArenaPool({ budgetBytes: 256 * KIB, scratchBytes });
  const arena = pool.homeArena();
  const handle = pool.handles()[0]!;
  return { pool, arena, handle };
}

describe('scratch', () => {
  it('lies above the slots, which stay where they are when it grows', () => {
    const { pool, handle } = newPool();
    const slot = pool.allocate(256 * KIB)!;
    expect(slot.offset).toBe(64 * KIB);
    const scratch = SharedScratch.attach(handle, 1);
    const before = pool.buffer(slot.arena).byteLength;
    const pointer = scratch.allocate(MIB);
    expect(pointer).toBeGreaterThanOrEqual(slot.offset + slot.length);
    expect(pool.buffer(slot.arena).byteLength).toBeGreaterThan(before);
    new Uint8Array(handle.memory.buffer, pointer, MIB).fill(1);
    expect(pool.scratchBytesInUse).toBe(MIB);
  });

  it('refuses more than its budget with what was asked and what is used, and gives it again once freed', () => {
    const { handle } = newPool();
    const scratch = SharedScratch.attach(handle, 1);
    const first = scratch.allocate(600 * KIB);
    expect(() => scratch.allocate(500 * KIB)).toThrow(
      expect.objectContaining({ message: 'Resource limit exceeded', category: 'CAPACITY_EXCEEDED' }) as Error,
    );
    scratch.free(first);
    expect(scratch.allocate(MIB)).toBe(first);
    expect(() => scratch.free(first + 64 * KIB)).toThrow('No scratch in use');
  });

  it('takes back all that an ended query holds, and nothing of the others', () => {
    const { pool, handle } = newPool();
    const [ended, alive] = [SharedScratch.attach(handle, 7), SharedScratch.attach(handle, 8)];
    ended.allocate(100 * KIB);
    const kept = alive.allocate(10);
    ended.allocate(1);
    expect(pool.releaseScratch(7)).toBe(3 * 64 * KIB);
    expect(pool.scratchBytesInUse).toBe(64 * KIB);
    alive.free(kept);
    expect(pool.scratchBytesInUse).toBe(0);
  });

  it('is usable again after a thread died inside its lock', () => {
    const { handle } = newPool();
    const deadThread = 4_242;
    Atomics.store(new Int32Array(handle.scratch!), 0, deadThread + 1);
    const scratch = new SharedScratch(handle);
    scratch.unlockAfter(1);
    expect(Atomics.load(new Int32Array(handle.scratch!), 0)).toBe(deadThread + 1);
    scratch.unlockAfter(deadThread);
    expect(scratch.of(1).allocate(1)).toBeGreaterThan(0);
  });

  it('never gives one page to two threads, and none is lost', async () => {
    const { pool, handle } = newPool(3 * MIB);
    const entry = workerEntry(import.meta.url, './scratch-hammer.worker');
    const ends = [1, 2, 3, 4].map((owner) => {
      const worker = new Worker(entry.url, {
        execArgv: [...entry.execArgv],
        workerData: { handle, owner, rounds: 4_000 },
      });
      return new Promise<{ held: number; refused: number }>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    });
    const outcomes = await Promise.all(ends);
    // The budget was reached, so that the threads met at its end too.
    expect(outcomes.reduce((sum, { refused }) => sum + refused, 0)).toBeGreaterThan(0);
    for (const owner of [1, 2, 3, 4]) pool.releaseScratch(owner);
    expect(pool.scratchBytesInUse).toBe(0);
    expect(SharedScratch.attach(handle, 5).allocate(3 * MIB)).toBeGreaterThan(0);
  });
});
