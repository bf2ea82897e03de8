/** Instants: LONG of epoch ms. Periods, zones and patterns are constants as a rule. @source Druid `query/expression/Timestamp*.java`, `Function.java` */
import { addPeriod, type Period, parsePeriod } from '../../common/period.js';
import { granularityFromJson } from '../../common/granularity.js';
import { formatIso, parseIsoInstant, parseSpacedInstant } from '../../common/iso-time.js';
import { jodaFormatter, localFields } from '../../common/joda-format.js';
import { compileJodaPattern } from '../../common/joda-pattern.js';
import { findTimeZone, localToUtc, type TimeZone, UTC } from '../../common/time-zone.js';
import { addMonths } from '../../common/calendar.js';
import { asLong, asText } from '../coercion.js';
import { type Expr, type ExprType, type ExprValue, ExpressionError } from '../expr.js';
import { type ExprFunction, strict } from './expr-function.js';

const LONG = (): ExprType => 'LONG';
const MAX_KEPT = 256;

/** Of constants; values that change from row to row are few as a rule, so they are kept. */
function memo<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      if (known.size >= MAX_KEPT) known.clear();
      value = make(key);
      known.set(key, value);
    }
    return value;
  };
}

/** Unknown names mean UTC, as everywhere in Druid. */
const zoneNamed = memo((name) => findTimeZone(name) ?? UTC);

function zoneOf(value: ExprValue | undefined): TimeZone {
  return value === null || value === undefined ? UTC : zoneNamed(asText(value)!);
}

const periodOf = memo((text): Period => {
  const period = parsePeriod(text);
  if (period === undefined) throw new ExpressionError(`Invalid format: "${text}"`);
  return period;
});

interface Buckets {
  bucketStart(utcMs: number): number;
  bucketEnd(startMs: number): number;
}

/** @param key period, origin and zone, separated by line feeds */
const bucketsOf = memo((key): Buckets => {
  const [period = '', origin = '', zone = 'UTC'] = key.split('\n');
  periodOf(period);
  return granularityFromJson({
    type: 'period',
    period,
    timeZone: zone,
    originMs: origin === '' ? null : Number(origin),
  });
});

function buckets(period: ExprValue, origin: ExprValue | undefined, zone: ExprValue | undefined): Buckets {
  const originMs = origin === null || origin === undefined ? '' : String(originOf(origin, zoneOf(zone)));
  return bucketsOf(`${asText(period)}\n${originMs}\n${zoneOf(zone).name}`);
}

function originOf(origin: ExprValue, zone: TimeZone): number {
  if (typeof origin === 'string') {
    const ms = parseIsoInstant(origin, zone);
    if (ms !== undefined) return ms;
  }
  const ms = asLong(origin);
  if (ms === null) throw new ExpressionError(`Invalid origin [${asText(origin)}]`);
  return Number(ms);
}

/** Constants are tried out at once, so that a bad period fails the query and not a row. */
function checkPeriod(args: readonly Expr[], index: number): void {
  const period = args[index];
  if (period?.kind === 'literal' && period.value !== null) periodOf(asText(period.value)!);
}

const floor: ExprFunction = {
  names: ['timestamp_floor'],
  arity: [2, 4],
  outputType: LONG,
  bind: (args) => {
    checkPeriod(args, 1);
    return ([time, period, origin, zone]) => {
      const ms = asLong(time!);
      return ms === null ? null : BigInt(buckets(period!, origin, zone).bucketStart(Number(ms)));
    };
  },
};

const ceil: ExprFunction = {
  names: ['timestamp_ceil'],
  arity: [2, 4],
  outputType: LONG,
  bind: (args) => {
    checkPeriod(args, 1);
    return ([time, period, origin, zone]) => {
      const ms = asLong(time!);
      if (ms === null) return null;
      const of = buckets(period!, origin, zone);
      const start = of.bucketStart(Number(ms));
      return BigInt(start === Number(ms) ? start : of.bucketEnd(start));
    };
  },
};

const shift: ExprFunction = {
  names: ['timestamp_shift'],
  arity: [3, 4],
  outputType: LONG,
  bind: (args) => {
    checkPeriod(args, 1);
    return ([time, period, step, zone]) => {
      const ms = asLong(time!);
      const times = asLong(step!);
      if (ms === null || times === null) return null;
      return BigInt(addPeriod(Number(ms), periodOf(asText(period!) ?? ''), Number(times), zoneOf(zone)));
    };
  },
};

type Unit = (utcMs: number, zone: TimeZone) => bigint | number;

