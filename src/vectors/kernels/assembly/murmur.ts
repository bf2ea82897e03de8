// MurmurHash3 128 x64 of many short texts. A value's last bytes are read in halves of what is left, never beyond its end.

const C1: u64 = 0x87c37b91114253d5;
const C2: u64 = 0x4cf5ad432745937f;

@inline
function avalanche(word: u64): u64 {
  word = (word ^ (word >> 33)) * 0xff51afd7ed558ccd;
  word = (word ^ (word >> 33)) * 0xc4ceb9fe1a85ec53;
  return word ^ (word >> 33);
}

@inline
function firstMixed(word: u64): u64 {
  return rotl<u64>(word * C1, 31) * C2;
}

@inline
function secondMixed(word: u64): u64 {
  return rotl<u64>(word * C2, 33) * C1;
}

/** The `count` (below 8) bytes at a pointer as the low bytes of a word. */
@inline
function tailWord(at: usize, count: usize): u64 {
  let word: u64 = 0;
  let shift: u64 = 0;
  if (count & 4) {
    word = <u64>load<u32>(at);
    shift = 32;
    at += 4;
  }
  if (count & 2) {
    word |= <u64>load<u16>(at) << shift;
    shift += 16;
    at += 2;
  }
  if (count & 1) word |= <u64>load<u8>(at) << shift;
  return word;
}

@inline
function murmur(at: usize, length: usize, seed: u32, out: usize): void {
  let first = <u64>seed;
  let second = <u64>seed;
  for (const end = at + (length & ~15); at < end; at += 16) {
    first ^= firstMixed(load<u64>(at));
    first = (rotl<u64>(first, 27) + second) * 5 + 0x52dce729;
    second ^= secondMixed(load<u64>(at, 8));
    second = (rotl<u64>(second, 31) + first) * 5 + 0x38495ab5;
  }
  const left = length & 15;
  if (left >= 8) {
    if (left > 8) second ^= secondMixed(tailWord(at + 8, left - 8));
    first ^= firstMixed(load<u64>(at));
  } else if (left > 0) first ^= firstMixed(tailWord(at, left));
  first ^= <u64>length;
  second ^= <u64>length;
  first += second;
  second += first;
  first = avalanche(first);
  second = avalanche(second);
  first += second;
  second += first;
  store<u64>(out, first);
  store<u64>(out, second, 8);
}

/** Writes the UTF-16 units of valid UTF-8; returns where they end. */
@inline
function putUnits(at: usize, end: usize, out: usize): usize {
  while (at < end) {
    if (at + 4 <= end) {
      let four = <u64>load<u32>(at);
      if ((four & 0x80808080) == 0) {
        four = (four | (four << 16)) & 0x0000ffff0000ffff;
        store<u64>(out, (four | (four << 8)) & 0x00ff00ff00ff00ff);
        at += 4;
        out += 8;
        continue;
      }
    }
    const byte = <u32>load<u8>(at);
    if (byte < 0x80) {
      store<u16>(out, <u16>byte);
      at += 1;
    } else if (byte < 0xe0) {
      store<u16>(out, <u16>(((byte & 0x1f) << 6) | (<u32>load<u8>(at, 1) & 0x3f)));
      at += 2;
    } else if (byte < 0xf0) {
      const low = ((<u32>load<u8>(at, 1) & 0x3f) << 6) | (<u32>load<u8>(at, 2) & 0x3f);
      store<u16>(out, <u16>(((byte & 0x0f) << 12) | low));
      at += 3;
    } else {
      const low = ((<u32>load<u8>(at, 2) & 0x3f) << 6) | (<u32>load<u8>(at, 3) & 0x3f);
      const point = (((byte & 0x07) << 18) | ((<u32>load<u8>(at, 1) & 0x3f) << 12) | low) - 0x10000;
      store<u16>(out, <u16>(0xd800 | (point >> 10)));
      store<u16>(out, <u16>(0xdc00 | (point & 0x3ff)), 2);
      out += 2;
      at += 4;
    }
    out += 2;
  }
  return out;
}

export function hashUtf8(offsets: usize, bytes: usize, n: i32, seed: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const from = <usize>load<u32>(offsets + (i << 2));
    murmur(bytes + from, <usize>load<u32>(offsets + (i << 2), 4) - from, seed, out + (i << 4));
  }
}

export function hashUtf16(offsets: usize, bytes: usize, n: i32, seed: u32, units: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const from = bytes + <usize>load<u32>(offsets + (i << 2));
    const end = putUnits(from, bytes + <usize>load<u32>(offsets + (i << 2), 4), units);
    murmur(units, end - units, seed, out + (i << 4));
  }
}
