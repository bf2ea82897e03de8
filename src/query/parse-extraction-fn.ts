/** Extraction functions. @source Druid `query/extraction/*.java` */
import type { GranularityJson } from '../common/granularity.js';
import type { ExtractionFn } from './extraction-fn.js';
import {
  asObject,
  assertKnownType,
  flag,
  isObject,
  type JsonObject,
  list,
  optionalText,
  realNumber,
  requiredText,
  scalarText,
  typeOf,
  wholeNumber,
} from './json-fields.js';
import { parseQueryGranularity } from './parse-granularity.js';
import { parseSearchSpec } from './parse-search-spec.js';
import { javaScriptDisabled, refused, unsupported } from './query-errors.js';
import { assertRegex } from './regex-check.js';

const BASE = 'query.extraction.ExtractionFn';
const LOOKUP_BASE = 'query.lookup.LookupExtractor';

/** Type names, with the classes whose constructors refuse. */
const CLASSES: Readonly<Record<string, string>> = {
  bucket: 'BucketExtractionFn',
  cascade: 'CascadeExtractionFn',
  identity: 'IdentityExtractionFn',
  javascript: 'JavaScriptExtractionFn',
  lookup: 'LookupExtractionFn',
  lower: 'LowerExtractionFn',
  partial: 'MatchingDimExtractionFn',
  regex: 'RegexDimExtractionFn',
  registeredLookup: 'RegisteredLookupExtractionFn',
  searchQuery: 'SearchQuerySpecDimExtractionFn',
  stringFormat: 'StringFormatExtractionFn',
  strlen: 'StrlenExtractionFn',
  substring: 'SubstringDimExtractionFn',
  time: 'TimeDimExtractionFn',
  timeFormat: 'TimeFormatExtractionFn',
  upper: 'UpperExtractionFn',
};
const KNOWN = new Set(Object.keys(CLASSES));

/** @throws DruidError INVALID_INPUT, or RUNTIME_FAILURE for JavaScript */
export function parseExtractionFn(json: unknown): ExtractionFn {
  const fields = asObject(json, BASE);
  const type = typeOf(fields, BASE);
  assertKnownType(type, BASE, KNOWN);
  const javaClass = `query.${type.endsWith('ookup') ? 'lookup' : 'extraction'}.${CLASSES[type]}`;
  switch (type) {
    case 'javascript':
      throw javaScriptDisabled();
    case 'strlen':
    case 'identity':
      return { type };
    case 'upper':
    case 'lower':
      return { type, ...localeOf(optionalText(fields, 'locale')) };
    case 'regex':
    case 'partial':
      return parsePattern(type, fields, javaClass);
    case 'searchQuery':
      if (!isObject(fields['query'])) throw refused(javaClass, 'search query must not be null');
      return { type, query: parseSearchSpec(fields['query']) };
    case 'substring':
      return parseSubstring(fields, javaClass);
    case 'timeFormat':
      return parseTimeFormat(fields);
    case 'time':
      return {
        type,
        timeFormat: requiredText(fields, 'timeFormat', javaClass, 'timeFormat must not be null'),
        resultFormat: requiredText(fields, 'resultFormat', javaClass, 'resultFormat must not be null'),
        joda: flag(fields, 'joda', false),
      };
    case 'lookup':
      return parseMapLookup(fields, javaClass);
    case 'registeredLookup': {
      const lookup = requiredText(fields, 'lookup', javaClass, 'lookup');
      return { type, lookup, ...parseMissing(fields, javaClass), injective: parseInjective(fields) };
    }
    case 'cascade':
      if (!Array.isArray(fields['extractionFns'])) throw refused(javaClass, 'extractionFns should not be null');
      return { type, extractionFns: list(fields, 'extractionFns').map(parseExtractionFn) };
    case 'stringFormat':
      return parseStringFormat(fields, javaClass);
    default:
      return { type: 'bucket', size: realNumber(fields, 'size', 1), offset: realNumber(fields, 'offset', 0) };
  }
}

/** @throws DruidError INVALID_INPUT, or UNSUPPORTED for lookups that are no maps */
export function parseMapLookup(fields: JsonObject, javaClass: string): ExtractionFn {
  const map = parseLookupMap(fields['lookup'], javaClass);
  const injective = parseInjective(fields) ?? flag(fields['lookup'] as JsonObject, 'isOneToOne', false);
  return { type: 'lookup', map, ...parseMissing(fields, javaClass), injective };
}

