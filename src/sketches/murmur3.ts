/** First half of the hash in [0] (low word) and [1] (high word), second half in [2] and [3]. */
export type Hash128 = Uint32Array<ArrayBuffer>;

/** A place for one hash, owned and reused by the caller. */
export function newHash128(): Hash128 {
  return new Uint32Array(4);
}

/**
 * Hashes `bytes[start, end)` with MurmurHash3 128 x64 into `out`; the seed fills both halves of the initial state.
 * Guava's `murmur3_128()` is seed 0, Apache DataSketches' update seed is 9001. Allocates nothing.
 * @source Austin Appleby, smhasher, `MurmurHash3.cpp` (public domain)
 */
export function murmur3(bytes: Uint8Array, start: number, end: number, seed: number, out: Hash128): void {
  begin(seed);
  const length = end - start;
  let at = start;
  for (const bodyEnd = start + (length & ~15); at < bodyEnd; at += 16) {
    mixFirst(word(bytes, at), word(bytes, at + 4));
    advanceFirst();
    mixSecond(word(bytes, at + 8), word(bytes, at + 12));
    advanceSecond();
  }
  if (end - at > 8) mixSecond(partialWord(bytes, at + 8, end), partialWord(bytes, at + 12, end));
  if (end > at) mixFirst(partialWord(bytes, at, end), partialWord(bytes, at + 4, end));
  finish(length, out);
}

/** Hashes one 64-bit value (its eight bytes, little-endian) given as two words; otherwise as `murmur3`. */
export function murmur3Long(low: number, high: number, seed: number, out: Hash128): void {
  begin(seed);
  mixFirst(low, high);
  finish(8, out);
}

// The state lives in module variables, not in an object: words stay unboxed and a hash allocates nothing.
let firstLow = 0;
let firstHigh = 0;
let secondLow = 0;
let secondHigh = 0;

function begin(seed: number): void {
  firstLow = seed | 0;
  firstHigh = 0;
  secondLow = seed | 0;
  secondHigh = 0;
}

const C1_LOW = 0x114253d5;
const C1_HIGH = 0x87c37b91 | 0;
const C2_LOW = 0x2745937f;
const C2_HIGH = 0x4cf5ad43;

function mixFirst(low: number, high: number): void {
  const a = productHigh(low, high, C1_LOW, C1_HIGH);
  const b = Math.imul(low, C1_LOW);
  const rotatedHigh = (a << 31) | (b >>> 1);
  const rotatedLow = (b << 31) | (a >>> 1);
  firstHigh ^= productHigh(rotatedLow, rotatedHigh, C2_LOW, C2_HIGH);
  firstLow ^= Math.imul(rotatedLow, C2_LOW);
}

function mixSecond(low: number, high: number): void {
  const a = productHigh(low, high, C2_LOW, C2_HIGH);
  const b = Math.imul(low, C2_LOW);
  const rotatedHigh = (b << 1) | (a >>> 31);
  const rotatedLow = (a << 1) | (b >>> 31);
  secondHigh ^= productHigh(rotatedLow, rotatedHigh, C1_LOW, C1_HIGH);
  secondLow ^= Math.imul(rotatedLow, C1_LOW);
}

function advanceFirst(): void {
  const high = (firstHigh << 27) | (firstLow >>> 5);
  const low = (firstLow << 27) | (firstHigh >>> 5);
  const sum = (low >>> 0) + (secondLow >>> 0);
  const sumHigh = (high + secondHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
  const times5 = (sum >>> 0) * 5 + 0x52dce729;
  firstLow = times5 | 0;
  firstHigh = (Math.imul(sumHigh, 5) + Math.floor(times5 / 0x100000000)) | 0;
}

function advanceSecond(): void {
  const high = (secondHigh << 31) | (secondLow >>> 1);
  const low = (secondLow << 31) | (secondHigh >>> 1);
  const sum = (low >>> 0) + (firstLow >>> 0);
  const sumHigh = (high + firstHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
  const times5 = (sum >>> 0) * 5 + 0x38495ab5;
  secondLow = times5 | 0;
  secondHigh = (Math.imul(sumHigh, 5) + Math.floor(times5 / 0x100000000)) | 0;
}

function finish(length: number, out: Hash128): void {
  firstLow ^= length;
  secondLow ^= length;
  addSecondToFirst();
  addFirstToSecond();
  let mixed = avalancheHigh(firstLow, firstHigh);
  firstLow = avalancheLow(firstLow, firstHigh);
  firstHigh = mixed;
  mixed = avalancheHigh(secondLow, secondHigh);
  secondLow = avalancheLow(secondLow, secondHigh);
  secondHigh = mixed;
  addSecondToFirst();
  addFirstToSecond();
  out[0] = firstLow;
  out[1] = firstHigh;
  out[2] = secondLow;
  out[3] = secondHigh;
}

function addSecondToFirst(): void {
  const sum = (firstLow >>> 0) + (secondLow >>> 0);
  firstHigh = (firstHigh + secondHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
  firstLow = sum | 0;
}

function addFirstToSecond(): void {
  const sum = (secondLow >>> 0) + (firstLow >>> 0);
  secondHigh = (secondHigh + firstHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
  secondLow = sum | 0;
}

const F1_LOW = 0xed558ccd | 0;
const F1_HIGH = 0xff51afd7 | 0;
const F2_LOW = 0x1a85ec53;
const F2_HIGH = 0xc4ceb9fe | 0;

// A shift by 33 leaves the high word alone: it moves the high word's upper 31 bits into the low word.
function avalancheHigh(low: number, high: number): number {
  const a = low ^ (high >>> 1);
  const bHigh = productHigh(a, high, F1_LOW, F1_HIGH);
  const b = Math.imul(a, F1_LOW) ^ (bHigh >>> 1);
  return productHigh(b, bHigh, F2_LOW, F2_HIGH);
}

function avalancheLow(low: number, high: number): number {
  const a = low ^ (high >>> 1);
  const bHigh = productHigh(a, high, F1_LOW, F1_HIGH);
  const b = Math.imul(a, F1_LOW) ^ (bHigh >>> 1);
  return Math.imul(b, F2_LOW) ^ (productHigh(b, bHigh, F2_LOW, F2_HIGH) >>> 1);
}

/** High word of the 64-bit product of two 64-bit values; its low word is `Math.imul(aLow, bLow)`. */
function productHigh(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const carry = a0 * b1 + (middle & 0xffff);
  const high = a1 * b1 + (middle >>> 16) + (carry >>> 16);
  return (high + Math.imul(aLow, bHigh) + Math.imul(aHigh, bLow)) | 0;
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function partialWord(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = Math.min(end, at + 4) - 1; i >= at; i--) value = (value << 8) | bytes[i]!;
  return value;
}
