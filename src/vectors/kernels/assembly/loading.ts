// From buffers of a file to the form in memory. `out` may be the input where it is not wider.
import { at, load4, lowDoubles, highHalf } from "./lanes";

/** The low K bits of each of four 32-bit lanes. */
@inline
function store4<K>(address: usize, x: v128): void {
  if (sizeof<K>() == 4) {
    v128.store(address, x);
    return;
  }
  const low16 = v128.and(x, i32x4.splat(sizeof<K>() == 2 ? 0xffff : 0xff));
  const halves = i16x8.narrow_i32x4_u(low16, low16);
  if (sizeof<K>() == 2) v128.store64_lane(address, halves, 0);
  else v128.store32_lane(address, i8x16.narrow_i16x8_u(halves, halves), 0);
}

@inline
export function narrowReals<V, K>(values: usize, power: f64, base: f64, n: i32, out: usize): void {
  const rows = <usize>n;
  const powers = f64x2.splat(power);
  const bases = f64x2.splat(base);
  let row: usize = 0;
  for (const fours = rows & ~3; row < fours; row += 4) {
    const x = at<V>(values, row);
    const first = sizeof<V>() == 8 ? v128.load(x) : lowDoubles<V>(v128.load(x));
    const second = sizeof<V>() == 8 ? v128.load(x, 16) : lowDoubles<V>(highHalf(v128.load(x)));
    const low = i32x4.trunc_sat_f64x2_u_zero(f64x2.sub(f64x2.nearest(f64x2.mul(first, powers)), bases));
    const high = i32x4.trunc_sat_f64x2_u_zero(f64x2.sub(f64x2.nearest(f64x2.mul(second, powers)), bases));
    store4<K>(at<K>(out, row), i64x2.shuffle(low, high, 0, 2));
  }
  for (; row < rows; row++) {
    const scaled = nearest<f64>(<f64>load<V>(at<V>(values, row)) * power) - base;
    store<K>(at<K>(out, row), <K><u32>scaled);
  }
}

export function unpackNulls(validity: usize, n: i32, out: usize): void {
  const rows = <usize>n;
  const powers = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  let row: usize = 0;
  for (const wholes = rows & ~15; row < wholes; row += 16) {
    const bits = i16x8.splat(load<i16>(validity + (row >> 3)));
    const spread = i8x16.shuffle(bits, bits, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
    const invalid = i8x16.eq(v128.and(spread, powers), i8x16.splat(0));
    v128.store(out + row, v128.and(invalid, i8x16.splat(1)));
  }
  for (; row < rows; row++) {
    const bit = (<u32>load<u8>(validity + (row >> 3)) >> <u32>(row & 7)) & 1;
    store<u8>(out + row, <u8>(1 - bit));
  }
}
