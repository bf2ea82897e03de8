const LONG = /^-?\d+$/;
const DOUBLE = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;
/** Longer exponents would make big integers of any size out of short text. */
const MAX_SCALE = 400;

/** A whole 64-bit number in decimal digits, or null. @source Guava `Longs.tryParse` */
export function tryParseLong(text: string): bigint | null {
  if (!LONG.test(text) || text.length > 40) return null;
  return fitting(BigInt(text));
}

/** A number as Java writes one, or null. @source Guava `Doubles.tryParse` */
export function tryParseDouble(text: string): number | null {
  if (!DOUBLE.test(text)) return null;
  const last = text.charCodeAt(text.length - 1) | 0x20;
  // A trailing f or d is Java's type suffix; `Infinity` ends in y and `NaN` in n.
  return Number(last === 0x66 || last === 0x64 ? text.slice(0, -1) : text);
}

/** A long from text that may be written as a decimal without a fraction (`36.0`), else null. @source Druid `DimensionHandlerUtils` */
export function exactLong(text: string): bigint | null {
  const plain = tryParseLong(text.startsWith('+') ? text.slice(1) : text);
  if (plain !== null) return plain;
  const bounds = wholeBounds(text);
  return bounds !== null && bounds.floor === bounds.ceiling ? fitting(bounds.floor) : null;
}

/** The whole numbers next to a decimal of any size, equal when it has no fraction; null when the text is no decimal. */
export function wholeBounds(text: string): { readonly floor: bigint; readonly ceiling: bigint } | null {
  if (!DECIMAL.test(text)) return null;
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const isNegative = mantissa.startsWith('-');
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.');
  const scale = Math.max(-MAX_SCALE, Math.min(MAX_SCALE, Number(exponent))) - fraction.length;
  const digits = BigInt(`${whole}${fraction}` || '0');
  if (scale >= 0) {
    const value = digits * 10n ** BigInt(scale) * (isNegative ? -1n : 1n);
    return { floor: value, ceiling: value };
  }
  const divisor = 10n ** BigInt(-scale);
  const quotient = digits / divisor;
  const rest = digits % divisor === 0n ? 0n : 1n;
  return isNegative ? { floor: -quotient - rest, ceiling: -quotient } : { floor: quotient, ceiling: quotient + rest };
}

/** Java's cast of a double to long: toward zero, saturating; NaN is 0. */
export function doubleToLong(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return MAX_LONG;
  if (value <= -(2 ** 63)) return MIN_LONG;
  return BigInt(Math.trunc(value));
}

function fitting(value: bigint): bigint | null {
  return value >= MIN_LONG && value <= MAX_LONG ? value : null;
}
