/**
 * Joda-Time patterns (`yyyy-MM-dd HH:mm:ss.SSS`, `dd/MMM/yyyy:HH:mm:ss Z`) compiled to readers. Every numeric field, English
 * month, weekday and half-day names, offsets and zone names are read; eras, centuries and week years are refused.
 */
import { DAY_MS, daysInMonth, epochDay } from './calendar.js';
import { invalidInput } from './druid-error.js';
import { parseOffsetMs, readFixedForm, SPACE, T } from './iso-time.js';
import { findTimeZone, localToUtc } from './time-zone.js';

/** Fields as they are read; reused from text to text. */
interface Fields {
  year: number;
  month: number;
  day: number;
  /** 0 = not given. */
  dayOfYear: number;
  hour: number;
  /** -1 = not given. */
  halfDay: number;
  minute: number;
  second: number;
  millis: number;
  offsetMs: number;
  zone: string;
}

/** Reads its field at `at`; returns the position after it, or -1. */
type Step = (text: string, at: number, fields: Fields) => number;

type NumericField = 'year' | 'month' | 'day' | 'dayOfYear' | 'hour' | 'minute' | 'second';

const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/**
 * A reader of texts in this pattern: epoch ms, or undefined when the text does not match. Without a zone the time is UTC.
 * @throws DruidError INVALID_INPUT when the pattern has an unknown letter
 */
export function compileJodaPattern(pattern: string): (text: string) => number | undefined {
  const general = compileGeneral(pattern);
  const fixed = FIXED_FORMS[pattern];
  if (fixed === undefined) return general;
  const { length, separator } = fixed;
  return (text) => (text.length === length ? readFixedForm(text, separator) : undefined) ?? general(text);
}

/** Patterns that have a reader of their own, with the length of the texts that it is for. */
const FIXED_FORMS: Readonly<Record<string, { readonly length: number; readonly separator: number }>> = {
  'yyyy-MM-dd': { length: 10, separator: SPACE },
  'yyyy-MM-dd HH:mm:ss': { length: 19, separator: SPACE },
  'yyyy-MM-dd HH:mm:ss.SSS': { length: 23, separator: SPACE },
  "yyyy-MM-dd'T'HH:mm:ss": { length: 19, separator: T },
  "yyyy-MM-dd'T'HH:mm:ss.SSS": { length: 23, separator: T },
  "yyyy-MM-dd'T'HH:mm:ss'Z'": { length: 20, separator: T },
  "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'": { length: 24, separator: T },
};

function compileGeneral(pattern: string): (text: string) => number | undefined {
  const steps = compileSteps(pattern);
  return (text) => {
    const fields: Fields = {
      year: 1970,
      month: 1,
      day: 1,
      dayOfYear: 0,
      hour: 0,
      halfDay: -1,
      minute: 0,
      second: 0,
      millis: 0,
      offsetMs: 0,
      zone: '',
    };
    let at = 0;
    for (const step of steps) {
      at = step(text, at, fields);
      if (at < 0) return undefined;
    }
    return at === text.length ? toMs(fields) : undefined;
  };
}

function toMs(fields: Fields): number | undefined {
  const { year, month, day, dayOfYear, minute, second } = fields;
  const hour = fields.halfDay < 0 ? fields.hour : (fields.hour % 12) + fields.halfDay * 12;
  if (hour > 23 || minute > 59 || second > 59 || month < 1 || month > 12) return undefined;
  if (day < 1 || day > daysInMonth(year, month) || dayOfYear > 366) return undefined;
  const days = dayOfYear > 0 ? epochDay(year, 1, dayOfYear) : epochDay(year, month, day);
  const localMs = days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + fields.millis;
  if (fields.zone === '') return localMs - fields.offsetMs;
  const zone = findTimeZone(fields.zone);
  return zone && localToUtc(zone, localMs);
}

function compileSteps(pattern: string): Step[] {
  const tokens = [...pattern.matchAll(/([a-zA-Z])\1*|'((?:[^']|'')*)'|[^a-zA-Z']+|'/g)];
  return tokens.map((match, i) => {
    const [token, letter, quoted] = match;
    if (quoted !== undefined) return literal(quoted === '' ? "'" : quoted.replaceAll("''", "'"));
    if (letter === undefined) return literal(token);
    const next = tokens[i + 1]?.[1];
    return fieldStep(letter, token.length, next !== undefined && 'yYMdDHkKhmsS'.includes(next), pattern);
  });
}

