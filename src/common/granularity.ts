/**
 * Time buckets. Names, defaults and alignment are Druid's: simple names mean UTC periods, weeks start on Monday, periods of
 * several units count from 1970-01-01T00:00 in their zone unless they have an origin.
 * @source Druid `PeriodGranularity.java`, `DurationGranularity.java`
 */
import { DAY_MS } from './calendar.js';
import { invalidInput } from './druid-error.js';
import { formatIso, parseIsoInstant } from './iso-time.js';
import { fixedPeriodMs, parsePeriod, parsePeriodMs } from './period.js';
import {
  AllBuckets,
  CalendarBuckets,
  ChainedBuckets,
  FixedBuckets,
  type TimeBuckets,
  WallClockBuckets,
} from './time-buckets.js';
import { findTimeZone, localToUtc, type TimeZone, timeZone, UTC } from './time-zone.js';

/** Plain data form; `granularityFromJson` makes it executable. */
export type GranularityJson =
  | { readonly type: 'all' | 'none' }
  | { readonly type: 'duration'; readonly durationMs: number; readonly originMs: number }
  | { readonly type: 'period'; readonly period: string; readonly timeZone: string; readonly originMs: number | null };

export interface Granularity extends TimeBuckets {
  readonly json: GranularityJson;
  readonly isAll: boolean;
  /** Buckets of one millisecond. */
  readonly isNone: boolean;
  /** Zone in which bucket starts are printed. */
  readonly formatZone: string;
}

const SIMPLE_PERIODS: Readonly<Record<string, string>> = {
  SECOND: 'PT1S',
  MINUTE: 'PT1M',
  FIVE_MINUTE: 'PT5M',
  TEN_MINUTE: 'PT10M',
  FIFTEEN_MINUTE: 'PT15M',
  THIRTY_MINUTE: 'PT30M',
  HOUR: 'PT1H',
  SIX_HOUR: 'PT6H',
  EIGHT_HOUR: 'PT8H',
  DAY: 'P1D',
  WEEK: 'P1W',
  MONTH: 'P1M',
  QUARTER: 'P3M',
  YEAR: 'P1Y',
};

/** @throws DruidError INVALID_INPUT when it is none of Druid's forms */
export function parseGranularity(json: unknown): Granularity {
  return granularityFromJson(parseGranularityJson(json));
}

/** Validates any Druid form. @throws DruidError INVALID_INPUT */
export function parseGranularityJson(json: unknown): GranularityJson {
  if (typeof json === 'string') return simpleGranularity(json);
  if (typeof json !== 'object' || json === null) throw invalidInput('Granularity must be a name or an object');
  const fields = json as Readonly<Record<string, unknown>>;
  const type = fields['type'];
  if (typeof type !== 'string') throw invalidInput('Granularity object has no [type]');
  switch (type) {
    case 'all':
    case 'none':
      return { type };
    case 'duration':
      return durationGranularity(fields);
    case 'period':
      return periodGranularity(fields);
    default:
      return simpleGranularity(type);
  }
}

/** The same object for the same plain form within a process. */
export function granularityFromJson(json: GranularityJson): Granularity {
  const key = JSON.stringify(json);
  const known = cache.get(key);
  if (known) return known;
  const buckets = bucketsOf(json);
  const made: Granularity = {
    json,
    isAll: json.type === 'all',
    isNone: json.type === 'none',
    formatZone: json.type === 'period' ? json.timeZone : 'UTC',
    bucketStart: (utcMs) => buckets.bucketStart(utcMs),
    bucketEnd: (bucketStartMs) => buckets.bucketEnd(bucketStartMs),
    bucketStarts: (interval) => buckets.bucketStarts(interval),
  };
  if (cache.size >= 500) cache.clear();
  cache.set(key, made);
  return made;
}

/** What Druid prints for it in specs, metadata and query plans. */
export function toDruidGranularity(json: GranularityJson): unknown {
  switch (json.type) {
    case 'all':
    case 'none':
      return { type: json.type };
    case 'duration':
      return { type: 'duration', duration: json.durationMs, origin: formatIso(json.originMs) };
    case 'period': {
      if (json.timeZone === 'UTC' && json.originMs === null) {
        const simple = Object.entries(SIMPLE_PERIODS).find(([, period]) => period === json.period);
        if (simple) return simple[0];
      }
      const origin = json.originMs === null ? null : formatIso(json.originMs, timeZone(json.timeZone));
      return { type: 'period', period: json.period, timeZone: json.timeZone, origin };
    }
  }
}

