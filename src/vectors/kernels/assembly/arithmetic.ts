// Arithmetic on whole columns for virtual columns; two-operand kernels are in merge.ts.
import { at, highHalf, intAt, load4, lowDoubles, pinned } from "./lanes";

@inline
export function toF64<V>(values: usize, base: f64, divisor: f64, n: i32, out: usize): void {
  const rows = <usize>n;
  let row: usize = 0;
  if (isFloat<V>()) {
    if (sizeof<V>() == 8) {
      memory.copy(out, values, rows << 3);
      return;
    }
    for (const fours = rows & ~3; row < fours; row += 4) {
      const four = v128.load(at<V>(values, row));
      v128.store(out + (row << 3), lowDoubles<V>(four));
      v128.store(out + (row << 3), lowDoubles<V>(highHalf(four)), 16);
    }
    for (; row < rows; row++) store<f64>(out + (row << 3), <f64>load<V>(at<V>(values, row)));
    return;
  }
  if (sizeof<V>() < 8) {
    const bases = f64x2.splat(base);
    const divisors = f64x2.splat(divisor);
    for (const fours = rows & ~3; row < fours; row += 4) {
      const four = load4<V>(at<V>(values, row));
      const low = f64x2.div(f64x2.add(bases, lowDoubles<V>(four)), divisors);
      const high = f64x2.div(f64x2.add(bases, lowDoubles<V>(highHalf(four))), divisors);
      v128.store(out + (row << 3), low);
      v128.store(out + (row << 3), high, 16);
    }
  }
  for (; row < rows; row++) store<f64>(out + (row << 3), (base + <f64>load<V>(at<V>(values, row))) / divisor);
}

@inline
export function toI64<V>(values: usize, base: f64, factor: f64, n: i32, out: usize): void {
  if (n == 0) return;
  const from = pinned(<i64>base, out);
  const times = pinned(<i64>factor, out);
  for (let row: usize = 0; row < <usize>n; row++) store<i64>(out + (row << 3), intAt<V>(values, row, from) * times);
}

/** Four of (base + element) * factor, which fit 32 bits: wherever sums and products wrap before. */
@inline
function linear4<K>(values: usize, row: usize, base: v128, factor: v128): v128 {
  return i32x4.mul(i32x4.add(load4<K>(at<K>(values, row)), base), factor);
}

@inline
export function multiplyInts<K, L>(
  a: usize,
  aBase: f64,
  aFactor: f64,
  b: usize,
  bBase: f64,
  bFactor: f64,
  n: i32,
  out: usize,
): void {
  if (n == 0) return;
  const rows = <usize>n;
  const aFrom = i32x4.splat(<i32>pinned(<i64>aBase, out));
  const bFrom = i32x4.splat(<i32>pinned(<i64>bBase, out));
  const aTimes = i32x4.splat(<i32>pinned(<i64>aFactor, out));
  const bTimes = i32x4.splat(<i32>pinned(<i64>bFactor, out));
  let row: usize = 0;
  for (const fours = rows & ~3; row < fours; row += 4) {
    const x = linear4<K>(a, row, aFrom, aTimes);
    const y = linear4<L>(b, row, bFrom, bTimes);
    v128.store(out + (row << 3), i64x2.extmul_low_i32x4_s(x, y));
    v128.store(out + (row << 3), i64x2.extmul_high_i32x4_s(x, y), 16);
  }
  for (; row < rows; row++) {
    const x = intAt<K>(a, row, <i64>aBase) * <i64>aFactor;
    store<i64>(out + (row << 3), x * (intAt<L>(b, row, <i64>bBase) * <i64>bFactor));
  }
}

@inline
export function multiplyByInts<K>(a: usize, b: usize, base: f64, factor: f64, n: i32, out: usize): void {
  if (n == 0) return;
  const rows = <usize>n;
  const from = i32x4.splat(<i32>pinned(<i64>base, out));
  const times = i32x4.splat(<i32>pinned(<i64>factor, out));
  let row: usize = 0;
  for (const fours = rows & ~3; row < fours; row += 4) {
    const y = linear4<K>(b, row, from, times);
    const place = row << 3;
    const low = i64x2.mul(v128.load(a + place), i64x2.extend_low_i32x4_s(y));
    const high = i64x2.mul(v128.load(a + place, 16), i64x2.extend_high_i32x4_s(y));
    v128.store(out + place, low);
    v128.store(out + place, high, 16);
  }
  for (; row < rows; row++) {
    const place = row << 3;
    store<i64>(out + place, load<i64>(a + place) * (intAt<K>(b, row, <i64>base) * <i64>factor));
  }
}

@inline
export function affine<T>(a: usize, scale: f64, offset: f64, n: i32, out: usize): void {
  if (n == 0) return;
  const times = isFloat<T>() ? <T>scale : <T>pinned(<i64>scale, out);
  const plus = isFloat<T>() ? <T>offset : <T>pinned(<i64>offset, out);
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = i << 3;
    store<T>(out + row, times * load<T>(a + row) + plus);
  }
}
