import type { IntValues, UnsignedIds } from '../block.js';
import { perArrayType } from './per-array-type.js';

/** out[i] = base + values[i] for i < n. */
export const gatherIntsAll = perArrayType(function gatherIntsAll(
  values: IntValues,
  base: number,
  n: number,
  out: Float64Array,
): void {
  for (let i = 0; i < n; i++) out[i] = base + values[i]!;
});

/** out[i] = base + values[rows[i]] for i < n. */
export const gatherIntsRows = perArrayType(function gatherIntsRows(
  values: IntValues,
  base: number,
  rows: Uint16Array,
  n: number,
  out: Float64Array,
): void {
  for (let i = 0; i < n; i++) out[i] = base + values[rows[i]!]!;
});

/** out[i] = values[rows[i]] for i < n. */
export const gatherReals = perArrayType(function gatherReals(
  values: Float64Array | Float32Array,
  rows: Uint16Array,
  n: number,
  out: Float64Array,
): void {
  for (let i = 0; i < n; i++) out[i] = values[rows[i]!]!;
});

/** out[i] = values[i] for i < n. */
export function widenFloats(values: Float32Array, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) out[i] = values[i]!;
}

/** out[i] = ids[i] for i < n. */
export const gatherIdsAll = perArrayType(function gatherIdsAll(ids: UnsignedIds, n: number, out: Uint32Array): void {
  for (let i = 0; i < n; i++) out[i] = ids[i]!;
});

/** out[i] = ids[rows[i]] for i < n. */
export const gatherIdsRows = perArrayType(function gatherIdsRows(
  ids: UnsignedIds,
  rows: Uint16Array,
  n: number,
  out: Uint32Array,
): void {
  for (let i = 0; i < n; i++) out[i] = ids[rows[i]!]!;
});

/** Nearest doubles of 64-bit integers given as pairs of 32-bit words, low word first. */
export function gatherWideAll(words: Int32Array, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) out[i] = words[2 * i + 1]! * 4294967296 + (words[2 * i]! >>> 0);
}

export function gatherWideRows(words: Int32Array, rows: Uint16Array, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const at = 2 * rows[i]!;
    out[i] = words[at + 1]! * 4294967296 + (words[at]! >>> 0);
  }
}

/** high[i] * 2^32 + low[i] is the 64-bit integer exactly: low in [0, 2^32), high in [-2^31, 2^31). */
export function splitWideAll(words: Int32Array, n: number, high: Float64Array, low: Float64Array): void {
  for (let i = 0; i < n; i++) {
    low[i] = words[2 * i]! >>> 0;
    high[i] = words[2 * i + 1]!;
  }
}

export function splitWideRows(
  words: Int32Array,
  rows: Uint16Array,
  n: number,
  high: Float64Array,
  low: Float64Array,
): void {
  for (let i = 0; i < n; i++) {
    const at = 2 * rows[i]!;
    low[i] = words[at]! >>> 0;
    high[i] = words[at + 1]!;
  }
}

/** Splits doubles as Java's cast to long does: toward zero, saturating, NaN is 0. `values` may be `low`. */
export function splitDoubles(values: Float64Array, n: number, high: Float64Array, low: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const value = values[i]!;
    if (value >= 9223372036854775808) {
      high[i] = 2147483647;
      low[i] = 4294967295;
    } else if (value <= -9223372036854775808) {
      high[i] = -2147483648;
      low[i] = 0;
    } else if (value !== value) {
      high[i] = 0;
      low[i] = 0;
    } else {
      const whole = Math.trunc(value);
      const top = Math.floor(whole / 4294967296);
      high[i] = top;
      low[i] = whole - top * 4294967296;
    }
  }
}

/** Keeps the rows whose null byte is 0. @returns how many; `outRows` gets their numbers, `outAt` their positions in the selection */
export function keepNonNullAll(nulls: Uint8Array, n: number, outRows: Uint16Array, outAt: Uint32Array): number {
  let kept = 0;
  for (let i = 0; i < n; i++) {
    outRows[kept] = i;
    outAt[kept] = i;
    kept += 1 - nulls[i]!;
  }
  return kept;
}

export function keepNonNullRows(
  nulls: Uint8Array,
  rows: Uint16Array,
  n: number,
  outRows: Uint16Array,
  outAt: Uint32Array,
): number {
  let kept = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    outRows[kept] = row;
    outAt[kept] = i;
    kept += 1 - nulls[row]!;
  }
  return kept;
}

/** out[i] = values[at[i]] for i < n. */
export function takeU32(values: Uint32Array, at: Uint32Array, n: number, out: Uint32Array): void {
  for (let i = 0; i < n; i++) out[i] = values[at[i]!]!;
}
