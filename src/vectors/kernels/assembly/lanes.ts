// Building blocks of the SIMD loops: how 16 bytes of elements of type T are read, widened and masked.

/** Elements of T in 16 bytes. */
@inline
export function lanesOf<T>(): usize {
  return 16 / sizeof<T>();
}

@inline
export function at<T>(values: usize, row: usize): usize {
  return values + row * sizeof<T>();
}

/** base + element: the value of an integer row. */
@inline
export function intAt<T>(values: usize, row: usize, base: i64): i64 {
  return base + <i64>load<T>(at<T>(values, row));
}

/** Four elements of up to 32 bits as four 32-bit lanes. */
@inline
export function load4<T>(address: usize): v128 {
  if (sizeof<T>() == 1) {
    const bytes = v128.load32_zero(address);
    if (isSigned<T>()) return i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes));
    return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
  }
  if (sizeof<T>() == 2) {
    const halves = v128.load64_zero(address);
    if (isSigned<T>()) return i32x4.extend_low_i16x8_s(halves);
    return i32x4.extend_low_i16x8_u(halves);
  }
  return v128.load(address);
}

/** The two low lanes of load4 as doubles. */
@inline
export function lowDoubles<T>(four: v128): v128 {
  if (isFloat<T>()) return f64x2.promote_low_f32x4(four);
  if (isSigned<T>()) return f64x2.convert_low_i32x4_s(four);
  return f64x2.convert_low_i32x4_u(four);
}

/** The two high lanes moved low. */
@inline
export function highHalf(x: v128): v128 {
  return i64x2.shuffle(x, x, 1, 1);
}

/** All ones in lane i of T where bit i is set. */
@inline
export function laneMask<T>(bits: u64): v128 {
  if (sizeof<T>() == 1) {
    const powers = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
    const words = i64x2.splat(bits);
    const spread = i8x16.shuffle(words, words, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
    return i8x16.eq(v128.and(spread, powers), powers);
  }
  if (sizeof<T>() == 2) {
    const powers = i16x8(1, 2, 4, 8, 16, 32, 64, 128);
    return i16x8.eq(v128.and(i16x8.splat(<i16>bits), powers), powers);
  }
  if (sizeof<T>() == 4) {
    const powers = i32x4(1, 2, 4, 8);
    return i32x4.eq(v128.and(i32x4.splat(<i32>bits), powers), powers);
  }
  const powers = i64x2(1, 2);
  return i64x2.eq(v128.and(i64x2.splat(bits), powers), powers);
}

/** Words of a bitset of n bits. */
@inline
export function wordsOf(n: i32): usize {
  return (<usize>n + 63) >> 6;
}

/**
 * Doubles as integers that ascend in Java's Double.compare order (-0 < 0, NaN above all): the sign and magnitude form is turned
 * into two's complement.
 */
@inline
export function orderKey(value: f64): i64 {
  if (value != value) return i64.MAX_VALUE;
  const bits = reinterpret<i64>(value);
  return bits ^ ((bits >> 63) & i64.MAX_VALUE);
}

/**
 * The same value: V8 does conversions of arguments anew in each turn of a loop that needs them, which can take longer than the rest of it, but loads only once.
 * @param room eight bytes that nobody else writes to now, left as they were
 */
@inline
export function pinned(value: i64, room: usize): i64 {
  const before = load<i64>(room);
  store<i64>(room, value);
  const same = load<i64>(room);
  store<i64>(room, before);
  return same;
}
