/**
 * Decimal digits of a binary number as Java up to 18 chooses them, which are not always the shortest (JDK-4511638).
 * @source OpenJDK 17 `jdk.internal.math.FloatingDecimal`, `BinaryToASCIIBuffer.dtoa`
 */

/** The value is 0.digits × 10^exponent. */
export interface DecimalDigits {
  readonly digits: string;
  readonly exponent: number;
}

const bits = new DataView(new ArrayBuffer(8));
const DOUBLE_BITS = 53;
const LOG10_OF_2 = 0.301029995663981;

/**
 * Digits by Java's own steps. Of a number that is neither whole nor a power of two nor subnormal they are the shortest that tell it from its
 * neighbours, unless a decimal of few digits lies just between two neighbours.
 * @param magnitude positive and finite; of a float, its exact value
 * @param precision bits of the mantissa: 53 of a double, 24 of a float
 */
export function javaDigits(magnitude: number, precision: 53 | 24): DecimalDigits {
  bits.setFloat64(0, magnitude);
  const word = bits.getBigUint64(0);
  let fraction = word & 0xfffffffffffffn;
  let binaryExponent = Number(word >> 52n) - 1023;
  let significant: number = precision;
  if (binaryExponent === -1023) {
    // Subnormal: shifted until the highest bit is there, with fewer bits that mean something.
    const length = fraction.toString(2).length;
    fraction <<= BigInt(DOUBLE_BITS - length);
    binaryExponent = -1022 - (DOUBLE_BITS - length);
    significant = length;
  } else fraction |= 1n << 52n;
  if (precision === 24 && binaryExponent < -126) significant = 24 + 126 + binaryExponent;
  const zeros = trailingZeros(fraction);
  const numBits = DOUBLE_BITS - zeros;
  const tinyBits = Math.max(0, numBits - binaryExponent - 1);
  if (tinyBits === 0 && binaryExponent <= 62) return ofLong(fraction, binaryExponent, significant);
  return ofRatio(fraction >> BigInt(zeros), { binaryExponent, numBits, tinyBits, significant });
}

function trailingZeros(value: bigint): number {
  let count = 0;
  for (let rest = value; (rest & 1n) === 0n; rest >>= 1n) count++;
  return count;
}

/** A whole number: its own digits, without those beyond what the type holds. */
function ofLong(fraction: bigint, binaryExponent: number, significant: number): DecimalDigits {
  let value = binaryExponent >= 52 ? fraction << BigInt(binaryExponent - 52) : fraction >> BigInt(52 - binaryExponent);
  const lacking = binaryExponent > significant ? binaryExponent - significant - 1 : 0;
  const dropped = Math.floor(lacking * LOG10_OF_2);
  if (dropped > 0) {
    const unit = 10n ** BigInt(dropped);
    const rest = value % unit;
    value = value / unit + (rest >= unit >> 1n ? 1n : 0n);
  }
  const text = String(value);
  return { digits: text.replace(/0+$/, ''), exponent: text.length + dropped };
}

interface Binary {
  readonly binaryExponent: number;
  /** Bits of the mantissa without zeros at its end. */
  readonly numBits: number;
  /** Bits behind the point. */
  readonly tinyBits: number;
  readonly significant: number;
}

/** Digit by digit of value / scale until what is left is less than half a unit of the last place. */
function ofRatio(mantissa: bigint, binary: Binary): DecimalDigits {
  const { binaryExponent, numBits, tinyBits, significant } = binary;
  let exponent = estimatedExponent(mantissa, numBits, binaryExponent);
  const fives = BigInt(Math.max(0, -exponent));
  let valueTwos = Number(fives) + tinyBits + binaryExponent;
  let scaleTwos = Math.max(0, exponent) + tinyBits;
  let unitTwos = valueTwos - significant;
  valueTwos -= numBits - 1;
  const common = Math.min(valueTwos, scaleTwos);
  valueTwos -= common;
  scaleTwos -= common;
  unitTwos -= common;
  // Below a power of two numbers are twice as dense.
  if (numBits === 1) unitTwos--;
  if (unitTwos < 0) {
    valueTwos -= unitTwos;
    scaleTwos -= unitTwos;
    unitTwos = 0;
  }
  const scale = (5n ** BigInt(Math.max(0, exponent))) << BigInt(scaleTwos);
  const tens = scale * 10n;
  let value = (mantissa * 5n ** fives) << BigInt(valueTwos);
  let unit = (5n ** fives) << BigInt(unitTwos);
  const scaleFives = Math.max(0, exponent);
  const inLongs =
    numBits + valueTwos + bitsOfFives(Number(fives)) < 64 && scaleTwos + 1 + bitsOfFives(scaleFives + 1) < 64;
  let digits = '';
  const stop = { low: false, high: false };
  const next = (): bigint => {
    const digit = value / scale;
    value = 10n * (value % scale);
    unit = inLongs ? BigInt.asIntN(64, unit * 10n) : unit * 10n;
    stop.low = value < unit || unit <= 0n;
    // In longs the sum wraps; of big integers Java also takes a sum of exactly ten.
    stop.high = inLongs ? BigInt.asIntN(64, value + unit) > tens || unit <= 0n : value + unit >= tens;
    return digit;
  };
  const first = next();
  if (first === 0n && !stop.high) exponent--;
  else digits = String(first);
  // The form with an exponent has at least one digit behind the point.
  if (exponent < -3 || exponent >= 8) {
    stop.low = false;
    stop.high = false;
  }
  while (!stop.low && !stop.high) digits += String(next());
  const beyondHalf = inLongs ? BigInt.asIntN(64, 2n * value - tens) : 2n * value - tens;
  const isRoundedUp =
    stop.high && (!stop.low || beyondHalf > 0n || (beyondHalf === 0n && Number(digits.at(-1)) % 2 === 1));
  return isRoundedUp ? roundedUp(digits, exponent + 1) : { digits, exponent: exponent + 1 };
}

/** Bits that a power of five takes, as Java estimates them to know whether longs are enough. */
function bitsOfFives(power: number): number {
  return power <= 26 ? Math.ceil(power * Math.log2(5)) : power * 3;
}

/** An estimate of log10 that is right or one too large. */
function estimatedExponent(mantissa: bigint, numBits: number, binaryExponent: number): number {
  const between1and2 = Number(mantissa) / 2 ** (numBits - 1);
  return Math.floor((between1and2 - 1.5) * 0.289529654 + 0.176091259 + binaryExponent * LOG10_OF_2);
}

function roundedUp(digits: string, exponent: number): DecimalDigits {
  const kept = digits.replace(/9+$/, '');
  if (kept === '') return { digits: '1', exponent: exponent + 1 };
  const last = String(Number(kept.at(-1)) + 1);
  // Java keeps the zeros that nines became; they say nothing.
  return { digits: kept.slice(0, -1) + last, exponent };
}
