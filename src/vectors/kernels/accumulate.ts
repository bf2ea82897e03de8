/**
 * Kernels of grouped aggregation over gathered values: `values[i]` belongs to group `groups[i]`; every state array has an entry per
 * group. The `One` twins put all values into group 0.
 */

export function countGrouped(groups: Uint32Array, n: number, counts: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const group = groups[i]!;
    counts[group] = counts[group]! + 1;
  }
}

export function markSeen(groups: Uint32Array, n: number, seen: Uint8Array): void {
  for (let i = 0; i < n; i++) seen[groups[i]!] = 1;
}

export function sumGrouped(values: Float64Array, groups: Uint32Array, n: number, sums: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const group = groups[i]!;
    sums[group] = sums[group]! + values[i]!;
  }
}

export function sumOne(values: Float64Array, n: number, sums: Float64Array): void {
  let sum = sums[0]!;
  for (let i = 0; i < n; i++) sum += values[i]!;
  sums[0] = sum;
}

/** Adds in single precision, as Druid's floatSum does. */
export function sumFloatGrouped(values: Float64Array, groups: Uint32Array, n: number, sums: Float32Array): void {
  for (let i = 0; i < n; i++) {
    const group = groups[i]!;
    sums[group] = sums[group]! + Math.fround(values[i]!);
  }
}

export function sumFloatOne(values: Float64Array, n: number, sums: Float32Array): void {
  let sum = sums[0]!;
  for (let i = 0; i < n; i++) sum = Math.fround(sum + Math.fround(values[i]!));
  sums[0] = sum;
}

/** NaN wins and -0 is below 0, as in Java's Math.min; states start at Infinity. */
export function minGrouped(values: Float64Array, groups: Uint32Array, n: number, mins: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const group = groups[i]!;
    mins[group] = Math.min(mins[group]!, values[i]!);
  }
}

export function minOne(values: Float64Array, n: number, mins: Float64Array): void {
  let min = mins[0]!;
  for (let i = 0; i < n; i++) min = Math.min(min, values[i]!);
  mins[0] = min;
}

/** States start at -Infinity. */
export function maxGrouped(values: Float64Array, groups: Uint32Array, n: number, maxs: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const group = groups[i]!;
    maxs[group] = Math.max(maxs[group]!, values[i]!);
  }
}

export function maxOne(values: Float64Array, n: number, maxs: Float64Array): void {
  let max = maxs[0]!;
  for (let i = 0; i < n; i++) max = Math.max(max, values[i]!);
  maxs[0] = max;
}

/** Keeps the greater (`sign` 1) or smaller (`sign` -1) 64-bit integer high * 2^32 + low of each group. */
export function extremeWideGrouped(
  high: Float64Array,
  low: Float64Array,
  groups: Uint32Array,
  n: number,
  sign: number,
  highs: Float64Array,
  lows: Float64Array,
): void {
  for (let i = 0; i < n; i++) {
    const group = groups[i]!;
    const byHigh = (high[i]! - highs[group]!) * sign;
    if (byHigh > 0 || (byHigh === 0 && (low[i]! - lows[group]!) * sign > 0)) {
      highs[group] = high[i]!;
      lows[group] = low[i]!;
    }
  }
}

/** Makes 0 <= lows < 2^32 and -2^31 <= highs < 2^31, wrapping as 64-bit addition does. */
export function carryWide(highs: Float64Array, lows: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const carry = Math.floor(lows[i]! / 4294967296);
    lows[i] = lows[i]! - carry * 4294967296;
    highs[i] = (highs[i]! + carry) | 0;
  }
}
