// Filters: 64 rows to one word. A test gives a mask of all ones per lane that matches, or tests one row.
import { at, orderKey } from "./lanes";

/** 16 rows from `address` on as 16 bits. */
@inline
function rows16<Test, V>(address: usize, x: v128, y: v128): u64 {
  const test = changetype<Test>(<usize>0);
  if (sizeof<V>() == 1) return <u64><u32>i8x16.bitmask(test.lanes(address, x, y));
  if (sizeof<V>() == 2) {
    return <u64><u32>i8x16.bitmask(i8x16.narrow_i16x8_s(test.lanes(address, x, y), test.lanes(address + 16, x, y)));
  }
  if (sizeof<V>() == 4) {
    const low = i16x8.narrow_i32x4_s(test.lanes(address, x, y), test.lanes(address + 16, x, y));
    const high = i16x8.narrow_i32x4_s(test.lanes(address + 32, x, y), test.lanes(address + 48, x, y));
    return <u64><u32>i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
  }
  const a = i32x4.shuffle(test.lanes(address, x, y), test.lanes(address + 16, x, y), 0, 2, 4, 6);
  const b = i32x4.shuffle(test.lanes(address + 32, x, y), test.lanes(address + 48, x, y), 0, 2, 4, 6);
  const c = i32x4.shuffle(test.lanes(address + 64, x, y), test.lanes(address + 80, x, y), 0, 2, 4, 6);
  const d = i32x4.shuffle(test.lanes(address + 96, x, y), test.lanes(address + 112, x, y), 0, 2, 4, 6);
  return <u64><u32>i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
}

/** Writes the bits of n rows and counts them. x, y are for `lanes`, p, q for `one`. */
@inline
function select<Test, V>(values: usize, n: i32, out: usize, x: v128, y: v128, p: i64, q: i64): i32 {
  const test = changetype<Test>(<usize>0);
  const rows = <usize>n;
  let count: i64 = 0;
  let row: usize = 0;
  for (const words = rows & ~63; row < words; row += 64) {
    const address = at<V>(values, row);
    let bits = rows16<Test, V>(address, x, y);
    bits |= rows16<Test, V>(address + 16 * sizeof<V>(), x, y) << 16;
    bits |= rows16<Test, V>(address + 32 * sizeof<V>(), x, y) << 32;
    bits |= rows16<Test, V>(address + 48 * sizeof<V>(), x, y) << 48;
    store<u64>(out + (row >> 3), bits);
    count += popcnt(bits);
  }
  if (row < rows) {
    let bits: u64 = 0;
    for (let i = row; i < rows; i++) bits |= <u64>test.one(at<V>(values, i), p, q) << (i & 63);
    store<u64>(out + (row >> 3), bits);
    count += popcnt(bits);
  }
  return <i32>count;
}

/** element - low <= span, unsigned: one comparison for both bounds, of signed elements as well. */
@unmanaged
class WithinSpan<V> {
  @inline
  lanes(address: usize, low: v128, span: v128): v128 {
    const above = v128.sub<V>(v128.load(address), low);
    if (sizeof<V>() == 1) return i8x16.le_u(above, span);
    if (sizeof<V>() == 2) return i16x8.le_u(above, span);
    return i32x4.le_u(above, span);
  }
  @inline
  one(address: usize, low: i64, high: i64): bool {
    const element = <i64>load<V>(address);
    return element >= low && element <= high;
  }
}

@inline
export function selectIntRange<V>(values: usize, low: f64, high: f64, n: i32, out: usize): i32 {
  if (!(low <= high)) return selectNone(n, out);
  const from = <i64>low;
  const to = <i64>high;
  return select<WithinSpan<V>, V>(values, n, out, v128.splat<V>(<V>from), v128.splat<V>(<V>(to - from)), from, to);
}

@inline
function selectNone(n: i32, out: usize): i32 {
  memory.fill(out, 0, ((<usize>n + 63) >> 6) << 3);
  return 0;
}

@unmanaged
class WithinI64 {
  @inline
  lanes(address: usize, low: v128, high: v128): v128 {
    const values = v128.load(address);
    return v128.not(v128.or(i64x2.lt_s(values, low), i64x2.gt_s(values, high)));
  }
  @inline
  one(address: usize, low: i64, high: i64): bool {
    const value = load<i64>(address);
    return value >= low && value <= high;
  }
}

export function selectI64Range(values: usize, low: usize, high: usize, n: i32, out: usize): i32 {
  const from = load<i64>(low);
  const to = load<i64>(high);
  return select<WithinI64, i64>(values, n, out, i64x2.splat(from), i64x2.splat(to), from, to);
}

