import { granularityFromJson } from '../../../common/granularity.js';
import { parsePeriod } from '../../../common/period.js';
import { findTimeZone } from '../../../common/time-zone.js';
import type { Expr } from '../../../expressions/expr.js';
import type { FunctionContext } from '../../../expressions/functions/expr-function.js';
import { functionNamed } from '../../../expressions/functions/registry.js';
import type { Room } from './arithmetic.js';
import { isNull } from './choices.js';
import { doubles, longs, type Numbers, toLongs } from './numbers.js';

export interface NumericFunction {
  /** So many of the last arguments are constants that were read already. */
  readonly literalArgs: number;
  readonly apply: (args: readonly Numbers[], n: number, room: Room) => Numbers | undefined;
}

type Call = Expr & { kind: 'call' };

/** A function over arrays, or undefined where there is none for these arguments. */
export function numericFunction(expr: Call, context: FunctionContext): NumericFunction | undefined {
  const real = REALS[expr.name];
  if (real !== undefined && expr.args.length === 1) return ofReals(real);
  switch (expr.name) {
    case 'isnull':
      return ofNulls(1, 0);
    case 'notnull':
      return ofNulls(0, 1);
    case 'abs':
      return { literalArgs: 0, apply: absolute };
    case 'cast':
      return castFunction(expr);
    case 'timestamp_floor':
      return floorFunction(expr);
    case 'timestamp_extract':
      return extractFunction(expr, context);
    default:
      return undefined;
  }
}

const REALS: Readonly<Record<string, (x: number) => number>> = {
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  log10: Math.log10,
  ceil: Math.ceil,
  floor: Math.floor,
};

function ofReals(apply: (x: number) => number): NumericFunction {
  return {
    literalArgs: 0,
    apply: ([of], n, { values }) => {
      if (of!.kind === 'NULL') return of;
      for (let i = 0; i < n; i++) values[i] = apply(of!.values[i]!);
      return doubles(values, of!.nulls);
    },
  };
}

function ofNulls(whenNull: number, otherwise: number): NumericFunction {
  return {
    literalArgs: 0,
    apply: ([of], n, { values }) => {
      for (let i = 0; i < n; i++) values[i] = isNull(of!, i) ? whenNull : otherwise;
      return longs(values, undefined, 0, 1);
    },
  };
}

function absolute([of]: readonly Numbers[], n: number, { values }: Room): Numbers | undefined {
  if (of === undefined || of.kind === 'NULL') return of;
  for (let i = 0; i < n; i++) values[i] = Math.abs(of.values[i]!);
  if (of.kind === 'LONG') return longs(values, of.nulls, 0, Math.max(Math.abs(of.min), Math.abs(of.max)));
  return doubles(values, of.nulls, of.isMixed);
}

function literalText(expr: Expr | undefined): string | undefined {
  return expr?.kind === 'literal' && typeof expr.value === 'string' ? expr.value : undefined;
}

function castFunction({ args }: Call): NumericFunction | undefined {
  const type = literalText(args[1])?.toUpperCase();
  if (args.length !== 2 || (type !== 'LONG' && type !== 'DOUBLE' && type !== 'FLOAT')) return undefined;
  return {
    literalArgs: 1,
    apply: ([of], n, { values }) => {
      if (of!.kind === 'NULL') return of;
      if (type !== 'LONG') return doubles(of!.values, of!.nulls);
      return of!.kind === 'LONG' ? of : toLongs(of!, n, values);
    },
  };
}

/** `timestamp_floor(t, period)` with an optional null origin and a zone, all constant. */
function floorFunction({ args }: Call): NumericFunction | undefined {
  const period = literalText(args[1]);
  const zone = args[3] === undefined ? 'UTC' : literalText(args[3]);
  const hasOrigin = args[2] !== undefined && (args[2].kind !== 'literal' || args[2].value !== null);
  if (period === undefined || zone === undefined || hasOrigin) return undefined;
  if (parsePeriod(period) === undefined || findTimeZone(zone) === undefined) return undefined;
  const buckets = granularityFromJson({ type: 'period', period, timeZone: zone, originMs: null });
  return {
    literalArgs: args.length - 1,
    apply: ([of], n, { values }) => {
      if (of!.kind === 'NULL') return of;
      if (of!.kind !== 'LONG') return undefined;
      if (of!.min < MIN_TIME || of!.max > MAX_TIME) return undefined;
      let [start, end] = [Number.NaN, Number.NaN];
      let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let i = 0; i < n; i++) {
        if (of!.nulls?.[i] === 1) continue;
        const time = of!.values[i]!;
        // Neighbours are mostly in one bucket.
        if (!(time >= start && time < end)) {
          start = buckets.bucketStart(time);
          end = buckets.bucketEnd(start);
          if (start < min) min = start;
          if (start > max) max = start;
        }
        values[i] = start;
      }
      return longs(values, of!.nulls, min, max);
    },
  };
}

/** Times for which zones have offsets in quarters of an hour: 1973 to 2100. */
const QUARTER_MS = 900_000;
const FIRST_QUARTERS = 94_694_400_000;
const MAX_TIME = 4_102_444_800_000;
const MIN_TIME = -MAX_TIME;
const COARSE = new Set('HOUR DAY DOW ISODOW DOY WEEK MONTH QUARTER YEAR ISOYEAR DECADE CENTURY MILLENNIUM'.split(' '));

/** `timestamp_extract(t, unit, zone)` of units that hold for quarters of an hour: computed once for each. */
function extractFunction(expr: Call, context: FunctionContext): NumericFunction | undefined {
  const { args, name } = expr;
  const unit = literalText(args[1])?.toUpperCase();
  if (unit === undefined || !COARSE.has(unit) || args.slice(1).some((arg) => arg.kind !== 'literal')) return undefined;
  const constants = args.slice(1).map((arg) => (arg.kind === 'literal' ? arg.value : null));
  const extract = functionNamed(name)!.bind(args, context);
  const known = new Map<number, number>();
  const valueOf = (quarter: number): number => {
    let value = known.get(quarter);
    if (value === undefined) {
      value = Number(extract([BigInt(quarter * QUARTER_MS), ...constants]));
      known.set(quarter, value);
    }
    return value;
  };
  return {
    literalArgs: args.length - 1,
    apply: ([of], n, { values }) => {
      if (of!.kind === 'NULL') return of;
      if (of!.kind !== 'LONG' || of!.min < FIRST_QUARTERS || of!.max > MAX_TIME) return undefined;
      let [last, value] = [Number.NaN, 0];
      for (let i = 0; i < n; i++) {
        if (of!.nulls?.[i] === 1) continue;
        const quarter = Math.floor(of!.values[i]! / QUARTER_MS);
        if (quarter !== last) {
          value = valueOf(quarter);
          last = quarter;
        }
        values[i] = value;
      }
      return longs(values, of!.nulls, 0, 10_000);
    },
  };
}
