/** Twins of assembly/reduce-sum.ts and reduce-extreme.ts. */
import type { KernelSet, ReduceKernel, SelectionForm, ValueType } from '../kernel-set.js';
import { isReal, type TwinMemory } from './twin-memory.js';

export function reduceTwins(memory: TwinMemory): Pick<KernelSet, 'sum' | 'min' | 'max'> {
  const reduce = (
    form: SelectionForm,
    type: ValueType,
    ints: (a: bigint, b: bigint) => bigint,
    reals: (a: number, b: number) => number,
  ): ReduceKernel => {
    return (values, base, selection, n, out) => {
      const rows = memory.rows(form, selection, n);
      if (isReal(type)) {
        const column = memory.reals(type, values);
        const state = memory.f64(out);
        for (const row of rows) state[0] = reals(state[0]!, column[row]!);
        return;
      }
      const valueOf = memory.intValues(type, values, base);
      const state = memory.i64(out);
      for (const row of rows) state[0] = ints(state[0]!, valueOf(row));
    };
  };
  return {
    sum: (form, type) => reduce(form, type, addInts, addReals),
    min: (form, type) => reduce(form, type, minInt, Math.min),
    max: (form, type) => reduce(form, type, maxInt, Math.max),
  };
}

export const addInts = (a: bigint, b: bigint): bigint => a + b;
export const addReals = (a: number, b: number): number => a + b;
export const minInt = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const maxInt = (a: bigint, b: bigint): bigint => (a > b ? a : b);
