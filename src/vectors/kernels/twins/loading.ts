/** Twins of assembly/loading.ts. Inputs are copied first: `out` may be the input. */
import type { KernelSet } from '../kernel-set.js';
import type { TwinMemory } from './twin-memory.js';

type Names = 'narrowReals' | 'unpackNulls';

export function loadingTwins(memory: TwinMemory): Pick<KernelSet, Names> {
  return {
    narrowReals: (from, to) => (values, power, base, n, out) => {
      const elements = memory.reals(from, values).slice(0, n);
      memory.ids(to, out).set(Array.from(elements, (value) => Math.round(value * power) - base));
    },
    unpackNulls: (validity, n, out) => {
      const isValid = new Set(memory.rows('bits', validity, n));
      memory.u8(out).set(Array.from({ length: n }, (_, row) => (isValid.has(row) ? 0 : 1)));
    },
  };
}
