/** Filters. @source Druid `query/filter/DimFilter.java` */
import type { ColumnType } from '../common/column-type.js';
import {
  asObject,
  assertKnownType,
  findColumnType,
  flag,
  isObject,
  type JsonObject,
  list,
  optionalText,
  requiredText,
  shown,
  textList,
  typeOf,
} from './json-fields.js';
import { parseMatchValue } from './match-value.js';
import type { Filter, MatchValue } from './native-query.js';
import { parseStringOrdering } from './parse-dimension.js';
import { parseFilterIntervals } from './parse-source.js';
import { javaScriptDisabled, refused, unsupported } from './query-errors.js';

const BASE = 'query.filter.DimFilter';

const KNOWN = new Set(
  'and arrayContainsElement bound columnComparison equals expression extraction false in inType interval isfalse istrue javascript like not null or range regex search selector spatial true'.split(
    ' ',
  ),
);

/** @throws DruidError INVALID_INPUT, or UNSUPPORTED for types and extraction functions that this version lacks */
export function parseFilter(json: unknown): Filter {
  const fields = asObject(json, BASE);
  const type = typeOf(fields, BASE);
  if (fields['extractionFn'] !== undefined && fields['extractionFn'] !== null) {
    const fn = fields['extractionFn'];
    throw unsupported('extraction functions in filters, here', isObject(fn) ? (optionalText(fn, 'type') ?? '?') : '?');
  }
  switch (type) {
    case 'true':
    case 'false':
      return { type };
    case 'and':
    case 'or':
      return parseConjunction(type, fields);
    case 'not':
      if (fields['field'] === undefined || fields['field'] === null) {
        throw refused('query.filter.NotDimFilter', 'NOT operator requires at least one field');
      }
      return { type, field: parseFilter(fields['field']) };
    case 'null':
      return {
        type,
        column: requiredText(fields, 'column', 'query.filter.NullFilter', 'Invalid null filter, column cannot be null'),
      };
    case 'selector':
      return {
        type,
        dimension: requiredText(fields, 'dimension', 'query.filter.SelectorDimFilter', 'dimension must not be null'),
        value: optionalText(fields, 'value'),
      };
    case 'in':
      return parseIn(fields);
    case 'bound':
      return parseBound(fields);
    case 'like':
      return parseLike(fields);
    case 'interval':
      return parseInterval(fields);
    case 'equals':
      return parseEquals(fields);
    case 'range':
      return parseRange(fields);
    case 'inType':
      return parseInType(fields);
    default:
      return refuseType(type, fields);
  }
}

/** null when the member is absent. */
export function parseOptionalFilter(json: unknown): Filter | null {
  return json === undefined || json === null ? null : parseFilter(json);
}

function refuseType(type: string, fields: JsonObject): never {
  if (type === 'javascript') throw javaScriptDisabled();
  assertKnownType(type, BASE, KNOWN);
  if (type === 'regex' && isUnclosed(optionalText(fields, 'pattern') ?? '')) {
    throw refused('query.filter.RegexDimFilter', `Unclosed group near index 1\n${String(fields['pattern'])}`);
  }
  throw unsupported('the filter type', type);
}

function isUnclosed(pattern: string): boolean {
  if (pattern.length > 1000) return false;
  const bare = pattern.replaceAll(/\\./g, '').replaceAll(/\[\^?\]?[^\]]*\]/g, '');
  return bare.split('(').length > bare.split(')').length;
}

function parseConjunction(type: 'and' | 'or', fields: JsonObject): Filter {
  const members = list(fields, 'fields').filter((member) => member !== null);
  if (members.length === 0) {
    const javaClass = type === 'and' ? 'query.filter.AndDimFilter' : 'query.filter.OrDimFilter';
    throw refused(javaClass, `${type.toUpperCase()} operator requires at least one field`);
  }
  return { type, fields: members.map(parseFilter) };
}

function parseIn(fields: JsonObject): Filter {
  const javaClass = 'query.filter.InDimFilter';
  const dimension = requiredText(fields, 'dimension', javaClass, 'dimension cannot be null');
  if (fields['values'] === undefined || fields['values'] === null) throw refused(javaClass, 'values cannot be null');
  return { type: 'in', dimension, values: [...new Set(textList(fields, 'values'))] };
}

