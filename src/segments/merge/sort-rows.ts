import type { Ranks } from './rank.js';

const DIGIT_BITS = 16;
const DIGITS = 1 << DIGIT_BITS;

/**
 * Sorts rows by time and then by ranked columns: a stable radix sort from the last key to the first, which costs the same however many
 * rows are equal.
 * @param times by position 0..n-1
 * @param keys ranks by position, most significant first
 * @returns positions in sorted order
 */
export function sortRows(times: Float64Array, keys: readonly Ranks[]): Uint32Array {
  const n = times.length;
  let order = new Uint32Array(n);
  let spare = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  const counts = new Uint32Array(DIGITS);
  const pass = (digits: Uint16Array): void => {
    radixPass(digits, order, spare, counts);
    [order, spare] = [spare, order];
  };
  const digits = new Uint16Array(n);
  for (let k = keys.length - 1; k >= 0; k--) {
    const { ranks, bound } = keys[k]!;
    if (isConstant(ranks)) continue;
    for (let i = 0; i < n; i++) digits[i] = ranks[i]! & 0xffff;
    pass(digits);
    if (bound <= DIGITS) continue;
    for (let i = 0; i < n; i++) digits[i] = ranks[i]! >>> DIGIT_BITS;
    pass(digits);
  }
  sortByTime(times, digits, pass);
  return order;
}

function sortByTime(times: Float64Array, digits: Uint16Array, pass: (digits: Uint16Array) => void): void {
  const n = times.length;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    if (times[i]! < min) min = times[i]!;
    if (times[i]! > max) max = times[i]!;
  }
  for (let scale = 1; max - min >= scale; scale *= DIGITS) {
    for (let i = 0; i < n; i++) digits[i] = Math.floor((times[i]! - min) / scale) % DIGITS;
    pass(digits);
  }
}

function isConstant(ranks: Ranks['ranks']): boolean {
  for (let i = 1; i < ranks.length; i++) if (ranks[i] !== ranks[0]) return false;
  return true;
}

function radixPass(digits: Uint16Array, from: Uint32Array, to: Uint32Array, counts: Uint32Array): void {
  const n = from.length;
  counts.fill(0);
  for (let i = 0; i < n; i++) counts[digits[i]!]!++;
  let start = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = counts[digit]!;
    counts[digit] = start;
    start += count;
  }
  for (let i = 0; i < n; i++) {
    const position = from[i]!;
    const digit = digits[position]!;
    to[counts[digit]!] = position;
    counts[digit] = counts[digit]! + 1;
  }
}
