/** Numbers. A null argument, or a text that is no number, gives null. @source Druid `Function.java` */
import { asDouble, asLong, commonType } from '../coercion.js';
import { type ExprType, type ExprValue, ExpressionError } from '../expr.js';
import type { ExprFunction } from './expr-function.js';
import { roundHalfUp } from './round.js';

const DOUBLE = (): ExprType => 'DOUBLE';
const LONG = (): ExprType => 'LONG';

/** Reads an argument as a number; null stays null. */
type Read<T> = (value: ExprValue) => T | null;

/** A function of one number. */
function unary<T>(name: string, outputType: () => ExprType, read: Read<T>, apply: (x: T) => ExprValue): ExprFunction {
  return {
    names: [name],
    arity: [1, 1],
    outputType,
    bind:
      () =>
      ([value]) => {
        const x = read(value!);
        return x === null ? null : apply(x);
      },
  };
}

/** A function of two numbers. */
function binary<T, U>(
  name: string,
  outputType: () => ExprType,
  [readLeft, readRight]: readonly [Read<T>, Read<U>],
  apply: (x: T, y: U) => ExprValue,
): ExprFunction {
  return {
    names: [name],
    arity: [2, 2],
    outputType,
    bind:
      () =>
      ([left, right]) => {
        const x = readLeft(left!);
        const y = readRight(right!);
        return x === null || y === null ? null : apply(x, y);
      },
  };
}

const ofDouble = (name: string, apply: (x: number) => number): ExprFunction => unary(name, DOUBLE, asDouble, apply);

const ofDoubles = (name: string, apply: (x: number, y: number) => number): ExprFunction =>
  binary(name, DOUBLE, [asDouble, asDouble], apply);

const ofLongs = (name: string, apply: (x: bigint, y: bigint) => bigint): ExprFunction =>
  binary(name, LONG, [asLong, asLong], (x, y) => BigInt.asIntN(64, apply(x, y)));

const abs: ExprFunction = {
  names: ['abs'],
  arity: [1, 1],
  outputType: ([type]) => (type === 'STRING' ? 'DOUBLE' : (type ?? null)),
  bind:
    () =>
    ([value]) => {
      if (typeof value === 'bigint') return BigInt.asIntN(64, value < 0n ? -value : value);
      const x = asDouble(value!);
      return x === null ? null : Math.abs(x);
    },
};

/** `max` and `min`: LONG of two longs, else DOUBLE. */
function extreme(name: 'max' | 'min'): ExprFunction {
  const sign = name === 'max' ? 1 : -1;
  return {
    names: [name],
    arity: [2, 2],
    outputType: (types) => (types.every((type) => type === 'LONG') ? 'LONG' : 'DOUBLE'),
    bind:
      () =>
      ([left, right]) => {
        if (typeof left === 'bigint' && typeof right === 'bigint') return left > right === sign > 0 ? left : right;
        const x = asDouble(left!);
        const y = asDouble(right!);
        if (x === null || y === null) return null;
        return sign > 0 ? Math.max(x, y) : Math.min(x, y);
      },
  };
}

const div = ofLongs('div', (x, y) => {
  if (y === 0n) throw new ExpressionError('/ by zero');
  return x / y;
});

const safeDivide: ExprFunction = {
  names: ['safe_divide'],
  arity: [2, 2],
  outputType: (types) => (types.every((type) => type === 'LONG') ? 'LONG' : 'DOUBLE'),
  bind:
    () =>
    ([left, right]) => {
      if (typeof left === 'bigint' && typeof right === 'bigint') {
        return right === 0n ? null : BigInt.asIntN(64, left / right);
      }
      const x = asDouble(left!);
      const y = asDouble(right!);
      return x === null || y === null || y === 0 || Number.isNaN(y) ? null : x / y;
    },
};

const round: ExprFunction = {
  names: ['round'],
  arity: [1, 2],
  outputType: ([type]) => (type === 'LONG' ? 'LONG' : 'DOUBLE'),
  bind:
    () =>
    ([value, scale = 0n]) => {
      if (value === null || value === undefined) return null;
      if (typeof scale !== 'bigint') throw new ExpressionError('Function[round] needs a LONG as its second argument');
      if (typeof value !== 'bigint' && typeof value !== 'number') {
        throw new ExpressionError('Function[round] first argument should be a LONG or DOUBLE');
      }
      return roundHalfUp(value, Number(scale));
    },
};

const pi: ExprFunction = { names: ['pi'], arity: [0, 0], outputType: DOUBLE, bind: () => () => Math.PI };

const bits = new DataView(new ArrayBuffer(8));

function longBitsOf(x: number): bigint {
  bits.setFloat64(0, x);
  return bits.getBigInt64(0);
}

function doubleOfBits(x: bigint): number {
  bits.setBigInt64(0, x);
  return bits.getFloat64(0);
}

/** `greatest` and `least`: nulls are left out; one STRING makes all of them strings. */
function reduction(name: 'greatest' | 'least'): ExprFunction {
  const sign = name === 'greatest' ? 1 : -1;
  return {
    names: [name],
    arity: [0, Number.POSITIVE_INFINITY],
    outputType: (types) => commonType(types),
    bind: () => (values) => reduceValues(values, sign, name),
  };
}

