import { filterColumns } from './filter-columns.js';
import type { AggregatorSpec } from './native-query.js';

/** The columns that an aggregator reads, each once. */
export function aggregatorColumns(spec: AggregatorSpec): readonly string[] {
  switch (spec.type) {
    case 'count':
    case 'grouping':
      return [];
    case 'filtered':
      return [...new Set([...filterColumns(spec.filter), ...aggregatorColumns(spec.aggregator)])];
    case 'cardinality':
      return [...new Set(spec.fields.map(({ dimension }) => dimension))];
    case 'expression':
      return [...new Set(spec.fields)];
    case 'first':
    case 'last':
      return [...new Set([spec.fieldName, spec.timeColumn])];
    case 'arrayOfDoublesSketch':
      return [...new Set([spec.fieldName, ...(spec.metricColumns ?? [])])];
    default:
      return [spec.fieldName];
  }
}
