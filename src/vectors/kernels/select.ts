import type { IntValues, UnsignedIds } from '../block.js';
import { perArrayType } from './per-array-type.js';

/** Kernels that write the matching row numbers to `out` and return how many; `out` may be the input rows' own buffer. */

/** Rows whose id has a 1 in `table`. */
export const selectIdsAll = perArrayType(function selectIdsAll(
  ids: UnsignedIds,
  table: Uint8Array,
  n: number,
  out: Uint16Array,
): number {
  let count = 0;
  for (let row = 0; row < n; row++) {
    out[count] = row;
    count += table[ids[row]!]!;
  }
  return count;
});

export const selectIdsRows = perArrayType(function selectIdsRows(
  ids: UnsignedIds,
  table: Uint8Array,
  rows: Uint16Array,
  n: number,
  out: Uint16Array,
): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    out[count] = row;
    count += table[ids[row]!]!;
  }
  return count;
});

/** Rows any of whose ids has a 1 in `table`; a row without ids counts as id 0. */
export const selectMultiIds = perArrayType(function selectMultiIds(
  ids: UnsignedIds,
  offsets: Uint32Array,
  table: Uint8Array,
  rows: Uint16Array,
  n: number,
  out: Uint16Array,
): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    const end = offsets[row + 1]!;
    let at = offsets[row]!;
    let hit = at === end ? table[0]! : 0;
    for (; at < end && hit === 0; at++) hit = table[ids[at]!]!;
    out[count] = row;
    count += hit;
  }
  return count;
});

/** Rows with low <= value <= high, and null rows when `nullHit` is 1. */
export const selectIntsAll = perArrayType(function selectIntsAll(
  values: IntValues,
  low: number,
  high: number,
  nulls: Uint8Array,
  nullHit: number,
  n: number,
  out: Uint16Array,
): number {
  let count = 0;
  for (let row = 0; row < n; row++) {
    const value = values[row]!;
    out[count] = row;
    count += nulls[row] === 0 ? (value >= low && value <= high ? 1 : 0) : nullHit;
  }
  return count;
});

export const selectIntsRows = perArrayType(function selectIntsRows(
  values: IntValues,
  low: number,
  high: number,
  nulls: Uint8Array,
  nullHit: number,
  rows: Uint16Array,
  n: number,
  out: Uint16Array,
): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    const value = values[row]!;
    out[count] = row;
    count += nulls[row] === 0 ? (value >= low && value <= high ? 1 : 0) : nullHit;
  }
  return count;
});

/** The same over 64-bit values as words (low word first), with bounds as (high, low) words. */
export function selectWide(
  words: Int32Array,
  lowHigh: number,
  lowLow: number,
  highHigh: number,
  highLow: number,
  nulls: Uint8Array,
  nullHit: number,
  rows: Uint16Array,
  n: number,
  out: Uint16Array,
): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    const top = words[2 * row + 1]!;
    const bottom = words[2 * row]! >>> 0;
    const above = top > lowHigh || (top === lowHigh && bottom >= lowLow);
    const below = top < highHigh || (top === highHigh && bottom <= highLow);
    out[count] = row;
    count += nulls[row] === 0 ? (above && below ? 1 : 0) : nullHit;
  }
  return count;
}

/**
 * Rows whose value lies within the bounds in Java's `Double.compare` order: -0 before 0, NaN after everything.
 * @param isLowOpen whether `low` itself is out; likewise `isHighOpen`
 */
export const selectReals = perArrayType(function selectReals(
  values: Float64Array | Float32Array,
  low: number,
  isLowOpen: boolean,
  high: number,
  isHighOpen: boolean,
  nanHit: boolean,
  nulls: Uint8Array,
  nullHit: number,
  rows: Uint16Array,
  n: number,
  out: Uint16Array,
): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    const value = values[row]!;
    let hit = nanHit;
    if (value === value) {
      let above = value > low;
      let below = value < high;
      if (value === low) above = value === 0 ? (isLowOpen ? 1 / value > 1 / low : 1 / value >= 1 / low) : !isLowOpen;
      if (value === high)
        below = value === 0 ? (isHighOpen ? 1 / value < 1 / high : 1 / value <= 1 / high) : !isHighOpen;
      hit = above && below;
    }
    out[count] = row;
    count += nulls[row] === 0 ? (hit ? 1 : 0) : nullHit;
  }
  return count;
});

/** Rows with a 1 in `marks`. */
export function selectMarked(marks: Uint8Array, rows: Uint16Array, n: number, out: Uint16Array): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    out[count] = row;
    count += marks[row]!;
  }
  return count;
}

/** Rows with a 0 in `marks`. */
export function selectUnmarked(marks: Uint8Array, rows: Uint16Array, n: number, out: Uint16Array): number {
  let count = 0;
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    out[count] = row;
    count += 1 - marks[row]!;
  }
  return count;
}

export function markRows(rows: Uint16Array, n: number, marks: Uint8Array, mark: number): void {
  for (let i = 0; i < n; i++) marks[rows[i]!] = mark;
}
