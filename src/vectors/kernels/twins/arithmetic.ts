/** Twins of assembly/arithmetic.ts, and of merge.ts where it computes on columns. */
import type { KernelSet, Pointer, StateType } from '../kernel-set.js';
import { combineColumns } from './merge.js';
import { addInts, addReals } from './reduce.js';
import { isReal, type TwinMemory } from './twin-memory.js';

type Names = 'toF64' | 'toI64' | 'multiplyInts' | 'multiplyByInts' | 'add' | 'subtract' | 'multiply' | 'affine';

export function arithmeticTwins(memory: TwinMemory): Pick<KernelSet, Names> {
  const combine = (
    type: StateType,
    ints: (a: bigint, b: bigint) => bigint,
    reals: (a: number, b: number) => number,
  ) => {
    return (a: Pointer, b: Pointer, n: number, out: Pointer): void =>
      combineColumns(memory, type, ints, reals, a, b, n, out);
  };
  return {
    toF64: (type) => (values, base, divisor, n, out) => {
      const result = memory.f64(out);
      if (isReal(type)) {
        result.set(memory.reals(type, values).slice(0, n));
        return;
      }
      const elementOf = memory.intValues(type, values, 0);
      for (let row = 0; row < n; row++) result[row] = (base + Number(elementOf(row))) / divisor;
    },
    toI64: (type) => (values, base, factor, n, out) => {
      const valueOf = memory.intValues(type, values, base);
      const result = memory.i64(out);
      for (let row = 0; row < n; row++) result[row] = valueOf(row) * BigInt(factor);
    },
    multiplyInts: (typeA, typeB) => (a, aBase, aFactor, b, bBase, bFactor, n, out) => {
      const [left, right] = [memory.intValues(typeA, a, aBase), memory.intValues(typeB, b, bBase)];
      const result = memory.i64(out);
      for (let row = 0; row < n; row++) result[row] = left(row) * BigInt(aFactor) * right(row) * BigInt(bFactor);
    },
    multiplyByInts: (type) => (a, b, base, factor, n, out) => {
      const valueOf = memory.intValues(type, b, base);
      const [values, result] = [memory.i64(a), memory.i64(out)];
      for (let row = 0; row < n; row++) result[row] = values[row]! * valueOf(row) * BigInt(factor);
    },
    add: (type) => combine(type, addInts, addReals),
    subtract: (type) =>
      combine(
        type,
        (a, b) => a - b,
        (a, b) => a - b,
      ),
    multiply: (type) =>
      combine(
        type,
        (a, b) => a * b,
        (a, b) => a * b,
      ),
    affine: (type) => (a, scale, offset, n, out) => {
      if (type === 'f64') {
        const [values, result] = [memory.f64(a), memory.f64(out)];
        for (let i = 0; i < n; i++) result[i] = scale * values[i]! + offset;
        return;
      }
      const [values, result] = [memory.i64(a), memory.i64(out)];
      for (let i = 0; i < n; i++) result[i] = BigInt(scale) * values[i]! + BigInt(offset);
    },
  };
}
