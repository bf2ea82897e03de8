import type { ColumnType } from '../../common/column-type.js';
import { doubleToString } from '../../common/java-number.js';
import { stringComparator } from '../../common/string-compare.js';
import type { Filter, MatchValue } from '../../query/native-query.js';
import { exactLong, tryParseDouble, tryParseLong, wholeBounds } from '../../vectors/number-text.js';
import { likePattern, prefixEnd } from '../../common/like-pattern.js';
import { equalsJson, type ScalarBound, scalarRange } from './other-values.js';
import type { LongMatch, RealMatch, RealRange, TextHint, ValuePredicate } from './value-predicate.js';

export const MIN_LONG = -(2n ** 63n);
export const MAX_LONG = 2n ** 63n - 1n;
const NONE = { kind: 'none' } as const;
const TEXT = { kind: 'text' } as const;

type FilterOf<T extends Filter['type']> = Extract<Filter, { readonly type: T }>;

/** IS NULL: never unknown. */
export function nullPredicate(column: string): ValuePredicate {
  return {
    column,
    ofNull: 'match',
    text: () => false,
    hint: { kind: 'values', values: [] },
    long: () => NONE,
    double: () => NONE,
    float: () => NONE,
  };
}

/** `selector` and `in`: strings, cast to the type of the column. @source Druid `SelectorDimFilter.java`, `InDimFilter.java` */
export function inPredicate(column: string, values: readonly (string | null)[]): ValuePredicate {
  const texts = values.filter((value) => value !== null);
  const set = new Set(texts);
  return {
    column,
    ofNull: texts.length < values.length ? 'match' : 'unknown',
    ...(texts.length > 0 && { array: 'refused' as const }),
    text: (value) => set.has(value),
    hint: { kind: 'values', values: [...set] },
    long: () => longSet(texts.map(exactLong)),
    double: () => realSet(texts.map(tryParseDouble)),
    float: () => realSet(texts.map(tryParseDouble).map(toFloat)),
  };
}

/** `equals` and `inType`: a typed literal matches a column of another type only when the cast loses nothing. @source Druid `EqualityFilter.java` */
export function typedInPredicate(
  column: string,
  type: ColumnType,
  values: readonly (MatchValue | null)[],
): ValuePredicate {
  const literals = values.filter((value) => value !== null);
  const texts = new Set(literals.map((value) => literalText(type, value)));
  const doubles = (): (number | null)[] => literals.map((value) => literalDouble(type, value));
  return {
    column,
    ofNull: literals.length < values.length ? 'match' : 'unknown',
    text: (value) => texts.has(value),
    hint: { kind: 'values', values: [...texts] },
    long: () => longSet(literals.map((value) => literalLong(type, value))),
    double: () => realSet(doubles()),
    float: () => realSet(doubles().map(toFloat)),
  };
}

/** `equals` with a nested value as JSON text; one that is no object and no list may also equal values of plain columns. */
export function jsonPredicate(column: string, text: string): ValuePredicate {
  const value: unknown = JSON.parse(text);
  const type = typeof value === 'string' ? 'STRING' : /[.eE]/.test(text) ? 'DOUBLE' : 'LONG';
  const isPlain = typeof value === 'string' || typeof value === 'number';
  const plain = typedInPredicate(column, type, isPlain ? [type === 'LONG' ? text : value] : []);
  return { ...plain, ofNull: 'unknown', json: equalsJson(text) };
}

/** @source Druid `RangeFilter.java` */
export function rangePredicate(filter: FilterOf<'range'>): ValuePredicate {
  const { column, matchValueType: type, lower, upper, lowerOpen, upperOpen } = filter;
  const isNumeric = type === 'LONG' || type === 'DOUBLE' || type === 'FLOAT';
  const low = lower === null ? null : literalText(type, lower);
  const high = upper === null ? null : literalText(type, upper);
  const real = (): RealMatch => {
    if (!isNumeric) return TEXT;
    const range = { low: numberOrNull(lower), lowOpen: lowerOpen, high: numberOrNull(upper), highOpen: upperOpen };
    return { kind: 'range', ...range };
  };
  return {
    column,
    ofNull: 'unknown',
    array: scalarRange(boundOf(low, lowerOpen), boundOf(high, upperOpen)),
    text: textRange(isNumeric ? 'numeric' : 'lexicographic', low, lowerOpen, high, upperOpen),
    ...(isNumeric ? {} : { hint: { kind: 'range' as const, low, lowOpen: lowerOpen, high, highOpen: upperOpen } }),
    long: () => (isNumeric ? longRange(low, lowerOpen, high, upperOpen) : TEXT),
    double: real,
    float: real,
  };
}

/**
 * Null strings match when there is no lower bound (kept by Druid for old users); a null number never does.
 * @source Druid `BoundDimFilter.java`, `BoundFilter.java`
 */
