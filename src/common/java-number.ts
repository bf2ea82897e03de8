/** Numbers as Java prints them, which is how Druid writes DOUBLE and FLOAT values into JSON. */
import { type DecimalDigits, javaDigits } from './java-digits.js';

/** JSON text of a DOUBLE: `100.0`, `1.0E20`; not-a-number and infinities as quoted strings. */
export function formatDouble(value: number): string {
  if (Number.isInteger(value) && value < 1e7 && value > -1e7) return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  if (!Number.isFinite(value)) return nonFinite(value);
  const magnitude = Math.abs(value);
  if (hasShortestDigits(magnitude)) {
    if (magnitude >= 1e-3 && magnitude < 1e7) return String(value);
    return scientific(value.toExponential());
  }
  return signed(value, javaDigits(magnitude, 53));
}

/** JSON text of a FLOAT: digits that give the same 32-bit value (`-74.33`). */
export function formatFloat(value: number): string {
  const float = Math.fround(value);
  if (Number.isInteger(float) && float < 1e7 && float > -1e7) return Object.is(float, -0) ? '-0.0' : `${float}.0`;
  if (!Number.isFinite(float)) return nonFinite(float);
  const magnitude = Math.abs(float);
  if (magnitude < LARGEST_PLAIN_FLOAT && magnitude > SMALLEST_PLAIN_FLOAT && hasShortestDigits(magnitude)) {
    const shortest = shortestFloat(float);
    if (shortest !== undefined) return magnitude >= 1e-3 ? String(shortest) : scientific(shortest.toExponential());
  }
  return signed(float, javaDigits(magnitude, 24));
}

/** Java's `Double.toString`, where a DOUBLE becomes a STRING. */
export function doubleToString(value: number): string {
  return Number.isFinite(value) ? formatDouble(value) : String(value);
}

/** Beyond them decimals of few digits lie between two floats, and floats have fewer bits. */
const LARGEST_PLAIN_FLOAT = 2 ** 20;
const SMALLEST_PLAIN_FLOAT = 2 ** -120;
const SMALLEST_NORMAL = 2.3e-308;
const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

/** Whether Java's digits are the shortest ones, which are quick to find: not of whole numbers, powers of two, subnormals. */
function hasShortestDigits(magnitude: number): boolean {
  if (Number.isInteger(magnitude) || magnitude < SMALLEST_NORMAL) return false;
  double[0] = magnitude;
  return words[0] !== 0 || (words[1]! & 0xfffff) !== 0;
}

/** undefined where the float lies just between two decimals of as many digits. */
function shortestFloat(float: number): number | undefined {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(float.toPrecision(digits));
    if (Math.fround(candidate) !== float) continue;
    const isBetween = candidate !== float && Number(float.toPrecision(digits + 1)) === float;
    return isBetween ? undefined : candidate;
  }
  return Number(float.toPrecision(9));
}

/** `1e-20` to `1.0E-20`. */
function scientific(exponential: string): string {
  const at = exponential.indexOf('e');
  const mantissa = exponential.slice(0, at);
  const exponent = exponential.slice(at + 1).replace('+', '');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent}`;
}

function nonFinite(value: number): string {
  return `"${value}"`;
}

/** Decimals from 1e-3 to 1e7, an exponent beyond. */
function signed(value: number, { digits, exponent }: DecimalDigits): string {
  const sign = value < 0 ? '-' : '';
  if (exponent > 7 || exponent < -2) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent - 1}`;
  if (exponent <= 0) return `${sign}0.${'0'.repeat(-exponent)}${digits}`;
  return `${sign}${digits.slice(0, exponent).padEnd(exponent, '0')}.${digits.slice(exponent) || '0'}`;
}
