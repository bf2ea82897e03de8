// Arithmetic on whole columns for virtual columns; two-operand kernels are in merge.ts.
import { at, highHalf, intAt, load4, lowDoubles } from "./lanes";

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
  const from = <i64>base;
  const times = <i64>factor;
  for (let row: usize = 0; row < <usize>n; row++) store<i64>(out + (row << 3), intAt<V>(values, row, from) * times);
}

@inline
export function affine<T>(a: usize, scale: f64, offset: f64, n: i32, out: usize): void {
  const times = <T>scale;
  const plus = <T>offset;
  for (let i: usize = 0; i < <usize>n; i++) {
    const row = i << 3;
    store<T>(out + row, times * load<T>(a + row) + plus);
  }
}
