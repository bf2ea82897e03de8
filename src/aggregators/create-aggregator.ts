import type { FunctionContext } from '../expressions/functions/expr-function.js';
import type { AggregatorSpec, Filter } from '../query/native-query.js';
import type { RowFilter } from '../vectors/selection.js';
import { createArrayOfDoubles } from './array-of-doubles.js';
import { CountAggregator } from './count.js';
import { ExpressionAggregator } from './expression.js';
import { FilteredAggregator } from './filtered.js';
import { FirstLastAggregator } from './first-last.js';
import type { GroupedAggregator } from './grouped-aggregator.js';
import { GroupingAggregator } from './grouping.js';
import { createApproximateHistogram, createBreaksHistogram, createFixedBucketsHistogram } from './histograms.js';
import { createHll } from './hll.js';
import { createCardinality, createHyperUnique } from './hyper-unique.js';
import { LongExtremeAggregator, RealExtremeAggregator } from './min-max.js';
import { MeanAggregator, VarianceAggregator } from './moments.js';
import { LongPairValues, type PairValues, RealPairValues, StringPairValues } from './pair-values.js';
import { createKll, createQuantiles } from './quantiles.js';
import { SingleValueAggregator } from './single-value.js';
import { DoubleSumAggregator, FloatSumAggregator, LongSumAggregator } from './sum.js';
import { createTheta } from './theta.js';

/** Compiles a filter: the engine's, handed down because this folder lies below it. */
export type FilterCompiler = (filter: Filter) => RowFilter;

type Spec<T extends AggregatorSpec['type']> = Extract<AggregatorSpec, { readonly type: T }>;

const NO_LOOKUPS: FunctionContext = { lookup: () => undefined };

/** The accumulator of a spec, without any group yet. @param context what expressions of the `expression` aggregator may use */
export function createAggregator(
  spec: AggregatorSpec,
  compileFilter: FilterCompiler,
  context: FunctionContext = NO_LOOKUPS,
): GroupedAggregator {
  switch (spec.type) {
    case 'count':
      return new CountAggregator();
    case 'sum':
      return createSum(spec);
    case 'min':
    case 'max':
      if (spec.kind === 'long') return new LongExtremeAggregator(spec.type, spec.fieldName);
      return new RealExtremeAggregator(spec.type, spec.kind, spec.fieldName);
    case 'filtered':
      return new FilteredAggregator(
        compileFilter(spec.filter),
        createAggregator(spec.aggregator, compileFilter, context),
      );
    case 'first':
    case 'last':
      return new FirstLastAggregator(spec.type, spec.fieldName, spec.timeColumn, pairValues(spec));
    case 'any':
      return new FirstLastAggregator('first', spec.fieldName, null, pairValues(spec));
    case 'singleValue':
      return new SingleValueAggregator(spec.fieldName, valuesOfType(spec.columnType));
    case 'doubleMean':
      return new MeanAggregator(spec.fieldName);
    case 'variance':
    case 'varianceFold':
      return new VarianceAggregator(spec.fieldName, spec.estimator);
    case 'grouping':
      return new GroupingAggregator(spec.groupings, spec.keyDimensions ?? null);
    case 'expression':
      return new ExpressionAggregator(spec, context);
    default:
      return createSketch(spec);
  }
}

function createSketch(
  spec: Spec<'cardinality' | 'hyperUnique' | 'thetaSketch' | 'HLLSketchBuild' | 'HLLSketchMerge'> | SummarySpec,
): GroupedAggregator {
  switch (spec.type) {
    case 'cardinality':
      return createCardinality(spec);
    case 'hyperUnique':
      return createHyperUnique(spec);
    case 'thetaSketch':
      return createTheta(spec);
    case 'HLLSketchBuild':
    case 'HLLSketchMerge':
      return createHll(spec);
    case 'arrayOfDoublesSketch':
      return createArrayOfDoubles(spec);
    case 'quantilesDoublesSketch':
      return createQuantiles(spec);
    case 'KllDoublesSketch':
    case 'KllDoublesSketchMerge':
    case 'KllFloatsSketch':
    case 'KllFloatsSketchMerge':
      return createKll(spec);
    case 'histogram':
      return createBreaksHistogram(spec);
    case 'approxHistogram':
    case 'approxHistogramFold':
      return createApproximateHistogram(spec);
    case 'fixedBucketsHistogram':
      return createFixedBucketsHistogram(spec);
  }
}

type SummarySpec = Spec<
  | 'arrayOfDoublesSketch'
  | 'quantilesDoublesSketch'
  | 'KllDoublesSketch'
  | 'KllDoublesSketchMerge'
  | 'KllFloatsSketch'
  | 'KllFloatsSketchMerge'
  | 'histogram'
  | 'approxHistogram'
  | 'approxHistogramFold'
  | 'fixedBucketsHistogram'
>;

function createSum({ kind, fieldName }: Spec<'sum' | 'min' | 'max'>): GroupedAggregator {
  if (kind === 'long') return new LongSumAggregator(fieldName);
  return kind === 'double' ? new DoubleSumAggregator(fieldName) : new FloatSumAggregator(fieldName);
}

function pairValues(spec: Spec<'first' | 'last' | 'any'>): PairValues {
  if (spec.kind !== 'string')
    return spec.kind === 'long' ? new LongPairValues() : new RealPairValues(spec.kind === 'float');
  return new StringPairValues(spec.maxStringBytes, spec.type !== 'any' || spec.aggregateMultipleValues);
}

function valuesOfType(type: Spec<'singleValue'>['columnType']): PairValues {
  if (type === 'LONG') return new LongPairValues();
  if (type === 'DOUBLE' || type === 'FLOAT') return new RealPairValues(type === 'FLOAT');
  return new StringPairValues(Number.POSITIVE_INFINITY);
}
