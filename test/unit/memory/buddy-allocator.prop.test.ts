import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BuddyAllocator, slotBytes } from '../../../src/memory/buddy-allocator.js';

const CAPACITY = 64 * 96; // Not a power of two: 4096 + 2048.

describe('buddy allocator', () => {
  it('never gives out overlapping slots, aligns each to its size, and merges all of them again', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('allocate' as const), bytes: fc.integer({ min: 1, max: 4096 }) }),
      fc.record({ kind: fc.constant('free' as const), pick: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const allocator = new BuddyAllocator(CAPACITY);
        const used = new Map<number, number>();
        for (const action of steps) {
          if (action.kind === 'allocate') {
            const offset = allocator.allocate(action.bytes);
            if (offset === undefined) continue;
            const size = slotBytes(action.bytes);
            expect(offset % size).toBe(0);
            expect(offset + size).toBeLessThanOrEqual(CAPACITY);
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
        expect(allocator.allocate(4096)).toBe(0);
        expect(allocator.allocate(2048)).toBe(4096);
      }),
    );
  });

  it('names the slots in use within an aligned window', () => {
    const allocator = new BuddyAllocator(4096);
    const offsets = [allocator.allocate(64)!, allocator.allocate(64)!, allocator.allocate(1024)!];
    expect(new Set(allocator.usedWithin(0, 1024))).toEqual(new Set([offsets[0], offsets[1]]));
    expect(allocator.usedWithin(offsets[2]!, 1024)).toEqual([offsets[2]]);
    expect(allocator.usedWithin(2048, 1024)).toEqual([]);
  });

  it('refuses to free a slot twice', () => {
    const allocator = new BuddyAllocator(4096);
    const offset = allocator.allocate(100)!;
    allocator.allocate(100);
    allocator.free(offset);
    expect(() => allocator.free(offset)).toThrow('No slot in use');
  });
});
