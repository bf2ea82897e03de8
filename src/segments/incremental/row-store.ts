import type { BlockInfo } from './column-set.js';
import type { InputRow } from './input-row.js';

/** How an index keeps its rows: as they come, or grouped. */
export interface RowStore {
  /** Rows stored so far: input rows, or groups. */
  readonly numRows: number;
  /** True while __time of all rows in order of blocks ascends. */
  readonly ascending: boolean;
  /** @param timeMs truncated to query granularity. @throws ArenaFull, with the row not added */
  add(row: InputRow, timeMs: number): void;
  /** Makes every row added so far part of `blocks`. @throws ArenaFull */
  seal(): void;
  /** Queryable rows; a block may grow at its end. */
  readonly blocks: readonly BlockInfo[];
}