export function boundPredicate(filter: FilterOf<'bound'>): ValuePredicate {
  const { dimension, lower, upper, lowerStrict, upperStrict, ordering } = filter;
  const isNumeric = ordering === 'numeric';
  const isLexicographic = ordering === 'lexicographic' || ordering === 'natural';
  const real = (cast: (value: number) => number): RealMatch => {
    if (!isNumeric) return TEXT;
    const low = lower === null ? null : tryParseDouble(lower);
    const high = upper === null ? null : tryParseDouble(upper);
    // Text that is no number comes before all numbers.
    if (upper !== null && high === null) return NONE;
    const range: RealRange = {
      kind: 'range',
      low: low === null ? null : cast(low),
      lowOpen: lowerStrict,
      high: high === null ? null : cast(high),
      highOpen: upperStrict,
    };
    return range;
  };
  return {
    column: dimension,
    ofNull: lower === null ? 'match' : 'unknown',
    ofNullNumber: 'unknown',
    array: 'refused',
    text: textRange(ordering, lower, lowerStrict, upper, upperStrict),
    ...(isLexicographic
      ? { hint: { kind: 'range' as const, low: lower, lowOpen: lowerStrict, high: upper, highOpen: upperStrict } }
      : {}),
    long: () => (isNumeric ? longRange(lower, lowerStrict, upper, upperStrict) : TEXT),
    double: () => real((value) => value),
    float: () => real(Math.fround),
  };
}

/** @source Druid `LikeDimFilter.java` */
export function likePredicate(filter: FilterOf<'like'>): ValuePredicate {
  const { matches, exact, parts } = likePattern(filter.pattern, filter.escape);
  const isPrefix = parts !== null && parts.middle.length === 0 && parts.suffix === '';
  const hint: TextHint | null =
    exact !== null
      ? { kind: 'values', values: [exact] }
      : isPrefix
        ? { kind: 'range', low: parts.prefix, lowOpen: false, high: prefixEnd(parts.prefix), highOpen: true }
        : null;
  return {
    column: filter.dimension,
    ofNull: 'unknown',
    array: 'refused',
    text: matches,
    ...(hint !== null && { hint }),
    ...(parts !== null && { like: parts }),
    long: () => TEXT,
    double: () => TEXT,
    float: () => TEXT,
  };
}

/** A test of text, to which numbers are written as Java does; nulls are unknown. */
export function textPredicate(column: string, text: (value: string) => boolean): ValuePredicate {
  return { column, ofNull: 'unknown', array: 'refused', text, long: () => TEXT, double: () => TEXT, float: () => TEXT };
}

const boundOf = (text: string | null, isOpen: boolean): ScalarBound | null => (text === null ? null : { text, isOpen });

function textRange(
  ordering: Parameters<typeof stringComparator>[0],
  low: string | null,
  lowOpen: boolean,
  high: string | null,
  highOpen: boolean,
): (value: string) => boolean {
  const compare = stringComparator(ordering);
  return (value) => {
    if (low !== null) {
      const order = compare(value, low);
      if (order < 0 || (order === 0 && lowOpen)) return false;
    }
    if (high === null) return true;
    const order = compare(value, high);
    return order < 0 || (order === 0 && !highOpen);
  };
}

/** Bounds as text: fractions are rounded to the inside; text that is no number comes before all numbers. */
function longRange(low: string | null, lowOpen: boolean, high: string | null, highOpen: boolean): LongMatch {
  let from = MIN_LONG;
  let to = MAX_LONG;
  if (low !== null) {
    const bounds = wholeBounds(low);
    if (bounds !== null) from = lowOpen ? bounds.floor + 1n : bounds.ceiling;
  }
  if (high !== null) {
    const bounds = wholeBounds(high);
    if (bounds === null) return NONE;
    to = highOpen ? bounds.ceiling - 1n : bounds.floor;
  }
  if (from > to || from > MAX_LONG || to < MIN_LONG) return NONE;
  return { kind: 'range', low: from < MIN_LONG ? MIN_LONG : from, high: to > MAX_LONG ? MAX_LONG : to };
}

function longSet(values: readonly (bigint | null)[]): LongMatch {
  const found = [...new Set(values.filter((value) => value !== null))];
  if (found.length === 0) return NONE;
  if (found.length === 1) return { kind: 'range', low: found[0]!, high: found[0]! };
  return { kind: 'set', values: found };
}

function realSet(values: readonly (number | null)[]): RealMatch {
  const found = values.filter((value) => value !== null);
  return found.length === 0 ? NONE : { kind: 'set', values: found };
}

function toFloat(value: number | null): number | null {
  return value === null ? null : Math.fround(value);
}

function numberOrNull(value: MatchValue | null): number | null {
  return value === null ? null : Number(value);
}

function literalText(type: ColumnType, value: MatchValue): string {
  return type === 'DOUBLE' || type === 'FLOAT' ? doubleToString(Number(value)) : String(value);
}

function literalLong(type: ColumnType, value: MatchValue): bigint | null {
  if (type === 'LONG') return tryParseLong(String(value));
  if (type === 'STRING') return exactLong(String(value));
  const number = Number(value);
  return Number.isInteger(number) ? exactLong(String(BigInt(number))) : null;
}

function literalDouble(type: ColumnType, value: MatchValue): number | null {
  return type === 'STRING' ? tryParseDouble(String(value)) : Number(value);
}
