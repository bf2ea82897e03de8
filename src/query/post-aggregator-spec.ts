/** Post-aggregators after validation. Plain data, as in native-query.ts. */
import type { ColumnType } from '../common/column-type.js';
import type { HllTargetType } from './aggregator-spec.js';

export type QuantilesFamily = 'quantilesDoublesSketch' | 'KllDoublesSketch' | 'KllFloatsSketch';

type Operation = '+' | '-' | '*' | '/' | 'quotient' | 'pow';
type Ordering = 'numericFirst' | null;
type Deviations = 1 | 2 | 3;

interface Named {
  readonly name: string;
}
/** What reads one sketch, or other value. */
interface OfField extends Named {
  readonly field: PostAggregatorSpec;
}
interface OfFields extends Named {
  readonly fields: readonly PostAggregatorSpec[];
}

export type PlainPostAggregatorSpec =
  | ({ readonly type: 'arithmetic'; readonly fn: Operation; readonly ordering: Ordering } & OfFields)
  | ({
      readonly type: 'fieldAccess' | 'finalizingFieldAccess' | 'hyperUniqueCardinality';
      readonly fieldName: string;
    } & Named)
  /** Whole numbers beyond 2^53 as decimal text. */
  | ({ readonly type: 'constant'; readonly value: number | string } & Named)
  | ({
      readonly type: 'expression';
      readonly expression: string;
      readonly ordering: Ordering;
      readonly outputType: ColumnType | null;
    } & Named)
  | ({ readonly type: 'doubleGreatest' | 'doubleLeast' | 'longGreatest' | 'longLeast' } & OfFields);

export type ThetaPostAggregatorSpec =
  | ({ readonly type: 'thetaSketchEstimate'; readonly errorBoundsStdDev: Deviations | null } & OfField)
  | ({
      readonly type: 'thetaSketchSetOp';
      readonly func: 'UNION' | 'INTERSECT' | 'NOT';
      readonly size: number;
    } & OfFields)
  /** `value` is base64. */
  | ({ readonly type: 'thetaSketchConstant'; readonly value: string } & Named)
  | ({ readonly type: 'thetaSketchToString' } & OfField);

export type HllPostAggregatorSpec =
  | ({ readonly type: 'HLLSketchEstimate'; readonly round: boolean } & OfField)
  | ({ readonly type: 'HLLSketchEstimateWithBounds'; readonly numStdDev: Deviations } & OfField)
  | ({ readonly type: 'HLLSketchUnion'; readonly lgK: number; readonly tgtHllType: HllTargetType } & OfFields)
  | ({ readonly type: 'HLLSketchToString' } & OfField);

/** `family` + `type` is Druid's name. */
export type QuantilesPostAggregatorSpec = { readonly family: QuantilesFamily } & OfField &
  (
    | { readonly type: 'ToQuantile'; readonly fraction: number }
    | { readonly type: 'ToQuantiles'; readonly fractions: readonly number[] }
    | { readonly type: 'ToHistogram'; readonly splitPoints: readonly number[] | null; readonly numBins: number | null }
    | { readonly type: 'ToRank'; readonly value: number }
    | { readonly type: 'ToCDF'; readonly splitPoints: readonly number[] }
    | { readonly type: 'ToString' }
  );

export type TuplePostAggregatorSpec =
  | ({
      readonly type:
        | 'arrayOfDoublesSketchToEstimate'
        | 'arrayOfDoublesSketchToNumEntries'
        | 'arrayOfDoublesSketchToMeans'
        | 'arrayOfDoublesSketchToVariances'
        | 'arrayOfDoublesSketchToString'
        | 'arrayOfDoublesSketchToMetricsSumEstimate'
        | 'arrayOfDoublesSketchToBase64String';
    } & OfField)
  | ({ readonly type: 'arrayOfDoublesSketchToEstimateAndBounds'; readonly numStdDevs: Deviations } & OfField)
  | ({
      readonly type: 'arrayOfDoublesSketchToQuantilesSketch';
      /** From 1. */
      readonly column: number;
      readonly k: number;
    } & OfField)
  | ({
      readonly type: 'arrayOfDoublesSketchSetOp';
      readonly operation: 'UNION' | 'INTERSECT' | 'NOT';
      readonly nominalEntries: number;
      readonly numberOfValues: number;
    } & OfFields)
  | ({ readonly type: 'arrayOfDoublesSketchTTest' } & OfFields)
  | ({ readonly type: 'arrayOfDoublesSketchConstant'; readonly value: string } & Named);

export type HistogramPostAggregatorSpec = { readonly fieldName: string } & Named &
  (
    | { readonly type: 'quantile'; readonly probability: number }
    | { readonly type: 'quantiles'; readonly probabilities: readonly number[] }
    | { readonly type: 'min' | 'max' }
    | { readonly type: 'equalBuckets'; readonly numBuckets: number }
    | { readonly type: 'buckets'; readonly bucketSize: number; readonly offset: number }
    | { readonly type: 'customBuckets'; readonly breaks: readonly number[] }
    | { readonly type: 'stddev'; readonly estimator: 'sample' | 'population' }
  );

export type PostAggregatorSpec =
  | PlainPostAggregatorSpec
  | ThetaPostAggregatorSpec
  | HllPostAggregatorSpec
  | QuantilesPostAggregatorSpec
  | TuplePostAggregatorSpec
  | HistogramPostAggregatorSpec;
