/** Validated specs back into Druid's JSON: segment metadata, query plans, supervisor specs. */
import { formatInterval } from '../common/iso-time.js';
import type { AggregatorSpec, DimensionSpec, Filter } from './native-query.js';

/** The object that Druid prints for an aggregator. */
export function aggregatorToJson(spec: AggregatorSpec): Readonly<Record<string, unknown>> {
  switch (spec.type) {
    case 'sum':
    case 'min':
    case 'max':
      return { type: typeName(spec.kind, spec.type), name: spec.name, fieldName: spec.fieldName };
    case 'first':
    case 'last':
    case 'any': {
      const { kind, type, ...rest } = spec;
      return { type: typeName(kind, type), ...rest };
    }
    case 'filtered':
      return {
        type: 'filtered',
        aggregator: aggregatorToJson(spec.aggregator),
        filter: filterToJson(spec.filter),
        name: spec.name,
      };
    case 'cardinality':
      return { ...spec, fields: spec.fields.map(dimensionToJson) };
    default:
      return { ...spec };
  }
}

/** The object that Druid prints for a dimension. */
export function dimensionToJson(spec: DimensionSpec): Readonly<Record<string, unknown>> {
  return { type: spec.type, dimension: spec.dimension, outputName: spec.outputName, outputType: spec.outputType };
}

/** The object that Druid prints for a filter. */
export function filterToJson(filter: Filter): Readonly<Record<string, unknown>> {
  switch (filter.type) {
    case 'and':
    case 'or':
      return { type: filter.type, fields: filter.fields.map(filterToJson) };
    case 'not':
    case 'istrue':
    case 'isfalse':
      return { type: filter.type, field: filterToJson(filter.field) };
    case 'interval':
      return { type: 'interval', dimension: filter.dimension, intervals: filter.intervals.map(formatInterval) };
    case 'bound':
      return { ...filter, ordering: { type: filter.ordering } };
    default:
      return { ...filter };
  }
}

/** `long` and `sum` make `longSum`. */
function typeName(kind: string, operation: string): string {
  return `${kind}${operation[0]!.toUpperCase()}${operation.slice(1)}`;
}
