import type { AggregatorSpec, Filter } from '../query/native-query.js';
import type { RowFilter } from '../vectors/selection.js';
import { CountAggregator } from './count.js';
import { createQuantiles, createTheta } from './data-sketches.js';
import { FilteredAggregator } from './filtered.js';
import { FirstLastAggregator } from './first-last.js';
import type { GroupedAggregator } from './grouped-aggregator.js';
import { createHll } from './hll.js';
import { createCardinality, createHyperUnique } from './hyper-unique.js';
import { LongExtremeAggregator, RealExtremeAggregator } from './min-max.js';
import { LongPairValues, type PairValues, RealPairValues, StringPairValues } from './pair-values.js';
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
    case 'first':
    case 'last':
      return new FirstLastAggregator(spec.type, spec.fieldName, spec.timeColumn, pairValues(spec));
    case 'cardinality':
      return createCardinality(spec);
    case 'hyperUnique':
      return createHyperUnique(spec);
    case 'thetaSketch':
      return createTheta(spec);
    case 'HLLSketchBuild':
    case 'HLLSketchMerge':
      return createHll(spec);
    case 'quantilesDoublesSketch':
      return createQuantiles(spec);
  }
}

function pairValues(spec: Extract<AggregatorSpec, { readonly type: 'first' | 'last' }>): PairValues {
  if (spec.kind === 'string') return new StringPairValues(spec.maxStringBytes);
  return spec.kind === 'long' ? new LongPairValues() : new RealPairValues(spec.kind === 'float');
}
