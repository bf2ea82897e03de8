import type { Interval } from '../../common/interval.js';
import type { Filter } from '../../query/native-query.js';
import type { Block } from '../../vectors/block.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import type { Selection } from '../../vectors/selection.js';
import type { RunContext, RunSegment } from '../run.js';
import type { BlockSelection } from './block-selection.js';

export type { BlockSelection } from './block-selection.js';

/** The rows of blocks that a plan's intervals and filter keep, found by kernels where they can read the columns. One per thread and plan. */
export class BlockSelector {
  /** @param plan intervals are condensed and sorted */
  constructor(plan: { readonly intervals: readonly Interval[]; readonly filter: Filter | null }, context: RunContext) {
    throw new Error(`not written yet ${plan.intervals.length} ${context.home}`);
  }

  /** Holds until the next call. */
  select(segment: RunSegment, block: Block): BlockSelection {
    throw new Error(`not written yet ${segment.segmentId} ${block.numRows}`);
  }

  /**
   * The rows of a selection whose null byte is 0; holds until the next call, the selection itself stays as it is.
   * @param nulls a byte a row, in the home arena
   */
  notNull(selection: BlockSelection, nulls: Pointer, numRows: number): BlockSelection {
    throw new Error(`not written yet ${selection.kind} ${nulls} ${numRows}`);
  }

  /** The same rows for code that works on views; the list holds until the next call. */
  toRows(selection: BlockSelection): Selection {
    throw new Error(`not written yet ${selection.kind}`);
  }
}
