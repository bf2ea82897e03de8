import type { Table } from '../../../vectors/table.js';
import { cellText } from '../../../vectors/column-text.js';

/** Rows per part of output text. */
const ROWS_PER_PART = 1000;

/** JSON array of rows, each an array of its cells, in parts. @source Druid `WindowOperatorQueryQueryToolChest.java` */
export function* encodeRows({ numRows, columns }: Table): Generator<string> {
  const cells = columns.map(cellText);
  let out = '[';
  for (let row = 0; row < numRows; row++) {
    out += row === 0 ? '[' : ',[';
    for (let i = 0; i < cells.length; i++) out += i === 0 ? cells[i]!(row) : `,${cells[i]!(row)}`;
    out += ']';
    if (row % ROWS_PER_PART === ROWS_PER_PART - 1) {
      yield out;
      out = '';
    }
  }
  yield `${out}]`;
}
