import { DruidError } from '../common/druid-error.js';
import type { AggregatorSpec, Filter } from '../query/native-query.js';
import type { RowFilter } from '../vectors/selection.js';
import { CountAggregator } from './count.js';
import { FilteredAggregator } from './filtered.js';
import type { GroupedAggregator } from './grouped-aggregator.js';
import { LongExtremeAggregator, RealExtremeAggregator } from './min-max.js';
import { DoubleSumAggregator, FloatSumAggregator, LongSumAggregator } from './sum.js';

/** Compiles a filter: the engine's, handed down because this folder lies below it. */
export type FilterCompiler = (filter: Filter) => RowFilter;

/** The accumulator of a spec, without any group yet. */
export function createAggregator(spec: AggregatorSpec, compileFilter: FilterCompiler): GroupedAggregator {
  switch (spec.type) {
    case 'count':
      return new CountAggregator();
    case 'sum':
      if (spec.kind === 'long') return new LongSumAggregator(spec.fieldName);
      if (spec.kind === 'double') return new DoubleSumAggregator(spec.fieldName);
      return new FloatSumAggregator(spec.fieldName);
    case 'min':
    case 'max':
      if (spec.kind === 'long') return new LongExtremeAggregator(spec.type, spec.fieldName);
      return new RealExtremeAggregator(spec.type, spec.kind, spec.fieldName);
    case 'filtered':
      return new FilteredAggregator(compileFilter(spec.filter), createAggregator(spec.aggregator, compileFilter));
    default:
      throw new DruidError(`Aggregator [${spec.name}] has type [${spec.type}], which is not supported`, {
        category: 'UNSUPPORTED',
      });
  }
}
