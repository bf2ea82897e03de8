export const MAX_DECIMAL_SCALE = 9;

/**
 * Smallest k from 0 to 9 such that every value that is not null equals n / 10^k for an integer n with |n| at most 2^53,
 * in exact double arithmetic; undefined when there is none. Negative zero, NaN and infinities have no such n.
 */
export function decimalScale(values: Float64Array, nulls: Uint8Array | undefined, n: number): number | undefined {
  for (let k = 0; k <= MAX_DECIMAL_SCALE; k++) {
    if (fits(values, nulls, n, 10 ** k)) return k;
  }
  return undefined;
}

function fits(values: Float64Array, nulls: Uint8Array | undefined, n: number, power: number): boolean {
  for (let i = 0; i < n; i++) {
    if (nulls !== undefined && nulls[i] !== 0) continue;
    const value = values[i]!;
    const scaled = Math.round(value * power);
    if (scaled / power !== value || Math.abs(scaled) > Number.MAX_SAFE_INTEGER) return false;
    if (value === 0 && 1 / value < 0) return false;
  }
  return true;
}
