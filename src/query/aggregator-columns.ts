import type { AggregatorSpec, Filter } from './native-query.js';

/**
 * The columns that an aggregator reads, each once; those of its filters by `filterColumns`.
 * @param filterColumns names of the columns that a filter reads
 */
export function aggregatorColumns(
  spec: AggregatorSpec,
  filterColumns: (filter: Filter) => Iterable<string>,
): readonly string[] {
  switch (spec.type) {
    case 'count':
    case 'grouping':
      return [];
    case 'filtered':
      return [...new Set([...filterColumns(spec.filter), ...aggregatorColumns(spec.aggregator, filterColumns)])];
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