function reduceValues(values: readonly ExprValue[], sign: number, name: string): ExprValue {
  const present = values.filter((value) => value !== null);
  if (present.some((value) => typeof value === 'object')) {
    throw new ExpressionError(`Function[${name}] does not accept complex or array types`);
  }
  const isText = present.some((value) => typeof value === 'string');
  const isDouble = present.some((value) => typeof value === 'number');
  let best: ExprValue = null;
  for (const value of present) {
    const candidate = isText ? textOf(value) : isDouble ? asDouble(value) : value;
    if (best === null || (candidate !== null && (candidate > best ? 1 : -1) === sign && candidate !== best)) {
      best = candidate;
    }
  }
  return best;
}

function textOf(value: ExprValue): string {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 1e7 ? `${value}.0` : String(value);
}

/** Java's `Math.getExponent`. */
function exponentOf(x: number): number {
  if (!Number.isFinite(x)) return 1024;
  bits.setFloat64(0, x);
  return ((bits.getUint32(0) >>> 20) & 0x7ff) - 1023;
}

/** In steps, so that neither a huge nor a tiny power loses the result. */
function scaleByPower(x: number, power: number): number {
  let result = x;
  let rest = Math.max(-4200, Math.min(4200, power));
  while (rest !== 0 && result !== 0 && Number.isFinite(result)) {
    const step = Math.max(-1000, Math.min(1000, rest));
    result *= 2 ** step;
    rest -= step;
  }
  return result;
}

function ulp(x: number): number {
  if (!Number.isFinite(x)) return Math.abs(x);
  return next(Math.abs(x), Number.POSITIVE_INFINITY) - Math.abs(x);
}

/** Java's `Math.nextAfter`. */
function next(start: number, direction: number): number {
  if (Number.isNaN(start) || Number.isNaN(direction)) return Number.NaN;
  if (start === direction) return direction;
  if (start === 0) return direction > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  bits.setFloat64(0, start);
  bits.setBigInt64(0, bits.getBigInt64(0) + (direction > start === start > 0 ? 1n : -1n));
  return bits.getFloat64(0);
}

/** Java's `Math.rint`: to the even one of two that are as near. */
function rint(x: number): number {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x;
  const floor = Math.floor(x);
  const rest = x - floor;
  const result = rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
  // Java keeps the sign of a zero.
  return result === 0 && x < 0 ? -0 : result;
}

/** Java's `Math.IEEEremainder`. */
function remainder(x: number, y: number): number {
  if (!Number.isFinite(x) || Number.isNaN(y) || y === 0) return Number.NaN;
  if (!Number.isFinite(y)) return x;
  const rest = x % y;
  const half = Math.abs(y) / 2;
  const isOdd = Math.abs(Math.trunc(x / y)) % 2 === 1;
  if (Math.abs(rest) > half || (Math.abs(rest) === half && isOdd)) return rest - Math.sign(rest) * Math.abs(y);
  return rest;
}

export const mathFunctions: readonly ExprFunction[] = [
  abs,
  extreme('max'),
  extreme('min'),
  div,
  safeDivide,
  round,
  binary('scalb', DOUBLE, [asDouble, asLong], (x, power) => scaleByPower(x, Number(power))),
  pi,
  unary('bitwiseconvertdoubletolongbits', LONG, asDouble, longBitsOf),
  unary('bitwiseconvertlongbitstodouble', DOUBLE, asLong, doubleOfBits),
  unary('bitwisecomplement', LONG, asLong, (x) => ~x),
  unary('getexponent', LONG, asDouble, (x) => BigInt(exponentOf(x))),
  reduction('greatest'),
  reduction('least'),
  ofDouble('acos', Math.acos),
  ofDouble('asin', Math.asin),
  ofDouble('atan', Math.atan),
  ofDouble('cbrt', Math.cbrt),
  ofDouble('ceil', Math.ceil),
  ofDouble('cos', Math.cos),
  ofDouble('cosh', Math.cosh),
  ofDouble('cot', (x) => Math.cos(x) / Math.sin(x)),
  ofDouble('exp', Math.exp),
  ofDouble('expm1', Math.expm1),
  ofDouble('floor', Math.floor),
  ofDouble('log', Math.log),
  ofDouble('log10', Math.log10),
  ofDouble('log1p', Math.log1p),
  ofDouble('nextup', (x) => next(x, Number.POSITIVE_INFINITY)),
  ofDouble('rint', rint),
  ofDouble('signum', Math.sign),
  ofDouble('sin', Math.sin),
  ofDouble('sinh', Math.sinh),
  ofDouble('sqrt', Math.sqrt),
  ofDouble('tan', Math.tan),
  ofDouble('tanh', Math.tanh),
  ofDouble('todegrees', (x) => (x * 180) / Math.PI),
  ofDouble('toradians', (x) => (x / 180) * Math.PI),
  ofDouble('ulp', ulp),
  ofDoubles('atan2', Math.atan2),
  ofDoubles('copysign', (x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x))),
  ofDoubles('hypot', Math.hypot),
  ofDoubles('remainder', remainder),
  ofDoubles('pow', Math.pow),
  ofDoubles('nextafter', next),
  ofLongs('bitwiseand', (x, y) => x & y),
  ofLongs('bitwiseor', (x, y) => x | y),
  ofLongs('bitwisexor', (x, y) => x ^ y),
  ofLongs('bitwiseshiftleft', (x, y) => x << (y & 63n)),
  ofLongs('bitwiseshiftright', (x, y) => x >> (y & 63n)),
];
