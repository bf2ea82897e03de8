// Group keys: one u32 a row, a mixed radix number to which each part adds its digit times its stride.
import { at, intAt, load4, pinned } from "./lanes";

@inline
function put(out: usize, row: usize, digit: u32, add: i32): void {
  const key = out + (row << 2);
  store<u32>(key, add ? load<u32>(key) + digit : digit);
}

@inline
function put4(out: usize, row: usize, digits: v128, add: i32): void {
  const key = out + (row << 2);
  v128.store(key, add ? i32x4.add(v128.load(key), digits) : digits);
}

@inline
export function packIds<K>(ids: usize, stride: u32, n: i32, out: usize, add: i32): void {
  const rows = <usize>n;
  const strides = i32x4.splat(stride);
  let row: usize = 0;
  for (const fours = rows & ~3; row < fours; row += 4) {
    put4(out, row, i32x4.mul(load4<K>(at<K>(ids, row)), strides), add);
  }
  for (; row < rows; row++) put(out, row, <u32>load<K>(at<K>(ids, row)) * stride, add);
}

@inline
export function packRemapped<K>(ids: usize, remap: usize, stride: u32, n: i32, out: usize, add: i32): void {
  for (let row: usize = 0; row < <usize>n; row++) {
    put(out, row, load<u32>(remap + (<usize>load<K>(at<K>(ids, row)) << 2)) * stride, add);
  }
}

@inline
export function packInts<V>(values: usize, base: f64, from: f64, stride: u32, n: i32, out: usize, add: i32): void {
  // Keys fit 32 bits, so do their parts modulo 2^32.
  const origin = n > 1 ? pinned(<i64>base - <i64>from, out) : <i64>base - <i64>from;
  const rows = <usize>n;
  let row: usize = 0;
  if (sizeof<V>() < 8) {
    const origins = i32x4.splat(<i32>origin);
    const strides = i32x4.splat(stride);
    for (const fours = rows & ~3; row < fours; row += 4) {
      put4(out, row, i32x4.mul(i32x4.add(load4<V>(at<V>(values, row)), origins), strides), add);
    }
  }
  for (; row < rows; row++) put(out, row, <u32>intAt<V>(values, row, origin) * stride, add);
}

@inline
function boundary(boundaries: usize, b: u32): i64 {
  return <i64>load<f64>(boundaries + (<usize>b << 3));
}

/** The last b with boundaries[b] <= time, or 0. */
@inline
function bucketOf(boundaries: usize, count: u32, time: i64): u32 {
  let low: u32 = 0;
  let high = count;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (boundary(boundaries, middle) <= time) low = middle;
    else high = middle;
  }
  return low;
}

@inline
export function packTimeBuckets<V>(
  times: usize, base: f64, boundaries: usize, count: u32, stride: u32, n: i32, out: usize, add: i32,
): void {
  const origin = n > 1 ? pinned(<i64>base, out) : <i64>base;
  // Rows from `low` until before `high` are in the bucket of the row before.
  let low = i64.MAX_VALUE;
  let high = i64.MIN_VALUE;
  let digit: u32 = 0;
  for (let row: usize = 0; row < <usize>n; row++) {
    const time = intAt<V>(times, row, origin);
    if (time < low || time > high) {
      const bucket = bucketOf(boundaries, count, time);
      digit = bucket * stride;
      low = bucket == 0 ? i64.MIN_VALUE : boundary(boundaries, bucket);
      high = bucket + 1 < count ? boundary(boundaries, bucket + 1) - 1 : i64.MAX_VALUE;
    }
    put(out, row, digit, add);
  }
}
