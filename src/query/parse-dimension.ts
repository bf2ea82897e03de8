/** Dimension specs and string orderings. @source Druid `query/dimension/*.java`, `LookupDimensionSpec.java` */
import type { ColumnType } from '../common/column-type.js';
import { findStringOrdering, type StringOrdering } from '../common/string-compare.js';
import type { ExtractionFn } from './extraction-fn.js';
import {
  findColumnType,
  flag,
  isObject,
  type JsonObject,
  kindOf,
  list,
  optionalText,
  requiredText,
  scalarText,
} from './json-fields.js';
import type { DimensionSpec } from './native-query.js';
import { parseExtractionFn, parseMapLookup, parseMissing } from './parse-extraction-fn.js';
import type { ParseScope } from './parse-scope.js';
import { mismatched, refused } from './query-errors.js';
import { assertRegex } from './regex-check.js';
import type { VirtualColumn } from './virtual-column.js';

/**
 * A column name or a spec; an unknown type silently means `default`, as in Druid. What changes values becomes a derived column.
 * @throws DruidError INVALID_INPUT
 */
export function parseDimensionSpec(json: unknown, scope: ParseScope): DimensionSpec {
  if (typeof json === 'string') return { type: 'default', dimension: json, outputName: json, outputType: 'STRING' };
  if (!isObject(json)) {
    throw mismatched(
      `Cannot construct instance of \`org.apache.druid.query.dimension.DimensionSpec\` from ${kindOf(json)} value`,
    );
  }
  switch (optionalText(json, 'type')) {
    case 'extraction':
      return parseExtraction(json, scope);
    case 'lookup':
      return parseLookup(json, scope);
    case 'listFiltered':
      return parseListFiltered(json, scope);
    case 'regexFiltered':
      return parseRegexFiltered(json, scope);
    case 'prefixFiltered':
      return parsePrefixFiltered(json, scope);
    default:
      return parseNamed(json, 'query.dimension.DefaultDimensionSpec');
  }
}

function parseNamed(fields: JsonObject, javaClass: string): DimensionSpec {
  const dimension = requiredText(fields, 'dimension', javaClass, 'dimension must not be null');
  const outputType = parseOutputType(fields);
  return { type: 'default', dimension, outputName: optionalText(fields, 'outputName') ?? dimension, outputType };
}

/** A name that is none of a type counts as absent, as everywhere in Druid. */
function parseOutputType(fields: JsonObject): ColumnType {
  return findColumnType(optionalText(fields, 'outputType') ?? 'STRING') ?? 'STRING';
}

function extracted(spec: DimensionSpec, extractionFn: ExtractionFn, scope: ParseScope): DimensionSpec {
  return { ...spec, dimension: scope.derive({ type: 'extraction', column: spec.dimension, extractionFn }) };
}

function parseExtraction(fields: JsonObject, scope: ParseScope): DimensionSpec {
  const javaClass = 'query.dimension.ExtractionDimensionSpec';
  const spec = parseNamed(fields, javaClass);
  const fn = fields['extractionFn'] ?? fields['dimExtractionFn'];
  if (fn === undefined || fn === null) throw refused(javaClass, 'extractionFn must not be null');
  return extracted(spec, parseExtractionFn(fn), scope);
}

function parseLookup(fields: JsonObject, scope: ParseScope): DimensionSpec {
  const javaClass = 'query.dimension.LookupDimensionSpec';
  const dimension = requiredText(fields, 'dimension', javaClass, 'dimension can not be Null');
  const spec: DimensionSpec = {
    type: 'default',
    dimension,
    outputName: requiredText(fields, 'outputName', javaClass, 'outputName can not be Null'),
    outputType: 'STRING',
  };
  const missing = parseMissing(fields, javaClass);
  const name = optionalText(fields, 'name') ?? '';
  const hasMap = fields['lookup'] !== undefined && fields['lookup'] !== null;
  if ((name !== '') === hasMap) {
    const shown = hasMap ? 'MapLookupExtractor' : 'null';
    const problem = `name [${name}] and lookup [${shown}] are mutually exclusive please provide either a name or a lookup`;
    throw refused(javaClass, problem);
  }
  const fn: ExtractionFn = hasMap
    ? parseMapLookup({ ...fields, injective: null }, javaClass)
    : { type: 'registeredLookup', lookup: name, ...missing, injective: null };
  return extracted(spec, fn, scope);
}

type Keep = Extract<VirtualColumn, { readonly type: 'value-filtered' }>['keep'];

function filtered(fields: JsonObject, javaClass: string, keep: Keep, scope: ParseScope): DimensionSpec {
  if (fields['delegate'] === undefined || fields['delegate'] === null) {
    throw refused(javaClass, 'delegate must not be null');
  }
  const spec = parseDimensionSpec(fields['delegate'], scope);
  return { ...spec, dimension: scope.derive({ type: 'value-filtered', column: spec.dimension, keep }) };
}

function parseListFiltered(fields: JsonObject, scope: ParseScope): DimensionSpec {
  const javaClass = 'query.dimension.ListFilteredDimensionSpec';
  const keep = parseKeptValues(fields, flag(fields, 'isWhitelist', true), javaClass);
  return filtered(fields, javaClass, keep, scope);
}

/** @throws DruidError INVALID_INPUT when there are no values */
export function parseKeptValues(fields: JsonObject, isAllowList: boolean, javaClass: string): Keep {
  const values = list(fields, 'values').map(scalarText);
  if (fields['values'] === undefined || fields['values'] === null) throw refused(javaClass, 'values must not be null');
  return { kind: 'values', values, isAllowList };
}

function parseRegexFiltered(fields: JsonObject, scope: ParseScope): DimensionSpec {
  const javaClass = 'query.dimension.RegexFilteredDimensionSpec';
  return filtered(fields, javaClass, parseKeptPattern(fields, javaClass), scope);
}

/** @throws DruidError INVALID_INPUT */
export function parseKeptPattern(fields: JsonObject, javaClass: string): Keep {
  const pattern = requiredText(fields, 'pattern', javaClass, 'pattern must not be null');
  assertRegex(pattern, javaClass);
  return { kind: 'regex', pattern };
}

function parsePrefixFiltered(fields: JsonObject, scope: ParseScope): DimensionSpec {
  const javaClass = 'query.dimension.PrefixFilteredDimensionSpec';
  const prefix = requiredText(fields, 'prefix', javaClass, 'prefix must not be null');
  return filtered(fields, javaClass, { kind: 'prefix', prefix }, scope);
}

/** A name, or `{type: name}`. @throws DruidError INVALID_INPUT when there is no such ordering */
export function parseStringOrdering(json: unknown, byDefault: StringOrdering): StringOrdering {
  if (json === undefined || json === null) return byDefault;
  const name = typeof json === 'string' ? json : isObject(json) ? (optionalText(json, 'type') ?? '') : kindOf(json);
  const ordering = findStringOrdering(name);
  if (ordering === undefined) throw refused('query.ordering.StringComparator', `Unknown string comparator[${name}]`);
  return ordering;
}
