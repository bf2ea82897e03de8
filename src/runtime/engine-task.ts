import type { ArenaHandle } from '../memory/memory-ref.js';
import type { LeafPlan } from '../plan/leaf-plan.js';
import type { SegmentBlocks } from '../memory/block-ref.js';
import type { Table } from '../vectors/table.js';

/** What the main thread posts to each worker thread that joins in a query; columns are named, never copied. */
export interface EngineTask {
  readonly plan: LeafPlan;
  readonly segments: readonly SegmentBlocks[];
  readonly arenas: readonly ArenaHandle[];
  /** Shared words of ScatterControl: all tasks of one query draw blocks from it. */
  readonly control: SharedArrayBuffer;
}

/** The partial result of one thread over the blocks that it drew. */
export interface EngineTaskResult {
  readonly table: Table;
}
