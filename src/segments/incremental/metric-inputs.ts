/** Which fields of a record the metrics of an ingestion read, and as what. */
import { aggregatorColumns } from '../../query/aggregator-columns.js';
import { filterColumns } from '../../query/filter-columns.js';
import type { AggregatorSpec } from '../../query/native-query.js';

/** `value`: any scalar or list, taken as strings (inputs of sketches and cardinality). */
export type MetricInputType = 'long' | 'double' | 'float' | 'value';

export interface MetricInput {
  readonly fieldName: string;
  readonly type: MetricInputType;
  /** A metric merges images that stored rows have in place of values; for all others an image is no value. */
  readonly takesImages?: true;
}

/** Metrics of numbers whose state is not one. */
const NUMERIC: ReadonlySet<AggregatorSpec['type']> = new Set([
  'KllDoublesSketch',
  'KllFloatsSketch',
  'doubleMean',
  'variance',
  'histogram',
  'approxHistogram',
  'fixedBucketsHistogram',
]);

/** Distinct inputs in order of first use. A field that is read as several types appears once for each. */
export function metricInputs(metrics: readonly AggregatorSpec[]): readonly MetricInput[] {
  const found = new Map<string, MetricInput>();
  const add = (fieldName: string, type: MetricInputType, takesImages = false): void => {
    const key = `${type} ${fieldName}`;
    const known = found.get(key);
    if (known === undefined || (takesImages && known.takesImages !== true))
      found.set(key, { fieldName, type, ...(takesImages && { takesImages }) });
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
      case 'sum':
      case 'min':
      case 'max':
        add(metric.fieldName, metric.kind);
        return;
      case 'first':
      case 'last':
      case 'any':
        add(metric.fieldName, metric.kind === 'string' ? 'value' : metric.kind, true);
        return;
      case 'quantilesDoublesSketch':
        add(metric.fieldName, metric.isInputSketch === true ? 'value' : 'double', true);
        return;
      case 'arrayOfDoublesSketch':
        add(metric.fieldName, 'value', true);
        for (const column of metric.metricColumns ?? []) add(column, 'double');
        return;
      default:
        for (const column of aggregatorColumns(metric))
          add(column, NUMERIC.has(metric.type) ? 'double' : 'value', true);
    }
  };
  for (const metric of metrics) visit(metric);
  return [...found.values()];
}
