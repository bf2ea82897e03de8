import type { ColumnType } from '../common/column-type.js';
import { TIME_COLUMN } from '../common/column-type.js';
import { invalidInput } from '../common/druid-error.js';
import type { AggregatorSpec } from '../query/native-query.js';

/**
 * The type of the column that a metric of an ingestion becomes. COMPLEX columns hold the metric's one state column as it is
 * (`exportState`); first and last keep (time, value) pairs, for a value alone could not be merged any more.
 * @throws DruidError INVALID_INPUT for aggregators of queries only
 */
export function storedType(spec: AggregatorSpec): ColumnType {
  switch (spec.type) {
    case 'count':
      return 'LONG';
    case 'sum':
    case 'min':
    case 'max':
      return NUMERIC_TYPES[spec.kind];
    case 'any':
      return spec.kind === 'string' ? PAIR_TYPES.string : NUMERIC_TYPES[spec.kind];
    case 'first':
    case 'last':
      return PAIR_TYPES[spec.kind];
    case 'filtered':
      return storedType(spec.aggregator);
    case 'cardinality':
      return 'COMPLEX<hyperUnique>';
    case 'KllDoublesSketchMerge':
      return 'COMPLEX<KllDoublesSketch>';
    case 'KllFloatsSketchMerge':
      return 'COMPLEX<KllFloatsSketch>';
    case 'approxHistogram':
    case 'approxHistogramFold':
      return 'COMPLEX<approximateHistogram>';
    case 'varianceFold':
      return 'COMPLEX<variance>';
    case 'grouping':
    case 'expression':
    case 'singleValue':
      throw invalidInput(
        `Aggregator [${spec.name}] of type [${spec.type}] cannot be a metric: its values are not stored`,
      );
    default:
      return `COMPLEX<${spec.type}>`;
  }
}

const NUMERIC_TYPES = { long: 'LONG', double: 'DOUBLE', float: 'FLOAT' } as const;

const PAIR_TYPES = {
  long: 'COMPLEX<serializablePairLongLong>',
  double: 'COMPLEX<serializablePairLongDouble>',
  float: 'COMPLEX<serializablePairLongFloat>',
  string: 'COMPLEX<serializablePairLongString>',
} as const;

/** What merges the stored column of a metric when stored rows are rolled up once more. @source Druid `AggregatorFactory#getCombiningFactory` */
export function combiningSpec(spec: AggregatorSpec): AggregatorSpec {
  const { name } = spec;
  switch (spec.type) {
    case 'count':
      return { type: 'sum', kind: 'long', name, fieldName: name };
    case 'sum':
    case 'min':
    case 'max':
      return { ...spec, fieldName: name };
    case 'first':
    case 'last':
      return { ...spec, fieldName: name, timeColumn: TIME_COLUMN };
    case 'filtered':
      return combiningSpec({ ...spec.aggregator, name });
    case 'cardinality':
      return { type: 'hyperUnique', name, fieldName: name, isInputHyperUnique: true, round: spec.round };
    case 'hyperUnique':
      return { ...spec, fieldName: name, isInputHyperUnique: true };
    case 'thetaSketch':
      return { ...spec, fieldName: name, isInputThetaSketch: true };
    case 'HLLSketchBuild':
      return { ...spec, type: 'HLLSketchMerge', fieldName: name };
    case 'KllDoublesSketch':
    case 'KllFloatsSketch':
      return { ...spec, type: `${spec.type}Merge`, fieldName: name };
    case 'arrayOfDoublesSketch':
      return { ...spec, fieldName: name, metricColumns: null };
    case 'approxHistogram':
      return { ...spec, type: 'approxHistogramFold', fieldName: name };
    case 'variance':
      return { ...spec, type: 'varianceFold', fieldName: name };
    // These have no stored form: see `storedType`.
    case 'grouping':
    case 'expression':
      return spec;
    default:
      return { ...spec, fieldName: name };
  }
}