function fieldStep(letter: string, length: number, digitsFollow: boolean, pattern: string): Step {
  switch (letter) {
    case 'y':
    case 'Y':
      return length === 2 ? twoDigitYear() : numeric('year', digitsFollow ? length : 9, true);
    case 'M':
      return length >= 3 ? name(MONTHS, (fields, i) => (fields.month = i + 1)) : numeric('month', 2);
    case 'd':
      return numeric('day', Math.max(2, length));
    case 'D':
      return numeric('dayOfYear', 3);
    case 'H':
    case 'K':
    case 'h':
      return numeric('hour', 2);
    case 'k':
      return clockHour();
    case 'm':
      return numeric('minute', 2);
    case 's':
      return numeric('second', 2);
    case 'S':
      return fraction(length);
    case 'a':
      return name(['am', 'pm'], (fields, i) => (fields.halfDay = i));
    case 'E':
      return name(WEEKDAYS, () => undefined);
    case 'Z':
      return length >= 3 ? zoneName() : offset();
    case 'z':
      return zoneName();
    default:
      throw invalidInput(`Timestamp format [${pattern}] has letter [${letter}], which is not supported`);
  }
}

function literal(expected: string): Step {
  return (text, at) => (text.startsWith(expected, at) ? at + expected.length : -1);
}

function numeric(field: NumericField, maxDigits: number, signed = false): Step {
  return (text, at, fields) => {
    const sign = signed && (text[at] === '-' || text[at] === '+') ? 1 : 0;
    const from = at + sign;
    const end = digitsEnd(text, from, maxDigits);
    if (end === from) return -1;
    fields[field] = Number(text.slice(from, end)) * (sign === 1 && text[at] === '-' ? -1 : 1);
    return end;
  };
}

/** Two digits mean the year nearest to now (Joda's pivot of this year + 19), more digits the year itself. */
function twoDigitYear(): Step {
  const newest = new Date().getUTCFullYear() + 19;
  return (text, at, fields) => {
    const end = digitsEnd(text, at, 9);
    if (end === at) return -1;
    const value = Number(text.slice(at, end));
    fields.year = end - at === 2 ? newest - ((((newest - value) % 100) + 100) % 100) : value;
    return end;
  };
}

function clockHour(): Step {
  const read = numeric('hour', 2);
  return (text, at, fields) => {
    const end = read(text, at, fields);
    if (fields.hour === 24) fields.hour = 0;
    return end;
  };
}

function fraction(maxDigits: number): Step {
  return (text, at, fields) => {
    const end = digitsEnd(text, at, maxDigits);
    if (end === at) return -1;
    fields.millis = Number(text.slice(at, end).slice(0, 3).padEnd(3, '0'));
    return end;
  };
}

/** A full or three-letter English name in any case. */
function name(names: readonly string[], set: (fields: Fields, index: number) => unknown): Step {
  return (text, at, fields) => {
    const word = /^[a-z]+/i.exec(text.slice(at, at + 12))?.[0].toLowerCase();
    if (word === undefined) return -1;
    const index = names.findIndex((full) => word === full || word === full.slice(0, 3));
    if (index < 0) return -1;
    set(fields, index);
    return at + word.length;
  };
}

function offset(): Step {
  return (text, at, fields) => {
    const match = /^(?:Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)/.exec(text.slice(at, at + 9));
    if (!match) return -1;
    fields.offsetMs = match[0] === 'Z' ? 0 : parseOffsetMs(match[0]);
    return at + match[0].length;
  };
}

function zoneName(): Step {
  return (text, at, fields) => {
    const match = /^(?:[A-Za-z][\w+\-/]*|[+-]\d{2}:?\d{2})/.exec(text.slice(at));
    if (!match || !findTimeZone(match[0])) return -1;
    fields.zone = match[0];
    return at + match[0].length;
  };
}

function digitsEnd(text: string, from: number, maxDigits: number): number {
  let end = from;
  const limit = Math.min(text.length, from + maxDigits);
  while (end < limit && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
  return end;
}
