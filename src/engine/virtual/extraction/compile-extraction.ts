/** Extraction functions as functions of one value. @source Druid `query/extraction/*.java` */
import { granularityFromJson } from '../../../common/granularity.js';
import { formatIso } from '../../../common/iso-time.js';
import { jodaFormatter } from '../../../common/joda-format.js';
import { doubleToString } from '../../../common/java-number.js';
import { linearRegex } from '../../../common/linear-regex.js';
import { timeZone } from '../../../common/time-zone.js';
import { timestampParser } from '../../../common/timestamp-format.js';
import { asLong, asText } from '../../../expressions/coercion.js';
import type { ExprValue } from '../../../expressions/expr.js';
import { unknownLookup } from '../../../expressions/unknown-lookup.js';
import type { FunctionContext } from '../../../expressions/functions/expr-function.js';
import { formatJava } from '../../../expressions/functions/java-format.js';
import type { ExtractionFn } from '../../../query/extraction-fn.js';
import { tryParseDouble } from '../../../vectors/number-text.js';
import { isFound } from '../../filter/search-text.js';

/** A value, which may be a number, to text. */
export type Extraction = (value: ExprValue) => string | null;

/** The locale of no language. */
const ROOT = 'und';

type Fn<T extends ExtractionFn['type']> = Extract<ExtractionFn, { readonly type: T }>;

export function compileExtraction(fn: ExtractionFn, context: FunctionContext): Extraction {
  switch (fn.type) {
    case 'identity':
      return asText;
    case 'upper':
      return ofText((text) => text.toLocaleUpperCase(fn.locale ?? ROOT));
    case 'lower':
      return ofText((text) => text.toLocaleLowerCase(fn.locale ?? ROOT));
    case 'strlen':
      return ofText((text) => String(text.length));
    case 'regex':
      return regex(fn);
    case 'partial': {
      const pattern = linearRegex(fn.expr);
      return ofText((text) => (pattern.test(text) ? text : null));
    }
    case 'searchQuery':
      return ofText((text) => (isFound(fn.query, text) ? text : null));
    case 'substring':
      return substring(fn);
    case 'timeFormat':
      return timeFormat(fn);
    case 'time':
      return timeParse(fn);
    case 'lookup':
      return lookup(fn, (key) => (Object.hasOwn(fn.map, key) ? fn.map[key] : undefined));
    case 'registeredLookup': {
      const map = context.lookup(fn.lookup);
      if (map === undefined) throw unknownLookup(fn.lookup);
      return lookup(fn, map);
    }
    case 'cascade': {
      const steps = fn.extractionFns.map((step) => compileExtraction(step, context));
      return (value) =>
        steps.length === 0 ? asText(value) : (steps.reduce<ExprValue>((v, step) => step(v), value) as string | null);
    }
    case 'stringFormat':
      return stringFormat(fn);
    case 'bucket':
      return bucket(fn);
  }
}

function ofText(apply: (text: string) => string | null): Extraction {
  return (value) => {
    const text = asText(value);
    return text === null ? null : apply(text);
  };
}

/** A value without a match stays as it is, unless it is to be replaced. */
function regex({ expr, index, replaceMissingValue, replaceMissingValueWith }: Fn<'regex'>): Extraction {
  const pattern = linearRegex(expr);
  return (value) => {
    const text = asText(value);
    const groups = text === null ? null : pattern.exec(text);
    if (groups !== null) return groups[index] ?? null;
    return replaceMissingValue ? replaceMissingValueWith : text;
  };
}

function substring({ index, length }: Fn<'substring'>): Extraction {
  return ofText((text) => {
    if (index >= text.length) return null;
    return text.slice(index, length === null ? undefined : index + length);
  });
}

function timeFormat({ format, timeZone: zoneName, locale, granularity, asMillis }: Fn<'timeFormat'>): Extraction {
  const zone = timeZone(zoneName);
  const buckets = granularity.type === 'none' ? null : granularityFromJson(granularity);
  const write = format === null ? (ms: number) => formatIso(ms, zone) : formatWith(jodaFormatter(format, locale), zone);
  const readTime = timestampParser('auto');
  return (value) => {
    if (value === null) return null;
    const ms = timeOf(value, asMillis, readTime);
    if (ms === null) return null;
    const start = buckets === null || buckets.isAll ? ms : buckets.bucketStart(ms);
    return format === null && asMillis ? String(start) : write(start);
  };
}

function formatWith(
  write: ReturnType<typeof jodaFormatter>,
  zone: ReturnType<typeof timeZone>,
): (ms: number) => string {
  return (ms) => write(ms, zone);
}

function timeOf(value: ExprValue, asMillis: boolean, readTime: (text: string) => number | undefined): number | null {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  const text = asText(value);
  if (text === null) return null;
  const long = asMillis ? asLong(text) : null;
  return long === null ? (readTime(text) ?? null) : Number(long);
}

/** Text that is no time in this format stays as it is. */
function timeParse({ timeFormat: from, resultFormat, joda }: Fn<'time'>): Extraction {
  const readTime = timestampParser(joda ? from : simpleToJoda(from));
  const write = jodaFormatter(joda ? resultFormat : simpleToJoda(resultFormat));
  const utc = timeZone('UTC');
  return ofText((text) => {
    if (text === '') return null;
    const ms = readTime(text);
    return ms === undefined ? text : write(ms, utc);
  });
}

/** `SimpleDateFormat` and Joda differ in few letters: the day number of a week is `u` there and `e` here, and years are `y` in both. */
function simpleToJoda(pattern: string): string {
  return pattern.replaceAll(/'[^']*'|u+/g, (part) => (part.startsWith("'") ? part : 'e'.repeat(part.length)));
}

function lookup(
  {
    retainMissingValue,
    replaceMissingValueWith,
  }: { retainMissingValue: boolean; replaceMissingValueWith: string | null },
  find: (key: string) => string | null | undefined,
): Extraction {
  return (value) => {
    const key = asText(value);
    const found = key === null ? undefined : find(key);
    if (found !== undefined && found !== null) return found;
    return retainMissingValue ? key : replaceMissingValueWith;
  };
}

function stringFormat({ format, nullHandling }: Fn<'stringFormat'>): Extraction {
  return (value) => {
    const text = asText(value);
    if (text === null && nullHandling === 'returnNull') return null;
    return formatJava(format, [text === null && nullHandling === 'emptyString' ? '' : text]);
  };
}

function bucket({ size, offset }: Fn<'bucket'>): Extraction {
  return (value) => {
    const number = typeof value === 'bigint' ? Number(value) : typeof value === 'number' ? value : numberOf(value);
    if (number === null) return null;
    const start = Math.floor((number - offset) / size) * size + offset;
    return Number.isInteger(start) ? String(start) : doubleToString(start);
  };
}

function numberOf(value: ExprValue): number | null {
  const text = asText(value);
  return text === null ? null : tryParseDouble(text);
}
