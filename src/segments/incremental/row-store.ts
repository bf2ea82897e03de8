import type { BlockInfo } from './column-set.js';
import type { InputRow } from './input-row.js';
import type { RowBatch } from './row-batch.js';

export const MAX_STAGED_ROWS = 1024;

/** Rows of a batch on their way into a store. */
export interface StagedRows {
  readonly batch: RowBatch;
  /** By row of the batch, truncated to query granularity. */
  readonly times: Float64Array;
  /** Which rows, by their numbers in the batch: the first `n`. */
  readonly rows: Uint32Array;
  readonly n: number;
}

/** How an index keeps its rows: as they come, or grouped. */
export interface RowStore {
  /** Rows stored so far: input rows, or groups. */
  readonly numRows: number;
  /** True while __time of all rows in order of blocks ascends. */
  readonly ascending: boolean;
  /** @param timeMs truncated to query granularity. @throws ArenaFull, with the row not added */
  add(row: InputRow, timeMs: number): void;
  /**
   * Makes sure that `commit` can add these rows, at most `MAX_STAGED_ROWS`; nothing is added before.
   * @throws ArenaFull
   */
  stage(staged: StagedRows): void;
  /** Adds what was staged last. */
  commit(): void;
  /** Makes every row added so far part of `blocks`. @throws ArenaFull */
  seal(): void;
  /** Queryable rows; a block may grow at its end unless it `isFixed`. */
  readonly blocks: readonly BlockInfo[];
  isFixed(info: BlockInfo): boolean;
}
