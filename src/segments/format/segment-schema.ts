import type { ColumnType } from '../../common/column-type.js';
import type { ShardSpec } from '../../metadata/metadata-store.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import type { ColumnVector } from '../../vectors/block.js';
import type { SortedDictionary } from '../dictionary/sorted-dictionary.js';

/** One column of a segment that is about to be written. */
export interface SegmentColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Only for STRING: rows hold lists of ids. */
  readonly multiValue: boolean;
  /** Only for STRING: build a bitmap index, which is still left out when it would be larger than half of the ids. */
  readonly indexed: boolean;
  /** Required for STRING and ARRAY<STRING>: every value that any block will hold. */
  readonly dictionary?: SortedDictionary;
  /**
   * LONG and ARRAY<LONG>: smallest and largest value of the whole segment, inclusive, so that the narrowest integer type can
   * be chosen; without it the column is Int64. Not for __time.
   */
  readonly range?: { readonly min: bigint; readonly max: bigint };
}

export interface SegmentSchema {
  /** In stored order; the first is __time, a LONG. */
  readonly columns: readonly SegmentColumn[];
}

/** Rows of one block: exactly BLOCK_ROWS in every block but the last. */
export interface WriteBlock {
  readonly numRows: number;
  /**
   * One vector a column, in the schema's order. Ids are those of the column's SortedDictionary (the vector's own `dictionary`
   * is not read). __time has no nulls and ascends over the blocks.
   */
  readonly columns: readonly ColumnVector[];
}

/** Which part of a stream a segment holds. */
export interface StreamState {
  readonly stream: string;
  readonly incarnation: string;
  /** Offsets [from, to) by partition. */
  readonly from: OffsetVector;
  readonly to: OffsetVector;
}

/** What a segment says about how it was made; stored as JSON. */
export interface SegmentInfo {
  readonly dimensions: readonly string[];
  readonly metrics: readonly string[];
  readonly rollup: boolean;
  /** As in the ingestion spec. */
  readonly queryGranularity: unknown;
  /** How times were parsed; absent in segments that were made before it was kept, or of inputs that differ. */
  readonly timestampSpec?: unknown;
  /** Aggregator specs as in the ingestion spec. */
  readonly metricsSpec: readonly unknown[];
  /** Stream ranges covered; empty for batch. */
  readonly state: readonly StreamState[];
}

/** What a finished writer reports. */
export interface WrittenSegment {
  readonly directory: string;
  readonly numRows: number;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly dimensions: readonly string[];
  readonly metrics: readonly string[];
  /** All three files together. */
  readonly sizeBytes: number;
  /** Which rows of the interval it has; absent: any. */
  readonly shardSpec?: ShardSpec;
  readonly files: readonly { readonly name: string; readonly sizeBytes: number }[];
}

export const DATA_FILE = 'data.arrow';
export const INDEX_FILE = 'index.roaring';
export const DESCRIPTOR_FILE = 'segment.bin';
