/** Comparisons with values, translated to the elements that blocks hold: value = base + element, or (base + element) / 10^scale. */
import type { IntType } from '../../vectors/kernels/kernel-set.js';
import type { RealRange } from '../filter/value-predicate.js';

/** Inclusive; low > high when no element of the type matches. */
export interface ElementRange {
  readonly low: number;
  readonly high: number;
}

export type NarrowType = Exclude<IntType, 'i64'>;

export const NO_ELEMENT: ElementRange = { low: 1, high: 0 };

const LIMITS: Readonly<Record<NarrowType, ElementRange>> = {
  u8: { low: 0, high: 2 ** 8 - 1 },
  i8: { low: -(2 ** 7), high: 2 ** 7 - 1 },
  u16: { low: 0, high: 2 ** 16 - 1 },
  i16: { low: -(2 ** 15), high: 2 ** 15 - 1 },
  u32: { low: 0, high: 2 ** 32 - 1 },
  i32: { low: -(2 ** 31), high: 2 ** 31 - 1 },
};

/** Smallest and largest element of a type. */
export function elementLimits(type: NarrowType): ElementRange {
  return LIMITS[type];
}

/** @param base a safe integer @param low inclusive, as `high` */
export function longElements(low: bigint, high: bigint, base: number, type: NarrowType): ElementRange {
  const limits = LIMITS[type];
  const from = low - BigInt(base);
  const to = high - BigInt(base);
  if (from > to || from > BigInt(limits.high) || to < BigInt(limits.low)) return NO_ELEMENT;
  return {
    low: from < BigInt(limits.low) ? limits.low : Number(from),
    high: to > BigInt(limits.high) ? limits.high : Number(to),
  };
}

/** The elements that stand for members of a set of LONG values, ascending. @param members safe integers, ascending */
export function memberElements(members: Float64Array, base: number, type: NarrowType): ElementRange[] {
  const limits = LIMITS[type];
  const found: ElementRange[] = [];
  for (let i = 0; i < members.length; i++) {
    const element = members[i]! - base;
    if (element >= limits.low && element <= limits.high) found.push({ low: element, high: element });
  }
  return found;
}

/**
 * The elements of a decimal block whose value lies in a range, in Java's order of doubles (no value is -0 or NaN). Exact: values
 * do not descend as elements ascend, so the ends are found by comparing values as they are decoded.
 */
export function decimalElements(range: RealRange, base: number, scale: number, type: NarrowType): ElementRange {
  const power = 10 ** scale;
  const limits = LIMITS[type];
  const { low, lowOpen, high, highOpen } = range;
  const isAbove = (element: number): boolean => {
    if (low === null) return true;
    const order = compareJava((base + element) / power, low);
    return order > 0 || (order === 0 && !lowOpen);
  };
  const isBeyond = (element: number): boolean => {
    if (high === null) return false;
    const order = compareJava((base + element) / power, high);
    return order > 0 || (order === 0 && highOpen);
  };
  const from = firstWhere(limits, isAbove);
  const to = firstWhere(limits, isBeyond) - 1;
  return from > to ? NO_ELEMENT : { low: from, high: to };
}

/** The elements of a decimal block that decode to this very double; more than one only beyond the doubles' precision. */
export function decimalElementsOf(value: number, base: number, scale: number, type: NarrowType): ElementRange {
  return decimalElements(
    { kind: 'range', low: value, lowOpen: false, high: value, highOpen: false },
    base,
    scale,
    type,
  );
}

/** The first element from which on a condition holds; one past the last when it never does. */
function firstWhere(limits: ElementRange, holds: (element: number) => boolean): number {
  let low = limits.low;
  let high = limits.high + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Java's `Double.compare`: -0 before 0, NaN after everything. */
export function compareJava(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return a !== 0 ? 0 : (Object.is(a, -0) ? 0 : 1) - (Object.is(b, -0) ? 0 : 1);
  return (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0);
}
