/** Twins of assembly/keys.ts. */
import type { KernelSet, Pointer } from '../kernel-set.js';
import type { TwinMemory } from './twin-memory.js';

type Names = 'packIds' | 'packRemapped' | 'packInts' | 'packTimeBuckets';

export function keyTwins(memory: TwinMemory): Pick<KernelSet, Names> {
  const pack = (digitOf: (row: number) => number, stride: number, n: number, out: Pointer, add: number): void => {
    const keys = memory.u32(out);
    for (let row = 0; row < n; row++) keys[row] = (add ? keys[row]! : 0) + Math.imul(digitOf(row), stride);
  };
  return {
    packIds: (key) => (ids, stride, n, out, add) => {
      const idOf = memory.ids(key, ids);
      pack((row) => idOf[row]!, stride, n, out, add);
    },
    packRemapped: (key) => (ids, remap, stride, n, out, add) => {
      const idOf = memory.ids(key, ids);
      const newId = memory.u32(remap);
      pack((row) => newId[idOf[row]!]!, stride, n, out, add);
    },
    packInts: (type) => (values, base, from, stride, n, out, add) => {
      const valueOf = memory.intValues(type, values, base);
      pack((row) => Number(BigInt.asUintN(32, valueOf(row) - BigInt(from))), stride, n, out, add);
    },
    packTimeBuckets: (type) => (times, base, boundaries, count, stride, n, out, add) => {
      const timeOf = memory.intValues(type, times, base);
      const starts = memory.f64(boundaries).slice(0, count);
      const bucketOf = (row: number) => {
        const time = timeOf(row);
        return Math.max(
          0,
          starts.findLastIndex((start) => start <= time),
        );
      };
      pack(bucketOf, stride, n, out, add);
    },
  };
}