function parseInjective(fields: JsonObject): boolean | null {
  return fields['injective'] === undefined || fields['injective'] === null ? null : flag(fields, 'injective', false);
}

/** What becomes of values that a lookup lacks. @throws DruidError INVALID_INPUT when both answers are given */
export function parseMissing(
  fields: JsonObject,
  javaClass: string,
): { readonly retainMissingValue: boolean; readonly replaceMissingValueWith: string | null } {
  const retainMissingValue = flag(fields, 'retainMissingValue', false);
  const replaceMissingValueWith = optionalText(fields, 'replaceMissingValueWith');
  if (retainMissingValue && replaceMissingValueWith !== null && replaceMissingValueWith !== '') {
    throw refused(javaClass, 'Cannot specify a [replaceMissingValueWith] and set [retainMissingValue] to true');
  }
  return { retainMissingValue, replaceMissingValueWith };
}

/** The map of an inline lookup. @throws DruidError INVALID_INPUT, or UNSUPPORTED for lookups that are no maps */
function parseLookupMap(json: unknown, javaClass: string): Readonly<Record<string, string | null>> {
  if (json === undefined || json === null) throw refused(javaClass, 'lookup must not be null');
  const fields = asObject(json, LOOKUP_BASE);
  const type = typeOf(fields, LOOKUP_BASE);
  if (type !== 'map') throw unsupported('the inline lookup type', type);
  if (!isObject(fields['map'])) throw refused('query.extraction.MapLookupExtractor', 'map');
  return Object.fromEntries(Object.entries(fields['map']).map(([key, value]) => [key, scalarText(value)]));
}

function parsePattern(type: 'regex' | 'partial', fields: JsonObject, javaClass: string): ExtractionFn {
  const expr = requiredText(fields, 'expr', javaClass, 'expr must not be null');
  assertRegex(expr, javaClass);
  if (type === 'partial') return { type, expr };
  return {
    type,
    expr,
    index: wholeNumber(fields, 'index', 1),
    replaceMissingValue: flag(fields, 'replaceMissingValue', false),
    replaceMissingValueWith: optionalText(fields, 'replaceMissingValueWith'),
  };
}

function parseSubstring(fields: JsonObject, javaClass: string): ExtractionFn {
  const index = wholeNumber(fields, 'index', 0);
  if (index < 0) throw refused(javaClass, 'substring index must be a non-negative integer');
  const length = wholeNumber(fields, 'length', Number.NaN);
  if (length <= 0) throw refused(javaClass, 'substring length must be strictly positive');
  return { type: 'substring', index, length: Number.isNaN(length) ? null : length };
}

function parseTimeFormat(fields: JsonObject): ExtractionFn {
  const granularity: GranularityJson =
    fields['granularity'] === undefined || fields['granularity'] === null
      ? { type: 'none' }
      : parseQueryGranularity(fields['granularity'], BASE);
  return {
    type: 'timeFormat',
    format: optionalText(fields, 'format'),
    timeZone: optionalText(fields, 'timeZone') ?? 'UTC',
    locale: optionalText(fields, 'locale'),
    granularity,
    asMillis: flag(fields, 'asMillis', false),
  };
}

const NULL_HANDLING = ['nullString', 'emptyString', 'returnNull'] as const;

function parseStringFormat(fields: JsonObject, javaClass: string): ExtractionFn {
  const format = optionalText(fields, 'format');
  if (format === null || format === '') throw refused(javaClass, 'format string should not be empty');
  const name = optionalText(fields, 'nullHandling') || 'nullString';
  const nullHandling = NULL_HANDLING.find((known) => known.toLowerCase() === name.toLowerCase());
  if (nullHandling === undefined) {
    const enumName = 'org.apache.druid.query.extraction.StringFormatExtractionFn.NullHandling';
    throw refused(`${javaClass}$NullHandling`, `No enum constant ${enumName}.${name.toUpperCase()}`);
  }
  return { type: 'stringFormat', format, nullHandling };
}

/** As Java's `Locale.forLanguageTag`: what is no tag is the root locale. */
function localeOf(text: string | null): { readonly locale?: string } {
  if (text === null) return {};
  try {
    const [locale] = Intl.getCanonicalLocales(text);
    return locale === undefined ? {} : { locale };
  } catch {
    return {};
  }
}