function parseBound(fields: JsonObject): Filter {
  const javaClass = 'query.filter.BoundDimFilter';
  const dimension = requiredText(fields, 'dimension', javaClass, 'dimension can not be null');
  const lower = optionalText(fields, 'lower');
  const upper = optionalText(fields, 'upper');
  if (lower === null && upper === null) throw refused(javaClass, 'lower and upper can not be null at the same time');
  return {
    type: 'bound',
    dimension,
    lower,
    upper,
    lowerStrict: flag(fields, 'lowerStrict', false),
    upperStrict: flag(fields, 'upperStrict', false),
    ordering: parseStringOrdering(
      fields['ordering'],
      flag(fields, 'alphaNumeric', false) ? 'alphanumeric' : 'lexicographic',
    ),
  };
}

function parseLike(fields: JsonObject): Filter {
  const javaClass = 'query.filter.LikeDimFilter';
  const dimension = requiredText(fields, 'dimension', javaClass, 'dimension');
  const pattern = requiredText(fields, 'pattern', javaClass, 'pattern');
  const escape = optionalText(fields, 'escape');
  if (escape !== null && escape.length !== 1) throw refused(javaClass, 'Escape must be null or a single character');
  return { type: 'like', dimension, pattern, escape };
}

function parseInterval(fields: JsonObject): Filter {
  const javaClass = 'query.filter.IntervalDimFilter';
  const dimension = requiredText(fields, 'dimension', javaClass, 'dimension can not be null');
  const raw = fields['intervals'];
  const elements = typeof raw === 'string' ? [raw] : list(fields, 'intervals');
  if (elements.length === 0) throw refused(javaClass, 'must specify at least one interval');
  return { type: 'interval', dimension, intervals: parseFilterIntervals(elements) };
}

/** `column` and `matchValueType` of a typed filter. */
function typedColumn(
  fields: JsonObject,
  javaClass: string,
  name: string,
): { column: string; matchValueType: ColumnType } {
  const column = requiredText(fields, 'column', javaClass, `Invalid ${name} filter, column cannot be null`);
  const prefix = `Invalid ${name} filter on column [${column}], matchValueType`;
  const typeName = requiredText(fields, 'matchValueType', javaClass, `${prefix} cannot be null`);
  const matchValueType = findColumnType(typeName);
  if (matchValueType === undefined) throw refused(javaClass, `${prefix} [${typeName}] is unknown`);
  if (matchValueType.includes('<')) throw unsupported(`the matchValueType of a ${name} filter`, matchValueType);
  return { column, matchValueType };
}

function parseEquals(fields: JsonObject): Filter {
  const javaClass = 'query.filter.EqualityFilter';
  const { column, matchValueType } = typedColumn(fields, javaClass, 'equality');
  const matchValue = parseMatchValue(fields['matchValue'], matchValueType);
  if (matchValue === null)
    throw refused(javaClass, `Invalid equality filter on column [${column}], matchValue cannot be null`);
  return { type: 'equals', column, matchValueType, matchValue };
}

function parseRange(fields: JsonObject): Filter {
  const javaClass = 'query.filter.RangeFilter';
  const { column, matchValueType } = typedColumn(fields, javaClass, 'range');
  const bound = (key: 'lower' | 'upper'): MatchValue | null => {
    const value = parseMatchValue(fields[key], matchValueType);
    if (value === null && fields[key] !== undefined && fields[key] !== null) {
      throw refused(
        javaClass,
        `Invalid range filter on column [${column}], ${key} bound [${shown(fields[key])}] cannot be parsed as specified match value type [${matchValueType}]`,
      );
    }
    return value;
  };
  const lower = bound('lower');
  const upper = bound('upper');
  if (lower === null && upper === null) {
    throw refused(
      javaClass,
      `Invalid range filter on column [${column}], lower and upper cannot be null at the same time`,
    );
  }
  return {
    type: 'range',
    column,
    matchValueType,
    lower,
    upper,
    lowerOpen: flag(fields, 'lowerOpen', false),
    upperOpen: flag(fields, 'upperOpen', false),
  };
}

function parseInType(fields: JsonObject): Filter {
  const javaClass = 'query.filter.TypedInFilter';
  const { column, matchValueType } = typedColumn(fields, javaClass, 'IN');
  const hasValues = Array.isArray(fields['values']);
  if (hasValues === Array.isArray(fields['sortedValues'])) {
    throw refused(
      javaClass,
      `Invalid IN filter on column [${column}], exactly one of values or sortedValues must be non-null`,
    );
  }
  const elements = list(fields, hasValues ? 'values' : 'sortedValues');
  return {
    type: 'inType',
    column,
    matchValueType,
    values: [...new Set(elements.map((element) => parseMatchValue(element, matchValueType)))],
  };
}