function simpleGranularity(name: string): GranularityJson {
  const upper = name.toUpperCase();
  if (upper === 'ALL') return { type: 'all' };
  if (upper === 'NONE') return { type: 'none' };
  const period = Object.hasOwn(SIMPLE_PERIODS, upper) ? SIMPLE_PERIODS[upper] : undefined;
  if (period === undefined) {
    const enumName = 'org.apache.druid.java.util.common.granularity.GranularityType';
    throw invalidInput(`No enum constant ${enumName}.${upper}`);
  }
  return { type: 'period', period, timeZone: 'UTC', originMs: null };
}

function durationGranularity(fields: Readonly<Record<string, unknown>>): GranularityJson {
  const duration = fields['duration'];
  const durationMs = typeof duration === 'string' ? (parsePeriodMs(duration) ?? Number(duration)) : duration;
  if (typeof durationMs !== 'number' || !Number.isSafeInteger(durationMs) || durationMs <= 0) {
    throw invalidInput('duration should be greater than 0!');
  }
  return { type: 'duration', durationMs, originMs: parseOrigin(fields['origin'], UTC) ?? 0 };
}

function periodGranularity(fields: Readonly<Record<string, unknown>>): GranularityJson {
  const text = fields['period'];
  if (typeof text !== 'string') throw invalidInput('period cannot be null');
  const period = parsePeriod(text);
  if (!period) throw invalidInput(`Invalid format: "${text}"`);
  if (Object.values(period).some((value) => value < 0) || Object.values(period).every((value) => value === 0)) {
    throw invalidInput(`Period [${text}] must be longer than zero`);
  }
  const zoneName = fields['timeZone'];
  const zone = typeof zoneName === 'string' ? (findTimeZone(zoneName) ?? UTC) : UTC;
  return { type: 'period', period: text, timeZone: zone.name, originMs: parseOrigin(fields['origin'], zone) ?? null };
}

function parseOrigin(value: unknown, zone: TimeZone): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const ms = typeof value === 'number' ? value : parseIsoInstant(String(value), zone);
  if (ms === undefined || !Number.isSafeInteger(ms)) throw invalidInput(`Invalid format: "${String(value)}"`);
  return ms;
}

/** Executable granularities by plain form. */
const cache = new Map<string, Granularity>();

function bucketsOf(json: GranularityJson): TimeBuckets {
  switch (json.type) {
    case 'all':
      return new AllBuckets();
    case 'none':
      return new FixedBuckets(1, 0);
    case 'duration':
      return new FixedBuckets(json.durationMs, json.originMs);
    case 'period':
      return periodBuckets(json);
  }
}

function periodBuckets(json: GranularityJson & { readonly type: 'period' }): TimeBuckets {
  const period = parsePeriod(json.period);
  if (!period) throw invalidInput(`Invalid format: "${json.period}"`);
  const zone = timeZone(json.timeZone);
  const originLocalMs = json.originMs === null ? 0 : json.originMs + zone.offsetMs(json.originMs);
  const originMs = json.originMs ?? localToUtc(zone, 0);
  const lengthMs = fixedPeriodMs(period);
  const units = Object.values(period).filter((value) => value !== 0);
  const isDays = period.days !== 0 || period.weeks !== 0;
  if (units.length > 1) {
    if (lengthMs !== undefined && (zone.isFixed || !isDays)) return new FixedBuckets(lengthMs, originMs);
    return new ChainedBuckets(period, zone, originMs);
  }
  if (lengthMs === undefined) {
    return new CalendarBuckets('months', period.years * 12 + period.months, originLocalMs, zone);
  }
  if (isDays) {
    // One week without an origin starts on Monday; several weeks count from the origin, Druid's default being a Thursday.
    const startLocalMs = period.weeks === 1 && json.originMs === null ? 4 * DAY_MS : originLocalMs;
    if (zone.isFixed) return new FixedBuckets(lengthMs, startLocalMs - zone.offsetMs(0));
    return new CalendarBuckets('days', period.weeks * 7 + period.days, startLocalMs, zone);
  }
  if (units[0] === 1 && json.originMs === null && !zone.isFixed) return new WallClockBuckets(lengthMs, zone);
  const fixedOriginMs = units[0] === 1 && json.originMs === null ? -zone.offsetMs(0) : originMs;
  return new FixedBuckets(lengthMs, fixedOriginMs);
}
