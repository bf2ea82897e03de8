import type { Interval } from '../../common/interval.js';
import type { ColumnType } from '../../common/column-type.js';
import type { Block, ColumnVector } from '../../vectors/block.js';

/** Rows to merge: of a real-time sequence, a run on disk, or a stored segment. */
export interface MergeInput {
  readonly columnTypes: Readonly<Record<string, ColumnType>>;
  /** Rows of each block. */
  readonly blockRows: readonly number[];
  /** Rows outside are not wanted: newer segments hide them. */
  readonly clip?: Interval;
  /** One vector a block; undefined where the block has only nulls. They are read before the next call, and not kept. */
  column(name: string): Promise<readonly (ColumnVector | undefined)[]>;
}

/** Blocks that are in memory already. */
export function inputFromBlocks(
  columnTypes: Readonly<Record<string, ColumnType>>,
  blocks: readonly Block[],
): MergeInput {
  return {
    columnTypes,
    blockRows: blocks.map((block) => block.numRows),
    column: (name) => Promise.resolve(blocks.map((block) => block.column(name))),
  };
}
