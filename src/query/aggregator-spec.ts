/** Aggregators after validation, of queries and of the metricsSpec of ingestion alike. Plain data, as in native-query.ts. */
import type { ColumnType } from '../common/column-type.js';
import type { DimensionSpec } from './dimension-spec.js';
import type { Filter } from './filter-spec.js';

export type NumericKind = 'long' | 'double' | 'float';

export type HllTargetType = 'HLL_4' | 'HLL_6' | 'HLL_8';
export type KllAggregatorType =
  | 'KllDoublesSketch'
  | 'KllDoublesSketchMerge'
  | 'KllFloatsSketch'
  | 'KllFloatsSketchMerge';

/** What all that read one column have. */
interface FieldSpec {
  readonly name: string;
  readonly fieldName: string;
}

export type SimpleAggregatorSpec =
  | { readonly type: 'count'; readonly name: string }
  | ({ readonly type: 'sum' | 'min' | 'max'; readonly kind: NumericKind } & FieldSpec)
  | ({ readonly type: 'first' | 'last'; readonly kind: NumericKind; readonly timeColumn: string } & FieldSpec)
  | ({
      readonly type: 'first' | 'last';
      readonly kind: 'string';
      readonly timeColumn: string;
      readonly maxStringBytes: number;
    } & FieldSpec)
  | ({ readonly type: 'any'; readonly kind: NumericKind } & FieldSpec)
  | ({
      readonly type: 'any';
      readonly kind: 'string';
      readonly maxStringBytes: number;
      /** Several values of a row as one text `[a, b]`; else only the first of them. */
      readonly aggregateMultipleValues: boolean;
    } & FieldSpec)
  | ({ readonly type: 'doubleMean' } & FieldSpec)
  | { readonly type: 'filtered'; readonly name: string; readonly filter: Filter; readonly aggregator: AggregatorSpec }
  /** 1 for each of the dimensions, from the left, that the row is not grouped by. */
  | {
      readonly type: 'grouping';
      readonly name: string;
      readonly groupings: readonly string[];
      /** The dimensions of one set of `subtotalsSpec`; absent outside of it: then the value is 0. */
      readonly keyDimensions?: readonly string[];
    }
  | ({ readonly type: 'singleValue'; readonly columnType: ColumnType } & FieldSpec)
  | ({ readonly type: 'histogram'; readonly breaks: readonly number[] } & FieldSpec)
  | ({ readonly type: 'variance' | 'varianceFold'; readonly estimator: 'sample' | 'population' } & FieldSpec);

export interface ExpressionAggregatorSpec {
  readonly type: 'expression';
  readonly name: string;
  readonly fields: readonly string[];
  readonly accumulatorIdentifier: string;
  readonly initialValue: string;
  readonly initialCombineValue: string;
  readonly fold: string;
  /** Null: `fold`, with the other's value in place of the one field. */
  readonly combine: string | null;
  readonly compare: string | null;
  readonly finalize: string | null;
  readonly isNullUnlessAggregated: boolean;
  readonly shouldAggregateNullInputs: boolean;
  readonly shouldCombineAggregateNullInputs: boolean;
  readonly maxSizeBytes: number;
}

export type SketchAggregatorSpec =
  | {
      readonly type: 'cardinality';
      readonly name: string;
      readonly fields: readonly DimensionSpec[];
      readonly byRow: boolean;
      readonly round: boolean;
    }
  | ({ readonly type: 'hyperUnique'; readonly isInputHyperUnique: boolean; readonly round: boolean } & FieldSpec)
  | ({
      readonly type: 'thetaSketch';
      readonly size: number;
      readonly isInputThetaSketch: boolean;
      readonly shouldFinalize: boolean;
      readonly errorBoundsStdDev: 1 | 2 | 3 | null;
    } & FieldSpec)
  | ({
      readonly type: 'HLLSketchBuild' | 'HLLSketchMerge';
      readonly lgK: number;
      readonly tgtHllType: HllTargetType;
      readonly stringEncoding: 'utf16le' | 'utf8';
      readonly shouldFinalize: boolean;
      readonly round: boolean;
    } & FieldSpec)
  | ({
      readonly type: 'quantilesDoublesSketch';
      readonly k: number;
      readonly maxStreamLength: number;
      readonly shouldFinalize: boolean;
      /** Strings are sketches in base64, not numbers. */
      readonly isInputSketch?: true;
    } & FieldSpec)
  | ({ readonly type: KllAggregatorType; readonly k: number; readonly maxStreamLength: number } & FieldSpec)
  | ({
      readonly type: 'arrayOfDoublesSketch';
      readonly nominalEntries: number;
      /** Null: the field holds sketches. */
      readonly metricColumns: readonly string[] | null;
      readonly numberOfValues: number;
    } & FieldSpec)
  | ({
      readonly type: 'approxHistogram' | 'approxHistogramFold';
      readonly resolution: number;
      readonly numBuckets: number;
      /** Null: no limit. */
      readonly lowerLimit: number | null;
      readonly upperLimit: number | null;
      readonly finalizeAsBase64Binary: boolean;
    } & FieldSpec)
  | ({
      readonly type: 'fixedBucketsHistogram';
      readonly lowerLimit: number;
      readonly upperLimit: number;
      readonly numBuckets: number;
      readonly outlierHandlingMode: 'ignore' | 'overflow' | 'clip';
      readonly finalizeAsBase64Binary: boolean;
    } & FieldSpec);

export type AggregatorSpec = SimpleAggregatorSpec | ExpressionAggregatorSpec | SketchAggregatorSpec;
