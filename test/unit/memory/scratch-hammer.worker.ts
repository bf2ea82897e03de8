/** Allocates, stamps, checks and frees scratch at random, against other threads that do the same. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ArenaHandle } from '../../../src/memory/memory-ref.js';
import { SharedScratch } from '../../../src/memory/shared-scratch.js';

const PAGE_BYTES = 65_536;
const { handle, owner, rounds } = workerData as { handle: ArenaHandle; owner: number; rounds: number };
const scratch = SharedScratch.attach(handle, owner);
const held: { pointer: number; bytes: number; stamp: number }[] = [];
let seed = owner * 7919;
let refused = 0;
const random = (n: number): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return (seed >>> 8) % n;
};
const words = (pointer: number, bytes: number): Int32Array =>
  new Int32Array(handle.memory.buffer, pointer, Math.floor(bytes / 4));

for (let round = 0; round < rounds; round++) {
  if (random(5) < 3 && held.length < 20) {
    const bytes = 4 + random(6 * PAGE_BYTES);
    const stamp = owner * 1_000_000 + round;
    try {
      const pointer = scratch.allocate(bytes);
      words(pointer, bytes).fill(stamp);
      held.push({ pointer, bytes, stamp });
    } catch {
      refused++;
    }
  } else if (held.length > 0) {
    const [gone] = held.splice(random(held.length), 1);
    const broken = words(gone!.pointer, gone!.bytes).findIndex((word) => word !== gone!.stamp);
    if (broken >= 0) throw new Error(`Another thread wrote into [${gone!.pointer}] of owner [${owner}]`);
    scratch.free(gone!.pointer);
  }
}
for (const { pointer, bytes, stamp } of held) {
  if (words(pointer, bytes).some((word) => word !== stamp)) throw new Error(`[${pointer}] was overwritten`);
}
parentPort?.postMessage({ held: held.length, refused });
