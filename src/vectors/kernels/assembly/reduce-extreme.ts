// Extremes into one state. WebAssembly's float min and max are Java's: NaN wins, -0 is below 0.
import { at, laneMask, lanesOf, wordsOf } from "./lanes";

/** As for sums (reduce-sum.ts), one number for all types; a guess. */
const MASKED_FROM: u64 = 12;

@unmanaged
export class Min {
  /** What every element is at most. */
  @inline
  identity<V>(): V {
    if (isFloat<V>()) return <V>Infinity;
    return isSigned<V>() ? <V>(((<u64>1) << (8 * sizeof<V>() - 1)) - 1) : <V>u64.MAX_VALUE;
  }
  @inline
  one<T>(a: T, b: T): T {
    return min<T>(a, b);
  }
  @inline
  lanes<V>(a: v128, b: v128): v128 {
    if (isInteger<V>() && sizeof<V>() == 8) return v128.bitselect(a, b, i64x2.lt_s(a, b));
    return v128.min<V>(a, b);
  }
}

@unmanaged
export class Max {
  @inline
  identity<V>(): V {
    if (isFloat<V>()) return <V>-Infinity;
    return isSigned<V>() ? <V>((<u64>1) << (8 * sizeof<V>() - 1)) : <V>0;
  }
  @inline
  one<T>(a: T, b: T): T {
    return max<T>(a, b);
  }
  @inline
  lanes<V>(a: v128, b: v128): v128 {
    if (isInteger<V>() && sizeof<V>() == 8) return v128.bitselect(a, b, i64x2.gt_s(a, b));
    return v128.max<V>(a, b);
  }
}

/** The extreme of all lanes of V. */
@inline
function across<Op, V>(x: v128): V {
  const op = changetype<Op>(<usize>0);
  x = op.lanes<V>(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  if (sizeof<V>() < 8) x = op.lanes<V>(x, i8x16.shuffle(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3));
  if (sizeof<V>() < 4) x = op.lanes<V>(x, i8x16.shuffle(x, x, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1));
  if (sizeof<V>() < 2) x = op.lanes<V>(x, i8x16.shuffle(x, x, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0));
  return v128.extract_lane<V>(x, 0);
}

/** Keeps the extreme of the state and an element (or of many, found before). */
@inline
function finish<Op, V>(out: usize, element: V, base: f64): void {
  const op = changetype<Op>(<usize>0);
  if (isFloat<V>()) store<f64>(out, op.one<f64>(load<f64>(out), <f64>element));
  else store<i64>(out, op.one<i64>(load<i64>(out), <i64>base + <i64>element));
}

@inline
export function extremeAll<Op, V>(values: usize, base: f64, selection: usize, n: i32, out: usize): void {
  if (n <= 0) return;
  const op = changetype<Op>(<usize>0);
  const rows = <usize>n;
  const unroll: usize = 4 * lanesOf<V>();
  let a = v128.splat<V>(op.identity<V>());
  let b = a;
  let c = a;
  let d = a;
  let row: usize = 0;
  for (; row + unroll <= rows; row += unroll) {
    const x = at<V>(values, row);
    a = op.lanes<V>(a, v128.load(x));
    b = op.lanes<V>(b, v128.load(x, 16));
    c = op.lanes<V>(c, v128.load(x, 32));
    d = op.lanes<V>(d, v128.load(x, 48));
  }
  let extreme = across<Op, V>(op.lanes<V>(op.lanes<V>(a, b), op.lanes<V>(c, d)));
  for (; row < rows; row++) extreme = op.one<V>(extreme, load<V>(at<V>(values, row)));
  finish<Op, V>(out, extreme, base);
}

@inline
export function extremeBits<Op, V>(values: usize, base: f64, selection: usize, n: i32, out: usize): void {
  const op = changetype<Op>(<usize>0);
  const words = wordsOf(n);
  const identity = v128.splat<V>(op.identity<V>());
  let lanes = identity;
  let extreme = op.identity<V>();
  let seen: u64 = 0;
  for (let w: usize = 0; w < words; w++) {
    let bits = load<u64>(selection + (w << 3));
    const first = at<V>(values, w << 6);
    seen |= bits;
    if (bits == u64.MAX_VALUE) {
      for (let x = first; x < first + 64 * sizeof<V>(); x += 16) lanes = op.lanes<V>(lanes, v128.load(x));
    } else if (popcnt(bits) >= MASKED_FROM && ((w + 1) << 6) <= <usize>n) {
      for (let x = first; x < first + 64 * sizeof<V>(); x += 16) {
        lanes = op.lanes<V>(lanes, v128.bitselect(v128.load(x), identity, laneMask<V>(bits)));
        bits >>= lanesOf<V>();
      }
    } else {
      for (; bits; bits &= bits - 1) extreme = op.one<V>(extreme, load<V>(first + <usize>ctz(bits) * sizeof<V>()));
    }
  }
  if (seen) finish<Op, V>(out, op.one<V>(extreme, across<Op, V>(lanes)), base);
}

@inline
export function extremeRows<Op, V>(values: usize, base: f64, selection: usize, n: i32, out: usize): void {
  if (n <= 0) return;
  const op = changetype<Op>(<usize>0);
  let extreme = op.identity<V>();
  for (let i: usize = 0; i < <usize>n; i++) {
    extreme = op.one<V>(extreme, load<V>(values + <usize>load<u16>(selection + (i << 1)) * sizeof<V>()));
  }
  finish<Op, V>(out, extreme, base);
}
