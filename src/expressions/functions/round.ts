/** Rounding as `BigDecimal.setScale(scale, HALF_UP)` of a double's shortest decimal does. @source Druid `Function.Round` */

/** LONG stays LONG; NaN is 0 and infinities are the largest doubles. */
export function roundHalfUp(value: bigint | number, scale: number): bigint | number {
  if (typeof value === 'bigint') return scale >= 0 ? value : BigInt.asIntN(64, roundLong(value, -scale));
  if (Number.isNaN(value)) return 0;
  if (!Number.isFinite(value)) return value > 0 ? Number.MAX_VALUE : -Number.MAX_VALUE;
  return roundDouble(value, scale);
}

function roundLong(value: bigint, digits: number): bigint {
  if (digits > 19) return 0n;
  const unit = 10n ** BigInt(digits);
  const magnitude = value < 0n ? -value : value;
  const rounded = ((magnitude + unit / 2n) / unit) * unit;
  return value < 0n ? -rounded : rounded;
}

function roundDouble(value: number, scale: number): number {
  const [mantissa = '0', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const digits = BigInt(whole + fraction);
  // |value| = digits * 10^exponent
  const exponent = Number(exponentText) - fraction.length;
  const dropped = -scale - exponent;
  if (dropped <= 0) return value;
  if (dropped > 400) return value < 0 ? -0 : 0;
  const unit = 10n ** BigInt(dropped);
  const rounded = (digits + unit / 2n) / unit;
  const result = Number(`${rounded}e${-scale}`);
  return value < 0 ? -result : result;
}
