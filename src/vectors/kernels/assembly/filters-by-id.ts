// Filters on dictionary ids by a table of one byte (0 or 1) per id.
import { at } from "./lanes";

/** The rows from `row` on that are left, up to 64, as bits. */
@inline
function lookUp<K>(ids: usize, table: usize, row: usize, rows: usize): u64 {
  let bits: u64 = 0;
  for (let i = row; i < rows; i++) bits |= <u64>load<u8>(table + <usize>load<K>(at<K>(ids, i))) << (i & 63);
  return bits;
}

@inline
function lookUp8<K>(ids: usize, table: usize): u64 {
  const s = sizeof<K>();
  let byte = <u32>load<u8>(table + <usize>load<K>(ids));
  byte |= <u32>load<u8>(table + <usize>load<K>(ids, s)) << 1;
  byte |= <u32>load<u8>(table + <usize>load<K>(ids, 2 * s)) << 2;
  byte |= <u32>load<u8>(table + <usize>load<K>(ids, 3 * s)) << 3;
  byte |= <u32>load<u8>(table + <usize>load<K>(ids, 4 * s)) << 4;
  byte |= <u32>load<u8>(table + <usize>load<K>(ids, 5 * s)) << 5;
  byte |= <u32>load<u8>(table + <usize>load<K>(ids, 6 * s)) << 6;
  byte |= <u32>load<u8>(table + <usize>load<K>(ids, 7 * s)) << 7;
  return <u64>byte;
}

@inline
export function selectIds<K>(ids: usize, table: usize, tableSize: u32, n: i32, out: usize): i32 {
  if (sizeof<K>() == 1) {
    if (tableSize <= 16) return selectUpTo16(ids, table, tableSize, n, out);
    return selectUpTo256(ids, table, tableSize, n, out);
  }
  const rows = <usize>n;
  let count: i64 = 0;
  for (let row: usize = 0; row < rows; row += 64) {
    let bits: u64 = 0;
    if (row + 64 <= rows) {
      for (let i: usize = 0; i < 64; i += 8) bits |= lookUp8<K>(at<K>(ids, row + i), table) << i;
    } else bits = lookUp<K>(ids, table, row, rows);
    store<u64>(out + (row >> 3), bits);
    count += popcnt(bits);
  }
  return <i32>count;
}

/** 64 bits of the table from id `first` on. */
@inline
function tableBits(table: usize, tableSize: u32, first: u32): u64 {
  let bits: u64 = 0;
  for (let id = first; id < min<u32>(tableSize, first + 64); id++) bits |= <u64>load<u8>(table + <usize>id) << (id - first);
  return bits;
}

/** All ones by id, which one swizzle looks up for 16 rows. */
function selectUpTo16(ids: usize, table: usize, tableSize: u32, n: i32, out: usize): i32 {
  const listed = tableBits(table, tableSize, 0);
  const powers = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const spread = i64x2.splat(listed);
  const bytes = i8x16.shuffle(spread, spread, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  const matches = i8x16.eq(v128.and(bytes, powers), powers);
  const rows = <usize>n;
  let count: i64 = 0;
  for (let row: usize = 0; row < rows; row += 64) {
    let bits: u64 = 0;
    if (row + 64 <= rows) {
      const x = ids + row;
      bits = <u64><u32>i8x16.bitmask(i8x16.swizzle(matches, v128.load(x)));
      bits |= <u64><u32>i8x16.bitmask(i8x16.swizzle(matches, v128.load(x, 16))) << 16;
      bits |= <u64><u32>i8x16.bitmask(i8x16.swizzle(matches, v128.load(x, 32))) << 32;
      bits |= <u64><u32>i8x16.bitmask(i8x16.swizzle(matches, v128.load(x, 48))) << 48;
    } else bits = lookUp<u8>(ids, table, row, rows);
    store<u64>(out + (row >> 3), bits);
    count += popcnt(bits);
  }
  return <i32>count;
}

/** 16 rows of any u8 ids: byte id >> 3 of a table of 256 bits, bit id & 7 of that byte. */
@inline
function match16(address: usize, low: v128, high: v128): u64 {
  const x = v128.load(address);
  const byte = i8x16.shr_u(x, 3);
  // An index outside 0..15 gives 0, so each half of the table answers for its own.
  const bits = v128.or(i8x16.swizzle(low, byte), i8x16.swizzle(high, i8x16.sub(byte, i8x16.splat(16))));
  const powers = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const bit = i8x16.swizzle(powers, v128.and(x, i8x16.splat(7)));
  return <u64><u32>i8x16.bitmask(i8x16.eq(v128.and(bits, bit), bit));
}

function selectUpTo256(ids: usize, table: usize, tableSize: u32, n: i32, out: usize): i32 {
  const low = i64x2.replace_lane(i64x2.splat(tableBits(table, tableSize, 0)), 1, tableBits(table, tableSize, 64));
  const high = i64x2.replace_lane(i64x2.splat(tableBits(table, tableSize, 128)), 1, tableBits(table, tableSize, 192));
  const rows = <usize>n;
  let count: i64 = 0;
  for (let row: usize = 0; row < rows; row += 64) {
    let bits: u64 = 0;
    if (row + 64 <= rows) {
      const x = ids + row;
      bits = match16(x, low, high);
      bits |= match16(x + 16, low, high) << 16;
      bits |= match16(x + 32, low, high) << 32;
      bits |= match16(x + 48, low, high) << 48;
    } else bits = lookUp<u8>(ids, table, row, rows);
    store<u64>(out + (row >> 3), bits);
    count += popcnt(bits);
  }
  return <i32>count;
}

@inline
export function selectMultiIds<K>(ids: usize, offsets: usize, table: usize, n: i32, out: usize): i32 {
  const rows = <usize>n;
  const nullMatches = load<u8>(table);
  let count: i64 = 0;
  for (let first: usize = 0; first < rows; first += 64) {
    let bits: u64 = 0;
    for (let row = first; row < min<usize>(rows, first + 64); row++) {
      const offset = offsets + (row << 2);
      const end = <usize>load<u32>(offset, 4);
      let i = <usize>load<u32>(offset);
      let any = i == end ? nullMatches : 0;
      for (; i < end; i++) any |= load<u8>(table + <usize>load<K>(at<K>(ids, i)));
      bits |= <u64>any << (row & 63);
    }
    store<u64>(out + (first >> 3), bits);
    count += popcnt(bits);
  }
  return <i32>count;
}
