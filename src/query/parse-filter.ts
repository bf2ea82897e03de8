/** Filters. @source Druid `query/filter/DimFilter.java` */
import { equalColumnsFilter, expressionFilter } from './desugar/boolean-column.js';
import {
  asObject,
  assertKnownType,
  flag,
  type JsonObject,
  list,
  optionalText,
  requiredText,
  textList,
  typeOf,
} from './json-fields.js';
import type { Filter } from './native-query.js';
import { parseDimensionSpec, parseStringOrdering } from './parse-dimension.js';
import { parseExtractionFn } from './parse-extraction-fn.js';
import { parseFilterIntervals } from './parse-intervals.js';
import type { ParseScope } from './parse-scope.js';
import { parseSearchSpec } from './parse-search-spec.js';
import { parseSpatialBound } from './parse-spatial-bound.js';
import { parseArrayContains, parseEquals, parseInType, parseRange } from './parse-typed-filter.js';
import { javaScriptDisabled, refused } from './query-errors.js';
import { assertRegex } from './regex-check.js';

const BASE = 'query.filter.DimFilter';

const KNOWN = new Set(
  'and arrayContainsElement bound columnComparison equals expression extraction false in inType interval isfalse istrue javascript like not null or range regex search selector spatial true'.split(
    ' ',
  ),
);

/**
 * A filter over plain columns: what is computed first becomes derived columns of the scope.
 * @throws DruidError INVALID_INPUT, or RUNTIME_FAILURE for what Druid finds when it runs
 */
export function parseFilter(json: unknown, scope: ParseScope): Filter {
  scope.countFilter();
  const fields = asObject(json, BASE);
  const type = typeOf(fields, BASE);
  switch (type) {
    case 'true':
    case 'false':
      return { type };
    case 'and':
    case 'or':
      return parseConjunction(type, fields, scope);
    case 'not':
      if (fields['field'] === undefined || fields['field'] === null) {
        throw refused('query.filter.NotDimFilter', 'NOT operator requires at least one field');
      }
      return { type, field: parseFilter(fields['field'], scope) };
    case 'istrue':
    case 'isfalse': {
      const javaClass = `query.filter.${type === 'istrue' ? 'IsTrue' : 'IsFalse'}DimFilter`;
      if (fields['field'] === undefined || fields['field'] === null) {
        throw refused(
          javaClass,
          `${type === 'istrue' ? 'IS TRUE' : 'IS FALSE'} operator requires a non-null filter for field`,
        );
      }
      return { type, field: parseFilter(fields['field'], scope) };
    }
    case 'expression':
      return parseExpression(fields, scope);
    case 'columnComparison':
      return parseColumnComparison(fields, scope);
    case 'javascript':
      throw javaScriptDisabled();
    default:
      return parseTyped(type, fields, scope);
  }
}

/** null when the member is absent. */
export function parseOptionalFilter(json: unknown, scope: ParseScope): Filter | null {
  return json === undefined || json === null ? null : parseFilter(json, scope);
}

/** Filters of a `column` with a type, where no extraction function can be. */
function parseTyped(type: string, fields: JsonObject, scope: ParseScope): Filter {
  switch (type) {
    case 'null': {
      const problem = 'Invalid null filter, column cannot be null';
      return { type, column: requiredText(fields, 'column', 'query.filter.NullFilter', problem) };
    }
    case 'equals':
      return parseEquals(fields, scope);
    case 'range':
      return parseRange(fields, scope);
    case 'inType':
      return parseInType(fields, scope);
    case 'arrayContainsElement':
      return parseArrayContains(fields, scope);
    default:
      return parseOnDimension(type, fields, scope);
  }
}

/** Filters of a `dimension`, with or without an extraction function. */
function parseOnDimension(type: string, fields: JsonObject, scope: ParseScope): Filter {
  switch (type) {
    case 'selector':
    case 'extraction':
      return parseSelector(type, fields, scope);
    case 'in':
      return parseIn(fields, scope);
    case 'bound':
      return parseBound(fields, scope);
    case 'like':
      return parseLike(fields, scope);
    case 'regex':
      return parseRegex(fields, scope);
    case 'search':
      return parseSearch(fields, scope);
    case 'interval':
      return parseInterval(fields, scope);
    case 'spatial': {
      const javaClass = 'query.filter.SpatialDimFilter';
      const dimension = dimensionOf(fields, javaClass, 'dimension must not be null', scope);
      return { type, dimension, bound: parseSpatialBound(fields['bound'], javaClass) };
    }
    default:
      assertKnownType(type, BASE, KNOWN);
      throw refused(BASE, `Unknown filter type [${type}]`);
  }
}