const UNITS: Readonly<Record<string, Unit>> = {
  EPOCH: (ms) => BigInt(Math.trunc(ms / 1000)),
  MILLISECOND: (ms, zone) => BigInt(localFields(ms, zone).millis),
  SECOND: (ms, zone) => BigInt(localFields(ms, zone).second),
  MINUTE: (ms, zone) => BigInt(localFields(ms, zone).minute),
  HOUR: (ms, zone) => BigInt(localFields(ms, zone).hour),
  DAY: (ms, zone) => BigInt(localFields(ms, zone).day),
  DOW: (ms, zone) => BigInt(localFields(ms, zone).weekday),
  ISODOW: (ms, zone) => BigInt(localFields(ms, zone).weekday),
  DOY: (ms, zone) => BigInt(localFields(ms, zone).dayOfYear),
  WEEK: (ms, zone) => BigInt(localFields(ms, zone).week),
  MONTH: (ms, zone) => BigInt(localFields(ms, zone).month),
  QUARTER: (ms, zone) => BigInt(Math.ceil(localFields(ms, zone).month / 3)),
  YEAR: (ms, zone) => BigInt(localFields(ms, zone).year),
  ISOYEAR: (ms, zone) => BigInt(localFields(ms, zone).year),
  DECADE: (ms, zone) => BigInt(Math.trunc(localFields(ms, zone).year / 10)),
  CENTURY: (ms, zone) => Math.ceil(localFields(ms, zone).year / 100),
  MILLENNIUM: (ms, zone) => Math.ceil(localFields(ms, zone).year / 1000),
};
const DOUBLE_UNITS = new Set(['CENTURY', 'MILLENNIUM']);

const extract: ExprFunction = {
  names: ['timestamp_extract'],
  arity: [2, 3],
  outputType: (_types, args) => (DOUBLE_UNITS.has(unitName(args)) ? 'DOUBLE' : 'LONG'),
  bind: (args) => {
    const unit = UNITS[unitName(args)];
    if (unit === undefined) {
      throw new ExpressionError(
        `No enum constant org.apache.druid.query.expression.TimestampExtractExprMacro.Unit.${unitName(args)}`,
      );
    }
    return ([time, , zone]) => {
      const ms = asLong(time!);
      return ms === null ? null : unit(Number(ms), zoneOf(zone));
    };
  },
};

function unitName(args: readonly Expr[]): string {
  const arg = args[1];
  if (arg?.kind !== 'literal' || arg.value === null) {
    throw new ExpressionError('Function[timestamp_extract] unit arg must be literal');
  }
  return asText(arg.value)!.toUpperCase();
}

const reader = memo((key) => {
  const [zone = 'UTC', pattern = ''] = key.split('\n');
  return compileJodaPattern(pattern, zoneNamed(zone));
});

/** ISO, or with a space for the T; null where it cannot be read. */
const parse: ExprFunction = {
  names: ['timestamp_parse'],
  arity: [1, 3],
  outputType: LONG,
  bind:
    () =>
    ([value, pattern, zone]) => {
      const text = asText(value!);
      if (text === null) return null;
      const local = zoneOf(zone);
      const ms =
        pattern === undefined || pattern === null
          ? parseSpacedInstant(text, local)
          : reader(`${local.name}\n${asText(pattern)}`)(text);
      return ms === undefined ? null : BigInt(ms);
    },
};

const writer = memo((pattern) => jodaFormatter(pattern));

const format: ExprFunction = {
  names: ['timestamp_format'],
  arity: [1, 3],
  outputType: () => 'STRING',
  bind:
    () =>
    ([time, pattern, zone]) => {
      const ms = asLong(time!);
      if (ms === null) return null;
      if (pattern === undefined || pattern === null) return formatIso(Number(ms), zoneOf(zone));
      return writer(asText(pattern)!)(Number(ms), zoneOf(zone));
    },
};

/** Unlike `timestamp_parse`, a text that cannot be read is an error. */
function instant(name: string, unitMs: number): ExprFunction {
  return {
    names: [name],
    arity: [1, 2],
    outputType: LONG,
    bind: () =>
      strict(([value, pattern]) => {
        const text = asText(value!)!;
        const ms = pattern === undefined ? parseIsoInstant(text) : reader(`UTC\n${asText(pattern)}`)(text);
        if (ms === undefined) throw new ExpressionError(`Function[${name}] invalid value ${text}`);
        return BigInt(Math.trunc(ms / unitMs));
      }),
  };
}

const subtractMonths: ExprFunction = {
  names: ['subtract_months'],
  arity: [3, 3],
  outputType: LONG,
  bind: () =>
    strict(([left, right, zone]) => {
      const local = zoneOf(zone);
      return BigInt(monthsBetween(Number(asLong(right!) ?? 0n), Number(asLong(left!) ?? 0n), local));
    }),
};

/** Whole months from one instant to another, as Joda counts them: a month is full when its day and time are reached. */
function monthsBetween(fromMs: number, toMs: number, zone: TimeZone): number {
  const from = localFields(fromMs, zone);
  const to = localFields(toMs, zone);
  let months = (to.year - from.year) * 12 + to.month - from.month;
  const reached = localToUtc(zone, addMonths(fromMs + from.offsetMs, months));
  if (months > 0 && reached > toMs) months--;
  else if (months < 0 && reached < toMs) months++;
  return months;
}

export const timeFunctions: readonly ExprFunction[] = [
  floor,
  ceil,
  shift,
  extract,
  parse,
  format,
  instant('timestamp', 1),
  instant('unix_timestamp', 1000),
  subtractMonths,
];
