/** Twins of assembly/merge.ts where it merges states. */
import type { KernelSet, Pointer, StateType } from '../kernel-set.js';
import { addInts, addReals, maxInt, minInt } from './reduce.js';
import type { TwinMemory } from './twin-memory.js';

type Names = 'mergeSum' | 'mergeMin' | 'mergeMax' | 'mergeMaxU8';

export function mergeTwins(memory: TwinMemory): Pick<KernelSet, Names> {
  const merge = (type: StateType, ints: (a: bigint, b: bigint) => bigint, reals: (a: number, b: number) => number) => {
    return (dst: Pointer, src: Pointer, n: number): void => combineColumns(memory, type, ints, reals, dst, src, n, dst);
  };
  return {
    mergeSum: (type) => merge(type, addInts, addReals),
    mergeMin: (type) => merge(type, minInt, Math.min),
    mergeMax: (type) => merge(type, maxInt, Math.max),
    mergeMaxU8: (dst, src, n) => {
      const kept = memory.u8(dst);
      const others = memory.u8(src);
      for (let i = 0; i < n; i++) kept[i] = Math.max(kept[i]!, others[i]!);
    },
  };
}

/** out[i] = a[i] op b[i], wrapping at 64 bits. */
export function combineColumns(
  memory: TwinMemory,
  type: StateType,
  ints: (a: bigint, b: bigint) => bigint,
  reals: (a: number, b: number) => number,
  a: Pointer,
  b: Pointer,
  n: number,
  out: Pointer,
): void {
  if (type === 'f64') {
    const [left, right, result] = [memory.f64(a), memory.f64(b), memory.f64(out)];
    for (let i = 0; i < n; i++) result[i] = reals(left[i]!, right[i]!);
    return;
  }
  const [left, right, result] = [memory.i64(a), memory.i64(b), memory.i64(out)];
  for (let i = 0; i < n; i++) result[i] = ints(left[i]!, right[i]!);
}
