import type { GranularityJson } from '../../query/native-query.js';
import type { Partitioning } from '../../segments/merge/partition-rows.js';
import type { Interval } from '../../common/interval.js';
import type { ArenaHandle } from '../../memory/memory-ref.js';
import type { SegmentBlocks } from '../../memory/block-ref.js';
import type { StreamState } from '../../segments/format/segment-schema.js';
import type { DataSchema } from '../spec/data-schema.js';

/** One segment to be made: the rows of `segments` whose time lies in `interval`. */
export interface MergePart {
  readonly interval: Interval;
  readonly segments: readonly SegmentBlocks[];
}

/** What a merge thread is given. */
export type MergeJob = RowsMerge | StoredMerge;

/** Rows in memory, blocks by reference, never copied: a closed sequence. */
export interface RowsMerge {
  readonly kind: 'rows';
  /** An empty or absent directory of the job's own. */
  readonly directory: string;
  readonly parts: readonly MergePart[];
  readonly arenas: readonly ArenaHandle[];
  readonly dataSchema: DataSchema;
  readonly maxRowsPerSegment: number;
  /** Stream range that the rows are of; undefined for batch. */
  readonly state: StreamState | undefined;
}

/** Stored segments of one interval that become fewer: compaction. */
export interface StoredMerge {
  readonly kind: 'stored';
  readonly directory: string;
  readonly interval: Interval;
  /** Local copies of the segments. */
  readonly inputs: readonly string[];
  readonly maxRowsPerSegment: number;
  /** By input, the part of it that is visible; null = all. */
  readonly clips?: readonly (Interval | null)[];
  /** In place of what the inputs have. */
  readonly queryGranularity?: GranularityJson;
  readonly rollup?: boolean;
  readonly partitioning?: Partitioning;
}
