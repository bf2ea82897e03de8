// Bitsets of n bits in 64-bit words; bits from n on are 0.
import { wordsOf } from "./lanes";

@unmanaged
export class And {
  @inline
  word(a: u64, b: u64): u64 {
    return a & b;
  }
}

@unmanaged
export class Or {
  @inline
  word(a: u64, b: u64): u64 {
    return a | b;
  }
}

@inline
export function combineBits<Op>(a: usize, b: usize, n: i32, out: usize): i32 {
  const op = changetype<Op>(<usize>0);
  const end = wordsOf(n) << 3;
  let count: u64 = 0;
  for (let i: usize = 0; i < end; i += 8) {
    const bits = op.word(load<u64>(a + i), load<u64>(b + i));
    store<u64>(out + i, bits);
    count += popcnt(bits);
  }
  return <i32>count;
}

/** The bits of the last word that exist. */
@inline
function lastWordMask(n: i32): u64 {
  return (n & 63) == 0 ? u64.MAX_VALUE : ((<u64>1) << (n & 63)) - 1;
}

export function bitsNot(a: usize, n: i32, out: usize): i32 {
  if (n <= 0) return 0;
  const last = (wordsOf(n) - 1) << 3;
  let count: u64 = 0;
  for (let i: usize = 0; i <= last; i += 8) {
    let bits = ~load<u64>(a + i);
    if (i == last) bits &= lastWordMask(n);
    store<u64>(out + i, bits);
    count += popcnt(bits);
  }
  return <i32>count;
}

export function bitsCount(a: usize, n: i32): i32 {
  const end = wordsOf(n) << 3;
  let count: u64 = 0;
  for (let i: usize = 0; i < end; i += 8) count += popcnt(load<u64>(a + i));
  return <i32>count;
}

/** Sets bits [from, to). */
@inline
function setRange(from: usize, to: usize, out: usize): void {
  if (from >= to) return;
  const first = from >> 6;
  const last = (to - 1) >> 6;
  const firstMask = u64.MAX_VALUE << (from & 63);
  const lastMask = u64.MAX_VALUE >> ((64 - (to & 63)) & 63);
  const firstWord = out + (first << 3);
  if (first == last) {
    store<u64>(firstWord, load<u64>(firstWord) | (firstMask & lastMask));
    return;
  }
  const lastWord = out + (last << 3);
  store<u64>(firstWord, load<u64>(firstWord) | firstMask);
  memory.fill(firstWord + 8, 0xff, lastWord - firstWord - 8);
  store<u64>(lastWord, load<u64>(lastWord) | lastMask);
}

export function bitsRange(from: u32, to: u32, n: i32, out: usize): void {
  memory.fill(out, 0, wordsOf(n) << 3);
  setRange(<usize>from, <usize>to, out);
}

export function bitsAddRows(rows: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <u32>load<u16>(rows + (i << 1));
    const word = out + <usize>((row >> 6) << 3);
    store<u64>(word, load<u64>(word) | ((<u64>1) << (row & 63)));
  }
}

export function bitsAddBitmap(words: usize, out: usize): void {
  for (let i: usize = 0; i < 8192; i += 16) v128.store(out + i, v128.or(v128.load(out + i), v128.load(words + i)));
}

export function bitsAddRuns(runs: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const run = runs + (i << 2);
    const start = <usize>load<u16>(run);
    setRange(start, start + <usize>load<u16>(run, 2) + 1, out);
  }
}

export function bitsToRows(bits: usize, n: i32, outRows: usize): i32 {
  const words = wordsOf(n);
  let out = outRows;
  for (let w: usize = 0; w < words; w++) {
    for (let word = load<u64>(bits + (w << 3)); word; word &= word - 1) {
      store<u16>(out, <u16>((w << 6) + <usize>ctz(word)));
      out += 2;
    }
  }
  return <i32>((out - outRows) >> 1);
}
