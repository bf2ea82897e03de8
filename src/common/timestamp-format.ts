/** Readers of event timestamps by `timestampSpec.format`. @source Druid `TimestampParser.java` */
import { ETERNITY } from './interval.js';
import { parseIsoInstant, parseSpacedInstant } from './iso-time.js';
import { compileJodaPattern } from './joda-pattern.js';
import { findTimeZone, UTC } from './time-zone.js';

/** Epoch ms of a value as it came from the input, or undefined when it is no timestamp of that format. */
export type TimestampParser = (value: unknown) => number | undefined;

/**
 * The reader for a format: `auto`, `iso`, `posix`, `millis`, `micro`, `nano`, `ruby` (any case), else a Joda pattern.
 * @throws DruidError INVALID_INPUT when the pattern is not understood
 */
export function timestampParser(format: string): TimestampParser {
  switch (format.toLowerCase()) {
    case 'auto':
      return parseAuto;
    case 'iso':
      return (value) => parseText(value, (text) => parseIsoInstant(text));
    case 'posix':
      return (value) => wholeNumber(value, (seconds) => seconds * 1000);
    case 'millis':
      return (value) => wholeNumber(value, (ms) => ms);
    case 'micro':
      return (value) => wholeNumber(value, (micros) => Math.trunc(micros / 1000));
    case 'nano':
      return parseNano;
    case 'ruby':
      return parseRuby;
    default: {
      const pattern = compileJodaPattern(format);
      return (value) => parseText(value, pattern);
    }
  }
}

function inRange(ms: number): number | undefined {
  return ms > ETERNITY.startMs && ms < ETERNITY.endMs ? ms : undefined;
}

function parseAuto(value: unknown): number | undefined {
  if (typeof value === 'number') return inRange(Math.trunc(value));
  if (typeof value === 'bigint') return inRange(Number(value));
  if (typeof value !== 'string' || value === '') return undefined;
  if (/^\d+$/.test(value)) return inRange(Number(value));
  const text = stripQuotes(value);
  const fast = parseIsoInstant(text);
  if (fast !== undefined) return fast;
  const space = text.lastIndexOf(' ');
  if (space > 2) {
    const zone = findTimeZone(text.slice(space + 1));
    if (zone) return parseSpacedInstant(text.slice(0, space), zone);
  }
  return parseSpacedInstant(text, UTC);
}

function parseText(value: unknown, parse: (text: string) => number | undefined): number | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  return parse(typeof value === 'string' ? stripQuotes(value) : String(value));
}

function wholeNumber(value: unknown, toMs: (n: number) => number): number | undefined {
  if (typeof value === 'number') return inRange(toMs(Math.trunc(value)));
  if (typeof value === 'bigint') return inRange(toMs(Number(value)));
  if (typeof value !== 'string') return undefined;
  const text = stripQuotes(value);
  return /^[+-]?\d{1,19}$/.test(text) ? inRange(toMs(Number(text))) : undefined;
}

/** Nanoseconds of today do not fit a double, so text and bigint are divided exactly. */
function parseNano(value: unknown): number | undefined {
  if (typeof value === 'bigint') return inRange(Number(value / 1_000_000n));
  if (typeof value === 'string') {
    const text = stripQuotes(value);
    return /^[+-]?\d{1,19}$/.test(text) ? inRange(Number(BigInt(text.replace('+', '')) / 1_000_000n)) : undefined;
  }
  return wholeNumber(value, (nanos) => Math.trunc(nanos / 1_000_000));
}

function parseRuby(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? Number(stripQuotes(value) || Number.NaN) : Number(value ?? Number.NaN);
  return Number.isFinite(seconds) ? inRange(Math.trunc(seconds * 1000)) : undefined;
}

function stripQuotes(text: string): string {
  const trimmed = text.trim();
  return trimmed.length >= 2 && trimmed.startsWith('"') && trimmed.endsWith('"')
    ? trimmed.slice(1, -1).trim()
    : trimmed;
}
