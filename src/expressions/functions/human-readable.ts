/** Sizes for people: `1.00 MiB`, `1.00 MB`, `1.00 M`. @source Druid `HumanReadableBytes#format` */
import { asDouble, asLong } from '../coercion.js';
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
        return sizeText(Math.trunc(asDouble(value)!), precision, units);
      },
  };
}

function sizeText(value: number, precision: number, { base, prefixes, suffix }: Units): string {
  const magnitude = Math.abs(value);
  if (magnitude < base) return suffix === '' ? String(value) : `${value} ${suffix}`;
  let power = 0;
  let scaled = magnitude;
  while (scaled >= base && power < prefixes.length) {
    scaled /= base;
    power++;
  }
  // A rounded value that reaches the base takes the next prefix, as in 999,999 bytes.
  if (Number(scaled.toFixed(precision)) >= base && power < prefixes.length && base === 1000) {
    scaled /= base;
    power++;
  }
  return `${value < 0 ? '-' : ''}${scaled.toFixed(precision)} ${prefixes[power - 1]}${suffix}`;
}

export const humanReadableFunctions: readonly ExprFunction[] = [
  humanReadable('human_readable_binary_byte_format', BINARY),
  humanReadable('human_readable_decimal_byte_format', DECIMAL_BYTES),
  humanReadable('human_readable_decimal_format', DECIMAL),
];
