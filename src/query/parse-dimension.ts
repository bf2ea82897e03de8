/** Dimension specs and string orderings. */
import { findStringOrdering, type StringOrdering } from '../common/string-compare.js';
import { findColumnType, isObject, kindOf, optionalText } from './json-fields.js';
import type { DimensionSpec } from './native-query.js';
import { mismatched, refused, unsupported } from './query-errors.js';

const LACKING = new Set(['extraction', 'listFiltered', 'regexFiltered', 'prefixFiltered', 'lookup', 'mv-filtered']);

/**
 * A column name or a spec; an unknown type silently means `default`, as in Druid.
 * @throws DruidError INVALID_INPUT, or UNSUPPORTED for specs that change values
 */
export function parseDimensionSpec(json: unknown): DimensionSpec {
  if (typeof json === 'string') return { type: 'default', dimension: json, outputName: json, outputType: 'STRING' };
  if (!isObject(json)) {
    throw mismatched(
      `Cannot construct instance of \`org.apache.druid.query.dimension.DimensionSpec\` from ${kindOf(json)} value`,
    );
  }
  const type = optionalText(json, 'type');
  if (type !== null && LACKING.has(type)) throw unsupported('the dimension spec', type);
  const javaClass = 'query.dimension.DefaultDimensionSpec';
  const dimension = optionalText(json, 'dimension');
  if (dimension === null) throw refused(javaClass, 'dimension must not be null');
  const typeName = optionalText(json, 'outputType') ?? 'STRING';
  const outputType = findColumnType(typeName);
  if (outputType === undefined) throw refused(javaClass, `Unknown column type [${typeName}]`);
  return { type: 'default', dimension, outputName: optionalText(json, 'outputName') ?? dimension, outputType };
}

/** A name, or `{type: name}`. @throws DruidError INVALID_INPUT when there is no such ordering */
export function parseStringOrdering(json: unknown, byDefault: StringOrdering): StringOrdering {
  if (json === undefined || json === null) return byDefault;
  const name = typeof json === 'string' ? json : isObject(json) ? (optionalText(json, 'type') ?? '') : kindOf(json);
  const ordering = findStringOrdering(name);
  if (ordering === undefined) throw refused('query.ordering.StringComparator', `Unknown string comparator[${name}]`);
  return ordering;
}
