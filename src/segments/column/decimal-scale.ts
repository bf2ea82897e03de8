export const MAX_DECIMAL_SCALE = 9;
/**
 * Decimals are kept as integers up to this: value * 10^k is then off by at most 1/4 from the integer that it stands for (two roundings
 * of 2^-53 each), so that adding 1/2 and cutting the fraction off finds it.
 */
export const MAX_DECIMAL = 2 ** 50;

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

/**
 * The integers m such that min and max are m / 10^scale, where `scale` is at least the block's own k. With n / 10^k = m / 10^scale also
 * m = n * 10^(scale - k) gives every value back exactly: while m is at most 2^53 both divisions round the same quotient.
 * @returns undefined beyond MAX_DECIMAL
 */
export function decimalBounds(
  { min, max }: { readonly min: number; readonly max: number },
  scale: number,
): { readonly min: bigint; readonly max: bigint } | undefined {
  const low = Math.round(min * 10 ** scale);
  const high = Math.round(max * 10 ** scale);
  if (low < -MAX_DECIMAL || high > MAX_DECIMAL) return undefined;
  return { min: BigInt(low), max: BigInt(high) };
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
