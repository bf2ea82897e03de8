import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExtentAllocator } from '../../../src/memory/extent-allocator.js';

const START = 64 * 7;
const CAPACITY = 64 * 100;

describe('extent allocator', () => {
  it('never gives out overlapping slots, aligns each to 64, and joins all of them again', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('allocate' as const), bytes: fc.integer({ min: 1, max: 2000 }) }),
      fc.record({ kind: fc.constant('free' as const), pick: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const allocator = new ExtentAllocator(START, CAPACITY);
        const used = new Map<number, number>();
        for (const action of steps) {
          if (action.kind === 'allocate') {
            const offset = allocator.allocate(action.bytes);
            const size = Math.ceil(action.bytes / 64) * 64;
            if (offset === undefined) {
              expect(largestGap(used)).toBeLessThan(size);
              continue;
            }
            expect(offset % 64).toBe(0);
            expect(offset).toBeGreaterThanOrEqual(START);
            expect(offset + size).toBeLessThanOrEqual(START + CAPACITY);
            for (const [other, otherSize] of used) {
              expect(offset + size <= other || other + otherSize <= offset).toBe(true);
            }
            used.set(offset, size);
          } else if (used.size > 0) {
            const offset = [...used.keys()][action.pick % used.size]!;
            allocator.free(offset);
            used.delete(offset);
          }
        }
        expect(allocator.bytesInUse).toBe([...used.values()].reduce((sum, size) => sum + size, 0));
        for (const offset of used.keys()) allocator.free(offset);
        expect(allocator.allocate(CAPACITY)).toBe(START);
      }),
    );
  });

  it('names the neighbours whose going makes room, and none beyond what is needed', () => {
    const allocator = new ExtentAllocator(0, 64 * 8);
    const offsets = Array.from({ length: 8 }, () => allocator.allocate(64)!);
    expect(allocator.toFree(offsets[2]!, 128, () => true)).toEqual([offsets[2], offsets[3]]);
    expect(allocator.toFree(offsets[2]!, 128, (offset) => offset < offsets[2]!)).toEqual([offsets[2], offsets[1]]);
    expect(allocator.toFree(offsets[2]!, 128, () => false)).toBeUndefined();
    allocator.free(offsets[3]!);
    expect(allocator.toFree(offsets[2]!, 128, () => false)).toEqual([offsets[2]]);
  });

  it('refuses to free a slot twice', () => {
    const allocator = new ExtentAllocator(0, 4096);
    const offset = allocator.allocate(100)!;
    allocator.free(offset);
    expect(() => allocator.free(offset)).toThrow('No slot in use');
  });
});

function largestGap(used: ReadonlyMap<number, number>): number {
  let at = START;
  let largest = 0;
  for (const [offset, size] of [...used].sort(([a], [b]) => a - b)) {
    largest = Math.max(largest, offset - at);
    at = offset + size;
  }
  return Math.max(largest, START + CAPACITY - at);
}
