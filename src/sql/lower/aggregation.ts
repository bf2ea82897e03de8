import type { Where } from './lower-where.js';
import type { NativeColumn } from './native-expression.js';
import type { Json } from './partial-query.js';

/** A group key as a native dimension. */
export interface Dimension {
  readonly json: Json;
  readonly column: NativeColumn;
  /** Text of the native expression that it is. */
  readonly expression: string;
}

/** Everything that timeseries, topN and groupBy queries are made of. */
export interface Aggregation {
  readonly where: Where;
  readonly virtualColumns: readonly Json[];
  readonly dimensions: readonly Dimension[];
  readonly aggregations: readonly Json[];
  readonly postAggregations: readonly Json[];
  readonly having: Json | null;
  readonly sets: readonly (readonly number[])[] | null;
  readonly sortColumns: readonly NativeColumn[];
}
