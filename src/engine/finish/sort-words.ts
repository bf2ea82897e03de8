/**
 * Orders as unsigned 32-bit words: one row comes before another when its words, most significant first, are less. Sorting and choosing
 * then work on typed arrays alone, whatever was ordered.
 */

/** One criterion of an order. */
export interface SortKey {
  /** Words of the given rows (entry i belongs to `rows[i]`), most significant first; rows with equal words are equal to this key. */
  words(rows: Uint32Array): readonly Uint32Array[];
}

const DIGITS = [
  [0, 0x7ff],
  [11, 0x7ff],
  [22, 0x3ff],
] as const;

/** Below this many rows counting digits costs more than comparing. */
const FEW_ROWS = 48;

/** The positions 0..n-1 in the order of their words; equal ones keep their order. */
export function argsort(words: readonly Uint32Array[], n: number): Uint32Array {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  if (n <= FEW_ROWS) return insertionSort(order, words);
  let from = order;
  let to = new Uint32Array(n);
  for (let k = words.length - 1; k >= 0; k--) {
    const word = words[k]!;
    const varying = varyingBits(word);
    for (const [shift, mask] of DIGITS) {
      if (((varying >>> shift) & mask) === 0) continue;
      scatter(word, shift, mask, from, to);
      [from, to] = [to, from];
    }
  }
  return from;
}

/** The positions of the `count` least in the order of their words, ascending; `tied` are those of which only some belong to them. */
export function leastPositions(
  words: readonly Uint32Array[],
  n: number,
  count: number,
): { readonly sure: Uint32Array; readonly tied: Uint32Array } {
  let tied = new Uint32Array(n);
  for (let i = 0; i < n; i++) tied[i] = i;
  const sure = new Uint32Array(count);
  let numSure = 0;
  const histogram = new Uint32Array(2048);
  for (const word of words) {
    const varying = varyingBits(word, tied);
    for (let k = DIGITS.length - 1; k >= 0 && numSure + tied.length > count; k--) {
      const [shift, mask] = DIGITS[k]!;
      if (((varying >>> shift) & mask) === 0) continue;
      const digit = lastDigit(word, tied, shift, mask, count - numSure, histogram);
      const rest = new Uint32Array(histogram[digit]!);
      numSure = split(word, tied, shift, mask, digit, sure, numSure, rest);
      tied = rest;
    }
  }
  if (numSure + tied.length <= count) {
    sure.set(tied, numSure);
    return { sure: sure.subarray(0, numSure + tied.length).sort(), tied: new Uint32Array(0) };
  }
  return { sure: sure.subarray(0, numSure).sort(), tied };
}

/** Bits in which any two of the words differ; of those at `positions` when given. */
function varyingBits(word: Uint32Array, positions?: Uint32Array): number {
  let bits = 0;
  if (positions === undefined) {
    const first = word[0] ?? 0;
    for (let i = 0; i < word.length; i++) bits |= word[i]! ^ first;
  } else {
    const first = word[positions[0] ?? 0] ?? 0;
    for (let i = 0; i < positions.length; i++) bits |= word[positions[i]!]! ^ first;
  }
  return bits >>> 0;
}

/** One stable pass by a digit. */
function scatter(word: Uint32Array, shift: number, mask: number, from: Uint32Array, to: Uint32Array): void {
  const starts = new Uint32Array(mask + 2);
  for (let i = 0; i < from.length; i++) {
    const digit = ((word[i]! >>> shift) & mask) + 1;
    starts[digit] = starts[digit]! + 1;
  }
  for (let digit = 1; digit <= mask; digit++) starts[digit] = starts[digit]! + starts[digit - 1]!;
  for (let i = 0; i < from.length; i++) {
    const position = from[i]!;
    const digit = (word[position]! >>> shift) & mask;
    const at = starts[digit]!;
    to[at] = position;
    starts[digit] = at + 1;
  }
}

/** The digit that the `count`-th least position has; leaves the number of positions by digit in `histogram`. */
function lastDigit(
  word: Uint32Array,
  positions: Uint32Array,
  shift: number,
  mask: number,
  count: number,
  histogram: Uint32Array,
): number {
  histogram.fill(0);
  for (let i = 0; i < positions.length; i++) {
    const digit = (word[positions[i]!]! >>> shift) & mask;
    histogram[digit] = histogram[digit]! + 1;
  }
  let digit = 0;
  for (let before = histogram[0]!; before < count; before += histogram[++digit]!);
  return digit;
}

/** Positions below a digit to `less`, those with it to `equal`. @returns the length of `less` afterwards */
function split(
  word: Uint32Array,
  positions: Uint32Array,
  shift: number,
  mask: number,
  digit: number,
  less: Uint32Array,
  numLess: number,
  equal: Uint32Array,
): number {
  let atLess = numLess;
  let atEqual = 0;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    const own = (word[position]! >>> shift) & mask;
    if (own < digit) less[atLess++] = position;
    else if (own === digit) equal[atEqual++] = position;
  }
  return atLess;
}

function insertionSort(order: Uint32Array, words: readonly Uint32Array[]): Uint32Array {
  for (let i = 1; i < order.length; i++) {
    const moved = order[i]!;
    let at = i;
    while (at > 0 && comesBefore(words, moved, order[at - 1]!)) {
      order[at] = order[at - 1]!;
      at--;
    }
    order[at] = moved;
  }
  return order;
}

function comesBefore(words: readonly Uint32Array[], a: number, b: number): boolean {
  for (const word of words) if (word[a] !== word[b]) return word[a]! < word[b]!;
  return false;
}
