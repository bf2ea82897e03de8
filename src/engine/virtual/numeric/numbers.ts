import type { ColumnVector, LongVector } from '../../../vectors/block.js';

/**
 * One value a row while an expression is computed. LONG values are whole numbers within 2^53 and never -0, so that doubles hold them; `min` and
 * `max` bound them (min > max when there are none). Values of null rows mean nothing. 'NULL': every row is null.
 */
export interface Numbers {
  readonly kind: 'LONG' | 'DOUBLE' | 'NULL';
  readonly values: Float64Array;
  /** 1 = null; undefined when no row is. */
  readonly nulls: Uint8Array | undefined;
  readonly min: number;
  readonly max: number;
  /** Some rows are LONG where others are DOUBLE: what tells these apart must not use them. */
  readonly isMixed: boolean;
}

const NO_VALUES = new Float64Array(0);

export const ALL_NULL: Numbers = {
  kind: 'NULL',
  values: NO_VALUES,
  nulls: undefined,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  isMixed: false,
};

export function doubles(values: Float64Array, nulls: Uint8Array | undefined, isMixed = false): Numbers {
  return { kind: 'DOUBLE', values, nulls, min: 0, max: 0, isMixed };
}

/** undefined when they may be beyond 2^53. */
export function longs(
  values: Float64Array,
  nulls: Uint8Array | undefined,
  min: number,
  max: number,
): Numbers | undefined {
  if (min < -Number.MAX_SAFE_INTEGER || max > Number.MAX_SAFE_INTEGER) return undefined;
  return { kind: 'LONG', values, nulls, min, max, isMixed: false };
}

/** The rows of a numeric column; undefined for other columns and for longs beyond 2^53. */
export function loadNumbers(vector: ColumnVector | undefined, n: number, out: Float64Array): Numbers | undefined {
  switch (vector?.kind) {
    case undefined:
      return ALL_NULL;
    case 'double':
      return doubles(vector.values, vector.nulls);
    case 'float':
      out.set(vector.values);
      return doubles(out, vector.nulls);
    case 'long':
      return loadLongs(vector, n, out);
    default:
      return undefined;
  }
}

function loadLongs({ base, values, nulls }: LongVector, n: number, out: Float64Array): Numbers | undefined {
  if (values instanceof BigInt64Array) {
    loadWide(new Int32Array(values.buffer, values.byteOffset, 2 * n), n, out);
  } else {
    out.set(values);
    if (base !== 0) for (let i = 0; i < n; i++) out[i] = out[i]! + base;
  }
  const bounds = nulls === undefined ? boundsOf(out, n) : boundsOfSome(out, nulls, n);
  return longs(out, nulls, bounds.min, bounds.max);
}

function loadWide(words: Int32Array, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) out[i] = words[2 * i + 1]! * 4294967296 + (words[2 * i]! >>> 0);
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

function boundsOf(values: Float64Array, n: number): Bounds {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function boundsOfSome(values: Float64Array, nulls: Uint8Array, n: number): Bounds {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    if (nulls[i] === 1) continue;
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/** Java's cast; undefined beyond 2^53. */
export function toLongs(from: Numbers, n: number, out: Float64Array): Numbers | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    if (from.nulls?.[i] === 1) continue;
    const value = from.values[i]!;
    const whole = Number.isNaN(value) ? 0 : Math.trunc(value) + 0;
    out[i] = whole;
    if (whole < min) min = whole;
    if (whole > max) max = whole;
  }
  return longs(out, from.nulls, min, max);
}

/** Null where either is. */
export function eitherNull(
  a: Uint8Array | undefined,
  b: Uint8Array | undefined,
  n: number,
  out: Uint8Array,
): Uint8Array | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  for (let i = 0; i < n; i++) out[i] = a[i]! | b[i]!;
  return out;
}