/** The dimension; that of an extraction function is the column that holds its results. */
function dimensionOf(fields: JsonObject, javaClass: string, problem: string, scope: ParseScope): string {
  const dimension = requiredText(fields, 'dimension', javaClass, problem);
  const fn = fields['extractionFn'];
  if (fn === undefined || fn === null) return dimension;
  return scope.derive({ type: 'extraction', column: dimension, extractionFn: parseExtractionFn(fn) });
}

function parseExpression(fields: JsonObject, scope: ParseScope): Filter {
  const expression = requiredText(fields, 'expression', 'query.filter.ExpressionDimFilter', 'expression');
  scope.assertRuns(expression);
  return expressionFilter(expression, scope);
}

function parseColumnComparison(fields: JsonObject, scope: ParseScope): Filter {
  const javaClass = 'query.filter.ColumnComparisonDimFilter';
  if (fields['dimensions'] === undefined || fields['dimensions'] === null) throw refused(javaClass, 'dimensions');
  const columns = list(fields, 'dimensions').map((json) => parseDimensionSpec(json, scope).dimension);
  if (columns.length < 2) throw refused(javaClass, 'must have a least 2 dimensions to compare');
  return equalColumnsFilter(columns, scope);
}

/** `extraction` is what a selector with an extraction function was called before. */
function parseSelector(type: 'selector' | 'extraction', fields: JsonObject, scope: ParseScope): Filter {
  const javaClass = `query.filter.${type === 'selector' ? 'Selector' : 'Extraction'}DimFilter`;
  const fn = fields['extractionFn'] ?? fields['dimExtractionFn'];
  if (type === 'extraction' && (fn === undefined || fn === null)) {
    throw refused(javaClass, 'extraction function must not be null');
  }
  const members = type === 'extraction' ? { ...fields, extractionFn: fn } : fields;
  const dimension = dimensionOf(members, javaClass, 'dimension must not be null', scope);
  return { type: 'selector', dimension, value: optionalText(fields, 'value') };
}

function parseRegex(fields: JsonObject, scope: ParseScope): Filter {
  const javaClass = 'query.filter.RegexDimFilter';
  const dimension = dimensionOf(fields, javaClass, 'dimension must not be null', scope);
  const pattern = requiredText(fields, 'pattern', javaClass, 'pattern must not be null');
  assertRegex(pattern, javaClass);
  return { type: 'regex', dimension, pattern };
}

function parseSearch(fields: JsonObject, scope: ParseScope): Filter {
  const javaClass = 'query.filter.SearchQueryDimFilter';
  const dimension = dimensionOf(fields, javaClass, 'dimension must not be null', scope);
  if (fields['query'] === undefined || fields['query'] === null) throw refused(javaClass, 'query must not be null');
  return { type: 'search', dimension, query: parseSearchSpec(fields['query']) };
}

function parseConjunction(type: 'and' | 'or', fields: JsonObject, scope: ParseScope): Filter {
  const members = list(fields, 'fields').filter((member) => member !== null);
  if (members.length === 0) {
    const javaClass = type === 'and' ? 'query.filter.AndDimFilter' : 'query.filter.OrDimFilter';
    throw refused(javaClass, `${type.toUpperCase()} operator requires at least one field`);
  }
  return { type, fields: members.map((member) => parseFilter(member, scope)) };
}

function parseIn(fields: JsonObject, scope: ParseScope): Filter {
  const javaClass = 'query.filter.InDimFilter';
  const dimension = dimensionOf(fields, javaClass, 'dimension cannot be null', scope);
  if (fields['values'] === undefined || fields['values'] === null) throw refused(javaClass, 'values cannot be null');
  return { type: 'in', dimension, values: [...new Set(textList(fields, 'values'))] };
}

function parseBound(fields: JsonObject, scope: ParseScope): Filter {
  const javaClass = 'query.filter.BoundDimFilter';
  const dimension = dimensionOf(fields, javaClass, 'dimension can not be null', scope);
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

function parseLike(fields: JsonObject, scope: ParseScope): Filter {
  const javaClass = 'query.filter.LikeDimFilter';
  const dimension = dimensionOf(fields, javaClass, 'dimension', scope);
  const pattern = requiredText(fields, 'pattern', javaClass, 'pattern');
  const escape = optionalText(fields, 'escape');
  if (escape !== null && escape.length !== 1) throw refused(javaClass, 'Escape must be null or a single character');
  return { type: 'like', dimension, pattern, escape };
}

function parseInterval(fields: JsonObject, scope: ParseScope): Filter {
  const javaClass = 'query.filter.IntervalDimFilter';
  const dimension = dimensionOf(fields, javaClass, 'dimension can not be null', scope);
  const raw = fields['intervals'];
  const elements = typeof raw === 'string' ? [raw] : list(fields, 'intervals');
  if (elements.length === 0) throw refused(javaClass, 'must specify at least one interval');
  return { type: 'interval', dimension, intervals: parseFilterIntervals(elements) };
}
