import type { Block } from '../../vectors/block.js';
import { markRows, selectMarked, selectUnmarked } from '../../vectors/kernels/select.js';
import { NO_ROWS, type RowFilter, rowList, type Selection } from '../../vectors/selection.js';

const BLOCK_ROWS = 65_536;

/** Reused buffers of one filter: a mark per row of a block, all 0 between uses, and the rows that it gives out. */
class Scratch {
  readonly marks = new Uint8Array(BLOCK_ROWS);
  #rows = new Uint16Array(0);

  /** Exploded selections can be longer than a block. */
  rows(count: number): Uint16Array {
    if (this.#rows.length < count) this.#rows = new Uint16Array(Math.max(count, BLOCK_ROWS));
    return this.#rows;
  }
}

export class AndFilter implements RowFilter {
  readonly #fields: readonly RowFilter[];

  constructor(fields: readonly RowFilter[]) {
    this.#fields = fields;
  }

  narrow(block: Block, selection: Selection): Selection {
    let current = selection;
    for (const field of this.#fields) {
      if (current.count === 0) return NO_ROWS;
      current = field.narrow(block, current);
    }
    return current;
  }
}

/** Each field sees only the rows that no field before it has matched. */
export class OrFilter implements RowFilter {
  readonly #fields: readonly RowFilter[];
  readonly #scratch = new Scratch();
  readonly #rest = new Scratch();

  constructor(fields: readonly RowFilter[]) {
    this.#fields = fields;
  }

  narrow(block: Block, selection: Selection): Selection {
    const marks = this.#scratch.marks;
    const rows = rowList(selection);
    let matched = 0;
    let rest = selection;
    for (const field of this.#fields) {
      const found = field.narrow(block, rest);
      if (found.count === 0) continue;
      matched += found.count;
      if (matched === selection.count) {
        marks.fill(0, 0, block.numRows);
        return selection;
      }
      markRows(rowList(found), found.count, marks, 1);
      const out = this.#rest.rows(rest.count);
      rest = { rows: out, count: selectUnmarked(marks, rowList(rest), rest.count, out) };
    }
    if (matched === 0) return NO_ROWS;
    const out = this.#scratch.rows(selection.count);
    const count = selectMarked(marks, rows, selection.count, out);
    markRows(out, count, marks, 0);
    return { rows: out, count };
  }
}

export class NotFilter implements RowFilter {
  readonly #field: RowFilter;
  readonly #scratch = new Scratch();

  /** @param field compiled to keep the rows that `not` must leave out */
  constructor(field: RowFilter) {
    this.#field = field;
  }

  narrow(block: Block, selection: Selection): Selection {
    const left = this.#field.narrow(block, selection);
    if (left.count === 0) return selection;
    if (left.count === selection.count) return NO_ROWS;
    const marks = this.#scratch.marks;
    const leftRows = rowList(left);
    markRows(leftRows, left.count, marks, 1);
    const out = this.#scratch.rows(selection.count);
    const count = selectUnmarked(marks, rowList(selection), selection.count, out);
    markRows(leftRows, left.count, marks, 0);
    return { rows: out, count };
  }
}
