/** Numbers as Java prints them, which is how Druid writes DOUBLE and FLOAT values into JSON. */

/** JSON text of a DOUBLE: `100.0`, `1.0E20`; not-a-number and infinities as quoted strings. */
export function formatDouble(value: number): string {
  if (Number.isInteger(value) && value < 1e7 && value > -1e7) return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  if (!Number.isFinite(value)) return nonFinite(value);
  const magnitude = Math.abs(value);
  // JavaScript writes decimals without an exponent down to 1e-6 and Java down to 1e-3.
  if (magnitude >= 1e-3 && magnitude < 1e7) return String(value);
  return scientific(value.toExponential());
}

/** JSON text of a FLOAT: the shortest digits that give the same 32-bit value (`-74.33`). */
export function formatFloat(value: number): string {
  const float = Math.fround(value);
  if (Number.isInteger(float) && float < 1e7 && float > -1e7) return Object.is(float, -0) ? '-0.0' : `${float}.0`;
  if (!Number.isFinite(float)) return nonFinite(float);
  return formatDouble(shortestFloat(float));
}

/** Java's `Double.toString`, where a DOUBLE becomes a STRING. */
export function doubleToString(value: number): string {
  return Number.isFinite(value) ? formatDouble(value) : String(value);
}

function shortestFloat(float: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(float.toPrecision(digits));
    if (Math.fround(candidate) === float) return candidate;
  }
  return Number(float.toPrecision(9));
}

function nonFinite(value: number): string {
  return `"${value}"`;
}

/** `1e+20` to `1.0E20`. */
function scientific(exponential: string): string {
  const at = exponential.indexOf('e');
  const mantissa = exponential.slice(0, at);
  const exponent = exponential.slice(at + 1).replace('+', '');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${exponent}`;
}
