/** Which fields of a record the metrics of an ingestion read, and as what. */
import type { AggregatorSpec, Filter } from '../../query/native-query.js';

/** `value`: any scalar or list, taken as strings (inputs of sketches and cardinality). */
export type MetricInputType = 'long' | 'double' | 'float' | 'value';

export interface MetricInput {
  readonly fieldName: string;
  readonly type: MetricInputType;
}

/** Distinct inputs in order of first use. A field that is read as several types appears once for each. */
export function metricInputs(metrics: readonly AggregatorSpec[]): readonly MetricInput[] {
  const found = new Map<string, MetricInput>();
  const add = (fieldName: string, type: MetricInputType): void => {
    const key = `${type} ${fieldName}`;
    if (!found.has(key)) found.set(key, { fieldName, type });
  };
  const visit = (metric: AggregatorSpec): void => {
    switch (metric.type) {
      case 'count':
        return;
      case 'filtered':
        for (const column of filterColumns(metric.filter)) add(column, 'value');
        visit(metric.aggregator);
        return;
      case 'cardinality':
        for (const field of metric.fields) add(field.dimension, 'value');
        return;
      case 'quantilesDoublesSketch':
        add(metric.fieldName, 'double');
        return;
      case 'sum':
      case 'min':
      case 'max':
        add(metric.fieldName, metric.kind);
        return;
      case 'first':
      case 'last':
        add(metric.fieldName, metric.kind === 'string' ? 'value' : metric.kind);
        return;
      default:
        add(metric.fieldName, 'value');
    }
  };
  for (const metric of metrics) visit(metric);
  return [...found.values()];
}

function filterColumns(filter: Filter): readonly string[] {
  switch (filter.type) {
    case 'true':
    case 'false':
      return [];
    case 'and':
    case 'or':
      return filter.fields.flatMap(filterColumns);
    case 'not':
      return filterColumns(filter.field);
    default:
      return ['column' in filter ? filter.column : filter.dimension];
  }
}