/** Order keys (see orderKey) of the raw bits of reals; NaN keeps a key beyond the infinities', on either side. */
@inline
function keyOf<V>(address: usize): i64 {
  if (sizeof<V>() == 4) return <i64>keyOf32(load<i32>(address));
  const bits = load<i64>(address);
  return bits ^ ((bits >> 63) & i64.MAX_VALUE);
}

@inline
function keyOf32(bits: i32): i32 {
  return bits ^ ((bits >> 31) & i32.MAX_VALUE);
}

@unmanaged
class WithinReals<V> {
  @inline
  lanes(address: usize, low: v128, high: v128): v128 {
    const bits = v128.load(address);
    if (sizeof<V>() == 4) {
      const keys = v128.xor(bits, v128.and(i32x4.shr_s(bits, 31), i32x4.splat(i32.MAX_VALUE)));
      return v128.not(v128.or(i32x4.lt_s(keys, low), i32x4.gt_s(keys, high)));
    }
    const keys = v128.xor(bits, v128.and(i64x2.lt_s(bits, i64x2.splat(0)), i64x2.splat(i64.MAX_VALUE)));
    return v128.not(v128.or(i64x2.lt_s(keys, low), i64x2.gt_s(keys, high)));
  }
  @inline
  one(address: usize, low: i64, high: i64): bool {
    const key = keyOf<V>(address);
    return key >= low && key <= high;
  }
}

/** The same, or NaN. */
@unmanaged
class WithinRealsOrNan<V> {
  @inline
  lanes(address: usize, low: v128, high: v128): v128 {
    const values = v128.load(address);
    const within = changetype<WithinReals<V>>(<usize>0).lanes(address, low, high);
    return v128.or(within, sizeof<V>() == 4 ? f32x4.ne(values, values) : f64x2.ne(values, values));
  }
  @inline
  one(address: usize, low: i64, high: i64): bool {
    const value = load<V>(address);
    return value != value || changetype<WithinReals<V>>(<usize>0).one(address, low, high);
  }
}

/** Keys of f32 elements: the smallest whose value is not below a double's key (strict: above it). */
@inline
function narrowLow(low: f64, open: bool): i64 {
  const near = <f32>low;
  const key = <i64>keyOf32(reinterpret<i32>(near));
  const exact = orderKey(<f64>near);
  const wanted = orderKey(low);
  return exact < wanted || (open && exact == wanted) ? key + 1 : key;
}

@inline
function narrowHigh(high: f64, open: bool): i64 {
  const near = <f32>high;
  const key = <i64>keyOf32(reinterpret<i32>(near));
  const exact = orderKey(<f64>near);
  const wanted = orderKey(high);
  return exact > wanted || (open && exact == wanted) ? key - 1 : key;
}

@inline
export function selectRealRange<V>(values: usize, low: f64, high: f64, flags: i32, n: i32, out: usize): i32 {
  const lowOpen = (flags & 1) != 0;
  const highOpen = (flags & 2) != 0;
  let from: i64;
  let to: i64;
  if (low != low) {
    // Nothing but NaN is at or above NaN, and flag 4 alone decides on that.
    from = 1;
    to = 0;
  } else if (sizeof<V>() == 4) {
    const infinity = <i64>keyOf32(reinterpret<i32>(<f32>Infinity));
    from = max<i64>(narrowLow(low, lowOpen), -infinity - 1);
    to = high != high ? infinity : min<i64>(narrowHigh(high, highOpen), infinity);
  } else {
    from = max<i64>(orderKey(low) + <i64>lowOpen, orderKey(-Infinity));
    to = high != high ? orderKey(Infinity) : min<i64>(orderKey(high) - <i64>highOpen, orderKey(Infinity));
  }
  const lows = sizeof<V>() == 4 ? i32x4.splat(<i32>from) : i64x2.splat(from);
  const highs = sizeof<V>() == 4 ? i32x4.splat(<i32>to) : i64x2.splat(to);
  if (flags & 4) return select<WithinRealsOrNan<V>, V>(values, n, out, lows, highs, from, to);
  return select<WithinReals<V>, V>(values, n, out, lows, highs, from, to);
}

@unmanaged
class IsZero {
  @inline
  lanes(address: usize, x: v128, y: v128): v128 {
    return i8x16.eq(v128.load(address), i8x16.splat(0));
  }
  @inline
  one(address: usize, p: i64, q: i64): bool {
    return load<u8>(address) == 0;
  }
}

export function selectNotNull(nulls: usize, n: i32, out: usize): i32 {
  return select<IsZero, u8>(nulls, n, out, i64x2.splat(0), i64x2.splat(0), 0, 0);
}
