/** Instants as text by Joda patterns. @source Joda-Time `DateTimeFormat` */
import { civilDate, DAY_MS, epochDay } from './calendar.js';
import { DruidError } from './druid-error.js';
import type { TimeZone } from './time-zone.js';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** The parts of a local time that patterns and extractions ask for. */
export interface LocalFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Monday is 1. */
  readonly weekday: number;
  readonly dayOfYear: number;
  readonly weekYear: number;
  readonly week: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millis: number;
  readonly offsetMs: number;
}

export function localFields(utcMs: number, zone: TimeZone): LocalFields {
  const offsetMs = zone.offsetMs(utcMs);
  const localMs = utcMs + offsetMs;
  const days = Math.floor(localMs / DAY_MS);
  const rest = localMs - days * DAY_MS;
  const { year, month, day } = civilDate(days);
  // 1970-01-01 was a Thursday.
  const weekday = ((((days + 3) % 7) + 7) % 7) + 1;
  const thursday = days - weekday + 4;
  const weekYear = civilDate(thursday).year;
  return {
    year,
    month,
    day,
    weekday,
    dayOfYear: days - epochDay(year, 1, 1) + 1,
    weekYear,
    week: Math.floor((thursday - epochDay(weekYear, 1, 1)) / 7) + 1,
    hour: Math.floor(rest / 3_600_000),
    minute: Math.floor(rest / 60_000) % 60,
    second: Math.floor(rest / 1000) % 60,
    millis: rest % 1000,
    offsetMs,
  };
}

type Part = (fields: LocalFields, zone: TimeZone, utcMs: number) => string;

/**
 * A writer of instants in this pattern.
 * @throws DruidError INVALID_INPUT when the pattern has an unknown letter
 */
export function jodaFormatter(
  pattern: string,
  locale: string | null = null,
): (utcMs: number, zone: TimeZone) => string {
  const parts = [...pattern.matchAll(/([a-zA-Z])\1*|'((?:[^']|'')*)'|[^a-zA-Z']+|'/g)].map(
    ([token, letter, quoted]) => {
      if (quoted !== undefined) return fixed(quoted === '' ? "'" : quoted.replaceAll("''", "'"));
      return letter === undefined ? fixed(token) : fieldPart(letter, token.length, pattern, locale);
    },
  );
  return (utcMs, zone) => {
    const fields = localFields(utcMs, zone);
    let text = '';
    for (const part of parts) text += part(fields, zone, utcMs);
    return text;
  };
}

function fixed(text: string): Part {
  return () => text;
}

function number(length: number, of: (fields: LocalFields) => number): Part {
  return (fields) => {
    const value = of(fields);
    const digits = String(Math.abs(value)).padStart(length, '0');
    return value < 0 ? `-${digits}` : digits;
  };
}

/** Two letters give two digits, any other count the whole year. */
function yearPart(length: number, of: (fields: LocalFields) => number): Part {
  return length === 2 ? number(2, (fields) => Math.abs(of(fields)) % 100) : number(length, of);
}

function fieldPart(letter: string, length: number, pattern: string, locale: string | null): Part {
  switch (letter) {
    case 'y':
    case 'Y':
      return yearPart(length, (fields) => fields.year);
    case 'x':
      return yearPart(length, (fields) => fields.weekYear);
    case 'M':
      return length < 3 ? number(length, (fields) => fields.month) : monthName(length, locale);
    case 'd':
      return number(length, (fields) => fields.day);
    case 'D':
      return number(length, (fields) => fields.dayOfYear);
    case 'w':
      return number(length, (fields) => fields.week);
    case 'e':
      return number(length, (fields) => fields.weekday);
    case 'E':
      return weekdayName(length, locale);
    case 'a':
      return (fields) => (fields.hour < 12 ? 'AM' : 'PM');
    case 'H':
      return number(length, (fields) => fields.hour);
    case 'k':
      return number(length, (fields) => (fields.hour === 0 ? 24 : fields.hour));
    case 'K':
      return number(length, (fields) => fields.hour % 12);
    case 'h':
      return number(length, (fields) => (fields.hour % 12 === 0 ? 12 : fields.hour % 12));
    case 'm':
      return number(length, (fields) => fields.minute);
    case 's':
      return number(length, (fields) => fields.second);
    case 'S':
      return (fields) => String(fields.millis).padStart(3, '0').padEnd(length, '0').slice(0, length);
    case 'G':
      return (fields) => (fields.year > 0 ? 'AD' : 'BC');
    case 'C':
      return number(length, (fields) => Math.floor(fields.year / 100));
    case 'z':
      return zoneName(length, locale);
    case 'Z':
      if (length >= 3) return (_fields, zone) => zone.name;
      return (fields) => offsetText(fields.offsetMs, length === 2);
    default:
      throw new DruidError(`Illegal pattern component: ${letter.repeat(length)} in [${pattern}]`, {
        category: 'INVALID_INPUT',
      });
  }
}

function isEnglish(locale: string | null): boolean {
  return locale === null || locale.toLowerCase().startsWith('en');
}

function monthName(length: number, locale: string | null): Part {
  if (isEnglish(locale)) return ({ month }) => (length === 3 ? MONTHS[month - 1]!.slice(0, 3) : MONTHS[month - 1]!);
  const format = names(locale, { month: length === 3 ? 'short' : 'long' });
  return ({ month }) => format.format(Date.UTC(2024, month - 1, 1));
}

function weekdayName(length: number, locale: string | null): Part {
  if (isEnglish(locale))
    return ({ weekday }) => (length <= 3 ? WEEKDAYS[weekday - 1]!.slice(0, 3) : WEEKDAYS[weekday - 1]!);
  const format = names(locale, { weekday: length <= 3 ? 'short' : 'long' });
  // 2024-01-01 was a Monday.
  return ({ weekday }) => format.format(Date.UTC(2024, 0, weekday));
}

function zoneName(length: number, locale: string | null): Part {
  return (_fields, zone, utcMs) => {
    if (zone.name === 'UTC') return length < 4 ? 'UTC' : 'Coordinated Universal Time';
    if (/^[+-]/.test(zone.name)) return zone.name;
    const format = names(locale, { timeZone: zone.name, timeZoneName: length < 4 ? 'short' : 'long' });
    return format.formatToParts(utcMs).find((part) => part.type === 'timeZoneName')?.value ?? zone.name;
  };
}

/** @throws DruidError INVALID_INPUT for a locale that is none */
function names(locale: string | null, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(locale?.replace('_', '-') ?? 'en-US', { timeZone: 'UTC', ...options });
  } catch (cause) {
    throw new DruidError(`Invalid locale [${locale}]`, { category: 'INVALID_INPUT', cause });
  }
}

function offsetText(offsetMs: number, colon: boolean): string {
  const minutes = Math.abs(Math.trunc(offsetMs / 60_000));
  const hours = String(Math.floor(minutes / 60)).padStart(2, '0');
  const rest = String(minutes % 60).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${hours}${colon ? ':' : ''}${rest}`;
}
