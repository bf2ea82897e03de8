// JSON text of cells, a column at a time: `measure` adds the length of each cell's text to its row's, `write` puts the texts where the rows' cursors
// stand and moves those on. What is not plain (texts with escapes, doubles that Java prints with an exponent) is left to TypeScript: `measure` then answers 0.
import { at } from "./lanes";

const NULL_TEXT: u32 = 0x6c6c756e;
const NULL_LENGTH: u32 = 4;
/** Rows whose values are read together, a power of two. */
const TOUCHED: i32 = 64;
const QUOTE: u8 = 0x22;
const ZERO: u8 = 0x30;
/** Scaled integers from here on may have more digits than their double. */
const MAX_EXACT: u64 = 1000000000000000;
/** Java prints doubles from here on with an exponent, and those below a thousandth. */
const MAX_PLAIN: u64 = 10000000;

/** Whether a byte ends a plain text (a quote, a backslash, a control character) or may begin half of a surrogate pair. */
@inline
function isSpecial(bytes: v128): bool {
  const escaped = v128.or(i8x16.eq(bytes, i8x16.splat(0x22)), i8x16.eq(bytes, i8x16.splat(0x5c)));
  const other = v128.or(i8x16.eq(bytes, i8x16.splat(<i8>0xed)), i8x16.ge_u(bytes, i8x16.splat(<i8>0xf0)));
  return v128.any_true(v128.or(v128.or(escaped, other), i8x16.lt_u(bytes, i8x16.splat(0x20))));
}

/** No byte beyond the end is read: the last bytes are looked at twice. */
@inline
function isPlain(from: usize, length: usize): bool {
  const end = from + length;
  if (length >= 16) {
    for (let i = from; i < end - 16; i += 16) if (isSpecial(v128.load(i))) return false;
    return !isSpecial(v128.load(end - 16));
  }
  if (length >= 8) return !isSpecial(v128.load64_splat(from)) && !isSpecial(v128.load64_splat(end - 8));
  if (length >= 4) return !isSpecial(v128.load32_splat(from)) && !isSpecial(v128.load32_splat(end - 4));
  if (length >= 2) return !isSpecial(v128.load16_splat(from)) && !isSpecial(v128.load16_splat(end - 2));
  return length == 0 || !isSpecial(v128.load8_splat(from));
}

@inline
function copy(from: usize, length: usize, to: usize): void {
  if (length >= 16) {
    const last = length - 16;
    for (let i: usize = 0; i < last; i += 16) v128.store(to + i, v128.load(from + i));
    v128.store(to + last, v128.load(from + last));
  } else if (length >= 8) {
    const last = load<u64>(from + length - 8);
    store<u64>(to, load<u64>(from));
    store<u64>(to + length - 8, last);
  } else if (length >= 4) {
    const last = load<u32>(from + length - 4);
    store<u32>(to, load<u32>(from));
    store<u32>(to + length - 4, last);
  } else {
    for (let i: usize = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i));
  }
}

@inline
function rowAt(rows: usize, i: i32): usize {
  return <usize>load<u16>(rows + (<usize>i << 1));
}

/**
 * Reads where the texts of rows [from, to) begin and end. Values of a large dictionary lie anywhere: without a branch in between, the processor waits for many
 * of them at once. The answer, below 2^16, depends on all that was read, so that no compiler leaves it out.
 */
@inline
function touch<K>(ids: usize, offsets: usize, bytes: usize, rows: usize, from: i32, to: i32): u32 {
  let sum: u32 = 0;
  for (let i = from; i < to; i++) {
    const end = offsets + (<usize>load<K>(at<K>(ids, rowAt(rows, i))) << 2);
    const first = load<u32>(end > offsets ? end - 4 : end);
    const last = load<u32>(end);
    sum += load<u8>(first < last ? bytes + <usize>first : end) + load<u8>(first < last ? bytes + <usize>last - 1 : end);
  }
  return sum;
}

/** The text of id v is bytes [offsets[v - 1], offsets[v]); id 0 is null. */
@inline
export function measureIds<K>(ids: usize, offsets: usize, bytes: usize, rows: usize, n: i32, lengths: usize): i32 {
  let touched: u32 = 0;
  for (let i = 0; i < n; i++) {
    if (sizeof<K>() > 1 && (i & (TOUCHED - 1)) == 0) {
      touched |= touch<K>(ids, offsets, bytes, rows, i, min<i32>(n, i + TOUCHED));
    }
    const id = <usize>load<K>(at<K>(ids, rowAt(rows, i)));
    let length = NULL_LENGTH;
    if (id != 0) {
      const from = load<u32>(offsets + ((id - 1) << 2));
      const size = load<u32>(offsets + (id << 2)) - from;
      if (!isPlain(bytes + <usize>from, <usize>size)) return 0;
      length = size + 2;
    }
    const total = lengths + (<usize>i << 2);
    store<u32>(total, load<u32>(total) + length);
  }
  return 1 + <i32>(touched >> 16);
}

