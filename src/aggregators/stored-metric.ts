import type { ColumnType } from '../common/column-type.js';
import { TIME_COLUMN } from '../common/column-type.js';
import type { AggregatorSpec } from '../query/native-query.js';

/**
 * The type of the column that a metric of an ingestion becomes. COMPLEX columns hold the metric's one state column as it is
 * (`exportState`); first and last keep (time, value) pairs, for a value alone could not be merged any more.
 */
export function storedType(spec: AggregatorSpec): ColumnType {
  switch (spec.type) {
    case 'count':
      return 'LONG';
    case 'sum':
    case 'min':
    case 'max':
      return spec.kind === 'long' ? 'LONG' : spec.kind === 'double' ? 'DOUBLE' : 'FLOAT';
    case 'first':
    case 'last':
      return PAIR_TYPES[spec.kind];
    case 'filtered':
      return storedType(spec.aggregator);
    case 'cardinality':
      return 'COMPLEX<hyperUnique>';
    default:
      return `COMPLEX<${spec.type}>`;
  }
}

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
    case 'HLLSketchMerge':
    case 'quantilesDoublesSketch':
      return { ...spec, fieldName: name };
  }
}
