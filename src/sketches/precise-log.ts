// Math.log of JavaScript engines is off by one unit in the last place for some arguments where the JVM's is not:
// estimates would differ from Druid's in the last digit. Here the logarithm is summed in pairs of doubles (106 bits).

const LN2_HIGH = Math.LN2;
const LN2_LOW = 2.3190468138462996e-17;
const SERIES_TERMS = 22;
const SPLITTER = 134217729;

/** Natural logarithm of a positive, finite, normal number, rounded to the nearest double. */
export function preciseLog(x: number): number {
  const exponent = Math.round(Math.log2(x));
  const mantissa = x / 2 ** exponent;
  if (mantissa === 1) return multiply(exponent, 0, LN2_HIGH, LN2_LOW);
  // ln m = 2 atanh s, with s = (m - 1) / (m + 1): |s| < 0.18, so the series gains five bits a term.
  divide(mantissa - 1, 0, mantissa + 1, lowOfSum(mantissa, 1));
  const sHigh = high;
  const sLow = low;
  multiply(sHigh, sLow, sHigh, sLow);
  const squareHigh = high;
  const squareLow = low;
  divide(1, 0, 2 * SERIES_TERMS + 1, 0);
  for (let i = SERIES_TERMS - 1; i >= 0; i--) {
    multiply(high, low, squareHigh, squareLow);
    const termHigh = high;
    const termLow = low;
    divide(1, 0, 2 * i + 1, 0);
    add(high, low, termHigh, termLow);
  }
  multiply(high, low, 2 * sHigh, 2 * sLow);
  const logHigh = high;
  const logLow = low;
  multiply(exponent, 0, LN2_HIGH, LN2_LOW);
  return add(high, low, logHigh, logLow);
}

// Result of the last operation below.
let high = 0;
let low = 0;

function add(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  const sum = aHigh + bHigh;
  return normalise(sum, lowOfSum(aHigh, bHigh) + aLow + bLow);
}

function multiply(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  const product = aHigh * bHigh;
  return normalise(product, lowOfProduct(aHigh, bHigh, product) + (aHigh * bLow + aLow * bHigh));
}

function divide(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  const quotient = aHigh / bHigh;
  const product = quotient * bHigh;
  const rest = aHigh - product - lowOfProduct(quotient, bHigh, product) + aLow - quotient * bLow;
  return normalise(quotient, rest / bHigh);
}

function normalise(sum: number, rest: number): number {
  high = sum + rest;
  low = rest - (high - sum);
  return high;
}

/** What rounding took from a + b. */
function lowOfSum(a: number, b: number): number {
  const sum = a + b;
  const part = sum - a;
  return a - (sum - part) + (b - part);
}

/** What rounding took from a * b. @source T. J. Dekker, A floating-point technique for extending precision, 1971 */
function lowOfProduct(a: number, b: number, product: number): number {
  const aUpper = SPLITTER * a - (SPLITTER * a - a);
  const bUpper = SPLITTER * b - (SPLITTER * b - b);
  const aLower = a - aUpper;
  const bLower = b - bUpper;
  return aLower * bLower - (product - aUpper * bUpper - aLower * bUpper - aUpper * bLower);
}
