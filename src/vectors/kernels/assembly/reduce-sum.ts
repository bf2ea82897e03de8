// Sums into one state. Narrow integers are added pairwise into 32-bit lanes, which are emptied every SPAN rows.
import { at, highHalf, laneMask, lanesOf, wordsOf } from "./lanes";

/** Rows after which 32-bit lanes of partial sums of 16-bit elements could overflow are more than this. */
const SPAN: usize = 65536;
/**
 * From this many set bits on, 64 rows are added under a mask instead of one by one. Estimates
 * from the 'bits' lines of bench/micro on a busy machine: neither value was varied alone.
 */
const MASKED_FROM_NARROW: u64 = 5;
const MASKED_FROM_WIDE: u64 = 20;

/** Adds 16 bytes of V to partial sums: four i32 for 8 and 16 bits, two i64 or f64 for wider elements. */
@inline
function addVector<V>(sums: v128, x: v128): v128 {
  if (isFloat<V>()) {
    if (sizeof<V>() == 8) return f64x2.add(sums, x);
    return f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(highHalf(x))));
  }
  if (sizeof<V>() == 1) {
    if (isSigned<V>()) return i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(x)));
    return i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(x)));
  }
  if (sizeof<V>() == 2) {
    if (isSigned<V>()) return i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(x));
    return i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(x));
  }
  if (sizeof<V>() == 4) {
    if (isSigned<V>()) return i64x2.add(sums, i64x2.add(i64x2.extend_low_i32x4_s(x), i64x2.extend_high_i32x4_s(x)));
    return i64x2.add(sums, i64x2.add(i64x2.extend_low_i32x4_u(x), i64x2.extend_high_i32x4_u(x)));
  }
  return i64x2.add(sums, x);
}

/** The total of integer partial sums. */
@inline
function totalInt<V>(sums: v128): i64 {
  if (sizeof<V>() > 2) return i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1);
  const pairs = i64x2.add(i64x2.extend_low_i32x4_s(sums), i64x2.extend_high_i32x4_s(sums));
  return i64x2.extract_lane(pairs, 0) + i64x2.extract_lane(pairs, 1);
}

@inline
function totalReal(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** Adds a sum of `count` elements to the state. */
@inline
function finish<V>(out: usize, ints: i64, reals: f64, base: f64, count: i64): void {
  if (isFloat<V>()) store<f64>(out, load<f64>(out) + reals);
  else store<i64>(out, load<i64>(out) + ints + <i64>base * count);
}

@inline
export function sumAll<V>(values: usize, base: f64, selection: usize, n: i32, out: usize): void {
  const rows = <usize>n;
  const unroll: usize = 4 * lanesOf<V>();
  let ints: i64 = 0;
  let reals: f64 = 0;
  let row: usize = 0;
  while (row + unroll <= rows) {
    const end = min<usize>(rows, row + SPAN);
    let a = i64x2.splat(0);
    let b = i64x2.splat(0);
    let c = i64x2.splat(0);
    let d = i64x2.splat(0);
    for (; row + unroll <= end; row += unroll) {
      const x = at<V>(values, row);
      a = addVector<V>(a, v128.load(x));
      b = addVector<V>(b, v128.load(x, 16));
      c = addVector<V>(c, v128.load(x, 32));
      d = addVector<V>(d, v128.load(x, 48));
    }
    if (isFloat<V>()) reals += totalReal(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)));
    else ints += totalInt<V>(a) + totalInt<V>(b) + totalInt<V>(c) + totalInt<V>(d);
  }
  for (; row < rows; row++) {
    if (isFloat<V>()) reals += <f64>load<V>(at<V>(values, row));
    else ints += <i64>load<V>(at<V>(values, row));
  }
  finish<V>(out, ints, reals, base, <i64>n);
}

@inline
export function sumBits<V>(values: usize, base: f64, selection: usize, n: i32, out: usize): void {
  const words = wordsOf(n);
  const maskedFrom = sizeof<V>() <= 4 ? MASKED_FROM_NARROW : MASKED_FROM_WIDE;
  let count: i64 = 0;
  let ints: i64 = 0;
  let reals: f64 = 0;
  let w: usize = 0;
  while (w < words) {
    const end = min<usize>(words, w + SPAN / 64);
    let a = i64x2.splat(0);
    let b = i64x2.splat(0);
    for (; w < end; w++) {
      let bits = load<u64>(selection + (w << 3));
      const set = popcnt(bits);
      const first = at<V>(values, w << 6);
      count += set;
      if (bits == u64.MAX_VALUE) {
        for (let x = first; x < first + 64 * sizeof<V>(); x += 32) {
          a = addVector<V>(a, v128.load(x));
          b = addVector<V>(b, v128.load(x, 16));
        }
      } else if (set >= maskedFrom && isWhole(w, n)) {
        for (let x = first; x < first + 64 * sizeof<V>(); x += 32) {
          a = addVector<V>(a, v128.and(v128.load(x), laneMask<V>(bits)));
          b = addVector<V>(b, v128.and(v128.load(x, 16), laneMask<V>(bits >> lanesOf<V>())));
          bits >>= 2 * lanesOf<V>();
        }
      } else {
        for (; bits; bits &= bits - 1) {
          const x = first + <usize>ctz(bits) * sizeof<V>();
          if (isFloat<V>()) reals += <f64>load<V>(x);
          else ints += <i64>load<V>(x);
        }
      }
    }
    if (isFloat<V>()) reals += totalReal(f64x2.add(a, b));
    else ints += totalInt<V>(a) + totalInt<V>(b);
  }
  finish<V>(out, ints, reals, base, count);
}

/** Whether all 64 rows of word w exist, so that they may be read. */
@inline
function isWhole(w: usize, n: i32): bool {
  return ((w + 1) << 6) <= <usize>n;
}

@inline
export function sumRows<V>(values: usize, base: f64, selection: usize, n: i32, out: usize): void {
  let ints: i64 = 0;
  let reals: f64 = 0;
  let more: f64 = 0;
  const end = selection + (<usize>n << 1);
  let at = selection;
  for (const pairs = selection + ((<usize>n & ~1) << 1); at < pairs; at += 4) {
    const x = values + <usize>load<u16>(at) * sizeof<V>();
    const y = values + <usize>load<u16>(at, 2) * sizeof<V>();
    if (isFloat<V>()) {
      reals += <f64>load<V>(x);
      more += <f64>load<V>(y);
    } else ints += <i64>load<V>(x) + <i64>load<V>(y);
  }
  for (; at < end; at += 2) {
    const x = values + <usize>load<u16>(at) * sizeof<V>();
    if (isFloat<V>()) reals += <f64>load<V>(x);
    else ints += <i64>load<V>(x);
  }
  finish<V>(out, ints, reals + more, base, <i64>n);
}
