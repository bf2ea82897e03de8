/** Twins of assembly/top-k.ts. */
import type { KernelSet, Pointer, StateType } from '../kernel-set.js';
import { compareReals } from './filters.js';
import type { TwinMemory } from './twin-memory.js';

export function topKTwins(memory: TwinMemory): Pick<KernelSet, 'topK' | 'nonEmpty'> {
  const groups = (counts: Pointer, n: number): number[] => {
    const all = Array.from({ length: n }, (_, i) => i);
    if (counts === 0) return all;
    const countOf = memory.i64(counts);
    return all.filter((i) => countOf[i]! > 0n);
  };
  return {
    topK: (type) => (states, counts, n, k, descending, out, capacity) => {
      if (k === 0) return 0;
      const ascending = comparison(memory, type, states);
      const isBetter = descending ? (a: number, b: number) => ascending(b, a) : ascending;
      const candidates = groups(counts, n);
      const ranked = candidates.toSorted(isBetter);
      const last = ranked[Math.min(k, ranked.length) - 1];
      const chosen = last === undefined ? [] : candidates.filter((i) => isBetter(i, last) <= 0);
      if (chosen.length > capacity) return -1;
      memory.u32(out).set(chosen);
      return chosen.length;
    },
    nonEmpty: (counts, n, out) => {
      const found = groups(counts, n);
      memory.u32(out).set(found);
      return found.length;
    },
  };
}

function comparison(memory: TwinMemory, type: StateType, states: Pointer): (a: number, b: number) => number {
  if (type === 'f64') {
    const values = memory.f64(states);
    return (a, b) => compareReals(values[a]!, values[b]!);
  }
  const values = memory.i64(states);
  return (a, b) => Number(values[a]! > values[b]!) - Number(values[a]! < values[b]!);
}
