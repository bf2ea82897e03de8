import type { Block, SegmentContext } from '../vectors/block.js';
import type { Table } from '../vectors/table.js';

/** One leaf plan over the blocks that are added to it, in any order; belongs to one thread. */
export interface LeafRun {
  add(segment: SegmentContext, block: Block): void;
  /** True when no further block can change the result. */
  readonly done: boolean;
  /** The partial result (see plan/leaf-plan.ts); the run is over. */
  finish(): Table;
}
