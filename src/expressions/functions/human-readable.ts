/** Sizes for people: `1.00 MiB`, `1.00 MB`, `1.00 M`. @source Druid `HumanReadableBytes#format` */
import { asLong } from '../coercion.js';
import { type ExprType, ExpressionError } from '../expr.js';
import type { ExprFunction } from './expr-function.js';

interface Units {
  readonly base: number;
  /** Of the powers of the base, from the first. */
  readonly prefixes: readonly string[];
  readonly suffix: string;
}

const BINARY: Units = { base: 1024, prefixes: ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'], suffix: 'B' };
const DECIMAL_BYTES: Units = { base: 1000, prefixes: ['K', 'M', 'G', 'T', 'P', 'E'], suffix: 'B' };
const DECIMAL: Units = { ...DECIMAL_BYTES, suffix: '' };

function humanReadable(name: string, units: Units): ExprFunction {
  return {
    names: [name],
    arity: [1, 2],
    outputType: (): ExprType => 'STRING',
    bind:
      () =>
      ([value, digits]) => {
        if (value === null || value === undefined) return null;
        if (typeof value !== 'bigint' && typeof value !== 'number') {
          throw new ExpressionError(`Function[${name}] needs a number as its first argument`);
        }
        const precision = digits === undefined || digits === null ? 2 : Number(asLong(digits));
        if (!(precision >= 0 && precision <= 3)) {
          throw new ExpressionError(`Given precision[${precision}] of Function[${name}] must be in the range of [0,3]`);
        }
        return sizeText(asLong(value)!, precision, units);
      },
  };
}

/** Whole numbers are divided step by step, each rest dropped; only the last division keeps its fraction. */
function sizeText(value: bigint, precision: number, { base, prefixes, suffix }: Units): string {
  const isNegative = value < 0n;
  let rest = isNegative ? -value : value;
  const step = BigInt(base);
  if (rest < step) return suffix === '' ? String(value) : `${value} ${suffix}`;
  let prefix = 0;
  // What would round up to a whole unit takes the next one, as in 999,999 bytes.
  const limit = base === 1000 ? 999_950n : 1_048_525n;
  while (rest >= limit && prefix + 1 < prefixes.length) {
    rest /= step;
    prefix++;
  }
  return `${isNegative ? '-' : ''}${quotientText(rest, step, precision)} ${prefixes[prefix]}${suffix}`;
}

/** With so many digits after the point, halves rounded up. */
function quotientText(value: bigint, divisor: bigint, precision: number): string {
  const scaled = (2n * value * 10n ** BigInt(precision) + divisor) / (2n * divisor);
  const digits = String(scaled).padStart(precision + 1, '0');
  const whole = digits.length - precision;
  return precision === 0 ? digits : `${digits.slice(0, whole)}.${digits.slice(whole)}`;
}

export const humanReadableFunctions: readonly ExprFunction[] = [
  humanReadable('human_readable_binary_byte_format', BINARY),
  humanReadable('human_readable_decimal_byte_format', DECIMAL_BYTES),
  humanReadable('human_readable_decimal_format', DECIMAL),
];
