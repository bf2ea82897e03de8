import type { Block } from './block.js';

/**
 * Which rows of a block take part, in the order of the block. `rows` is null when every row 0..count-1 does; else its first
 * `count` entries are row numbers. A row may come more than once where multi-value dimensions are exploded. The buffer belongs to
 * whoever made the selection and holds only until that maker runs again.
 */
export interface Selection {
  readonly rows: Uint16Array | null;
  readonly count: number;
}

export const NO_ROWS: Selection = { rows: new Uint16Array(0), count: 0 };

export function allRows(numRows: number): Selection {
  return { rows: null, count: numRows };
}

/** Narrows a selection to the rows of a block that match; one object per use site, for it owns its output buffer. */
export interface RowFilter {
  narrow(block: Block, selection: Selection): Selection;
}

const EVERY_ROW = Uint16Array.from({ length: 65_536 }, (_, row) => row);

/** The row numbers of a selection as a list; read-only where all rows take part. */
export function rowList(selection: Selection): Uint16Array {
  return selection.rows ?? EVERY_ROW;
}
