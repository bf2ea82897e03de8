import type { Interval } from '../common/interval.js';
import type { ArenaHandle } from '../memory/memory-ref.js';
import type { SegmentBlocks } from '../protocol/block-ref.js';
import type { StreamState } from '../segments/format/segment-schema.js';
import type { DataSchema } from './spec/data-schema.js';

/** One segment to be made: the rows of `segments` whose time lies in `interval`. */
export interface MergePart {
  readonly interval: Interval;
  readonly segments: readonly SegmentBlocks[];
}

/** What a merge thread is given: blocks by reference, never copied. */
export interface MergeJob {
  /** An empty or absent directory of the job's own. */
  readonly directory: string;
  readonly parts: readonly MergePart[];
  readonly arenas: readonly ArenaHandle[];
  readonly dataSchema: DataSchema;
  readonly maxRowsPerSegment: number;
  /** Stream range that the rows are of; undefined for batch. */
  readonly state: StreamState | undefined;
}