@inline
export function writeIds<K>(ids: usize, offsets: usize, bytes: usize, rows: usize, n: i32, cursors: usize): void {
  for (let i = 0; i < n; i++) {
    const id = <usize>load<K>(at<K>(ids, rowAt(rows, i)));
    const cursor = cursors + (<usize>i << 2);
    const to = <usize>load<u32>(cursor);
    if (id == 0) {
      store<u32>(to, NULL_TEXT);
      store<u32>(cursor, <u32>to + NULL_LENGTH);
      continue;
    }
    const from = load<u32>(offsets + ((id - 1) << 2));
    const size = <usize>(load<u32>(offsets + (id << 2)) - from);
    store<u8>(to, QUOTE);
    copy(bytes + <usize>from, size, to + 1);
    store<u8>(to + 1 + size, QUOTE);
    store<u32>(cursor, <u32>(to + size + 2));
  }
}

@inline
function digitsOf(value: u64): u32 {
  let digits: u32 = 1;
  while (value >= 10000) {
    value /= 10000;
    digits += 4;
  }
  return digits + <u32>(value >= 10) + <u32>(value >= 100) + <u32>(value >= 1000);
}

@inline
function putDigits(value: u64, digits: u32, to: usize): void {
  let end = to + <usize>digits;
  while (value > 0xffffffff) {
    const next = value / 10;
    store<u8>(--end, ZERO + <u8>(value - next * 10));
    value = next;
  }
  let rest = <u32>value;
  while (rest >= 10) {
    const next = rest / 100;
    const two = rest - next * 100;
    const tens = (two * 103) >> 10;
    end -= 2;
    store<u16>(end, <u16>(0x3030 + tens + ((two - tens * 10) << 8)));
    rest = next;
  }
  // Of an odd number of digits the first is left; zeros in front too.
  while (end > to) {
    store<u8>(--end, ZERO + <u8>(rest % 10));
    rest /= 10;
  }
}

@inline
function powerOf(scale: i32): u64 {
  let power: u64 = 1;
  for (let i = 0; i < scale; i++) power *= 10;
  return power;
}

/** Digits after the point without the zeros at the end, of which one is kept. */
@inline
function shownDigits(fraction: u64, scale: i32): u32 {
  let digits = <u32>scale;
  let rest = <u32>fraction;
  while (digits > 1) {
    const next = rest / 10;
    if (next * 10 != rest) break;
    rest = next;
    digits--;
  }
  return digits;
}

@inline
function isShortDouble(size: u64, power: u64): bool {
  return size < MAX_EXACT && size < MAX_PLAIN * power && (size == 0 || size * 1000 >= power);
}

/** Texts of (base + value) / 10^scale as Java prints doubles; with scale -1 those of longs. `nulls`: a byte a row, or 0 = none is null. */
@inline
export function measureInts<V>(values: usize, base: f64, scale: i32, nulls: usize, rows: usize, n: i32, lengths: usize): i32 {
  const first = <i64>base;
  const power = powerOf(scale);
  for (let i = 0; i < n; i++) {
    const row = rowAt(rows, i);
    const total = lengths + (<usize>i << 2);
    let length = NULL_LENGTH;
    if (nulls == 0 || load<u8>(nulls + row) == 0) {
      const value = first + <i64>load<V>(at<V>(values, row));
      const size: u64 = value < 0 ? 0 - <u64>value : <u64>value;
      length = <u32>(value < 0);
      if (scale < 0) length += digitsOf(size);
      else if (!isShortDouble(size, power)) return 0;
      else if (scale == 0) length += digitsOf(size) + 2;
      else {
        const whole = size / power;
        length += digitsOf(whole) + 1 + shownDigits(size - whole * power, scale);
      }
    }
    store<u32>(total, load<u32>(total) + length);
  }
  return 1;
}

@inline
export function writeInts<V>(values: usize, base: f64, scale: i32, nulls: usize, rows: usize, n: i32, cursors: usize): void {
  const first = <i64>base;
  const power = powerOf(scale);
  for (let i = 0; i < n; i++) {
    const row = rowAt(rows, i);
    const cursor = cursors + (<usize>i << 2);
    let to = <usize>load<u32>(cursor);
    if (nulls != 0 && load<u8>(nulls + row) != 0) {
      store<u32>(to, NULL_TEXT);
      store<u32>(cursor, <u32>to + NULL_LENGTH);
      continue;
    }
    const value = first + <i64>load<V>(at<V>(values, row));
    const size: u64 = value < 0 ? 0 - <u64>value : <u64>value;
    if (value < 0) store<u8>(to++, 0x2d);
    const whole = scale > 0 ? size / power : size;
    const digits = digitsOf(whole);
    putDigits(whole, digits, to);
    to += <usize>digits;
    if (scale == 0) {
      store<u16>(to, 0x302e);
      to += 2;
    } else if (scale > 0) {
      const fraction = size - whole * power;
      const shown = shownDigits(fraction, scale);
      store<u8>(to++, 0x2e);
      putDigits(fraction / powerOf(scale - <i32>shown), shown, to);
      to += <usize>shown;
    }
    store<u32>(cursor, <u32>to);
  }
}

/** The same bytes for all rows. */
export function writeBytes(source: usize, length: u32, n: i32, cursors: usize): void {
  for (let i = 0; i < n; i++) {
    const cursor = cursors + (<usize>i << 2);
    const to = <usize>load<u32>(cursor);
    copy(source, <usize>length, to);
    store<u32>(cursor, <u32>to + length);
  }
}
