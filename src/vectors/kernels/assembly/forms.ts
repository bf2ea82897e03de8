// The three forms of a selection as loops over a step. A step is a class without fields whose `step` is inlined, so each
// (form, step) pair becomes one loop without calls; `lane` alternates between the four copies of the states.
import { wordsOf } from "./lanes";

/** Rows 0..n-1. */
@unmanaged
export class All {
  @inline
  each<Step>(selection: usize, n: i32, laneBytes: usize, a: usize, b: usize, c: usize, d: usize, e: usize, base: i64): void {
    const op = changetype<Step>(<usize>0);
    const end = <usize>n;
    let row: usize = 0;
    for (const fours = end & ~3; row < fours; row += 4) {
      op.step(row, 0, a, b, c, d, e, base);
      op.step(row + 1, laneBytes, a, b, c, d, e, base);
      op.step(row + 2, laneBytes * 2, a, b, c, d, e, base);
      op.step(row + 3, laneBytes * 3, a, b, c, d, e, base);
    }
    for (; row < end; row++) op.step(row, 0, a, b, c, d, e, base);
  }

  /** Stops at the first step that gives false; returns how many gave true. */
  @inline
  whileTrue<Step>(selection: usize, n: i32, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize, g: u32): i32 {
    const op = changetype<Step>(<usize>0);
    for (let row = 0; row < n; row++) {
      if (!op.step(<usize>row, a, b, c, d, e, f, g)) return row;
    }
    return n;
  }
}

/** The set bits of a bitset: empty words are skipped, full ones run as a plain loop. */
@unmanaged
export class Bits {
  @inline
  each<Step>(selection: usize, n: i32, laneBytes: usize, a: usize, b: usize, c: usize, d: usize, e: usize, base: i64): void {
    const op = changetype<Step>(<usize>0);
    const words = wordsOf(n);
    for (let w: usize = 0; w < words; w++) {
      let bits = load<u64>(selection + (w << 3));
      const first = w << 6;
      if (bits == u64.MAX_VALUE) {
        for (let row = first; row < first + 64; row += 4) {
          op.step(row, 0, a, b, c, d, e, base);
          op.step(row + 1, laneBytes, a, b, c, d, e, base);
          op.step(row + 2, laneBytes * 2, a, b, c, d, e, base);
          op.step(row + 3, laneBytes * 3, a, b, c, d, e, base);
        }
        continue;
      }
      while (bits) {
        op.step(first + <usize>ctz(bits), 0, a, b, c, d, e, base);
        bits &= bits - 1;
        if (!bits) break;
        op.step(first + <usize>ctz(bits), laneBytes, a, b, c, d, e, base);
        bits &= bits - 1;
        if (!bits) break;
        op.step(first + <usize>ctz(bits), laneBytes * 2, a, b, c, d, e, base);
        bits &= bits - 1;
        if (!bits) break;
        op.step(first + <usize>ctz(bits), laneBytes * 3, a, b, c, d, e, base);
        bits &= bits - 1;
      }
    }
  }

  @inline
  whileTrue<Step>(selection: usize, n: i32, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize, g: u32): i32 {
    const op = changetype<Step>(<usize>0);
    const words = wordsOf(n);
    let done = 0;
    for (let w: usize = 0; w < words; w++) {
      for (let bits = load<u64>(selection + (w << 3)); bits; bits &= bits - 1) {
        if (!op.step((w << 6) + <usize>ctz(bits), a, b, c, d, e, f, g)) return done;
        done++;
      }
    }
    return done;
  }
}

/** A list of u16 row numbers. */
@unmanaged
export class Rows {
  @inline
  each<Step>(selection: usize, n: i32, laneBytes: usize, a: usize, b: usize, c: usize, d: usize, e: usize, base: i64): void {
    const op = changetype<Step>(<usize>0);
    const end = selection + (<usize>n << 1);
    let at = selection;
    for (const fours = selection + ((<usize>n & ~3) << 1); at < fours; at += 8) {
      op.step(<usize>load<u16>(at), 0, a, b, c, d, e, base);
      op.step(<usize>load<u16>(at, 2), laneBytes, a, b, c, d, e, base);
      op.step(<usize>load<u16>(at, 4), laneBytes * 2, a, b, c, d, e, base);
      op.step(<usize>load<u16>(at, 6), laneBytes * 3, a, b, c, d, e, base);
    }
    for (; at < end; at += 2) op.step(<usize>load<u16>(at), 0, a, b, c, d, e, base);
  }

  @inline
  whileTrue<Step>(selection: usize, n: i32, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize, g: u32): i32 {
    const op = changetype<Step>(<usize>0);
    for (let i = 0; i < n; i++) {
      if (!op.step(<usize>load<u16>(selection + (<usize>i << 1)), a, b, c, d, e, f, g)) return i;
    }
    return n;
  }
}
