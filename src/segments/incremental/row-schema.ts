/**
 * What a row of an incremental index consists of: dimensions (whose list may grow under schema discovery) and metrics.
 */
import type { AggregatorSpec, GranularityJson } from '../../query/native-query.js';

/** `AUTO` takes its type from the values seen; `JSON` keeps any value as JSON text. */
export type DimensionType = 'STRING' | 'LONG' | 'FLOAT' | 'DOUBLE' | 'AUTO' | 'JSON';

/** What happens to the values of a row that has several: kept sorted, sorted without repeats, or as they came. */
export type MultiValueHandling = 'SORTED_ARRAY' | 'SORTED_SET' | 'ARRAY';

export interface DimensionSchema {
  readonly name: string;
  readonly type: DimensionType;
  /** Only read for STRING. */
  readonly multiValueHandling: MultiValueHandling;
  /** Only read for STRING. */
  readonly createBitmapIndex: boolean;
}

/** A dimension of type STRING with Druid's defaults. */
export function stringDimension(name: string): DimensionSchema {
  return { name, type: 'STRING', multiValueHandling: 'SORTED_ARRAY', createBitmapIndex: true };
}

/** A dimension whose type is found out. */
export function autoDimension(name: string): DimensionSchema {
  return { name, type: 'AUTO', multiValueHandling: 'ARRAY', createBitmapIndex: true };
}

/** The fixed part of a schema; `dimensions` are those known at the start. */
export interface RowSchema {
  readonly dimensions: readonly DimensionSchema[];
  readonly metrics: readonly AggregatorSpec[];
  /** `__time` is truncated to it. */
  readonly queryGranularity: GranularityJson;
  readonly rollup: boolean;
}
