import { assert } from '../common/assert.js';
import type { Table, TableColumn } from './table.js';

/** Collects named columns of equal length into a Table. */
export class TableBuilder {
  readonly #numRows: number;
  readonly #names: string[] = [];
  readonly #columns: TableColumn[] = [];

  constructor(numRows: number) {
    this.#numRows = numRows;
  }

  /** The builder takes the column's buffers over. @throws AssertionFailure when its length differs */
  add(name: string, column: TableColumn): this {
    assert(columnLength(column) === this.#numRows, `Column [${name}] has another length than its table`);
    this.#names.push(name);
    this.#columns.push(column);
    return this;
  }

  build(): Table {
    return { numRows: this.#numRows, names: this.#names, columns: this.#columns };
  }
}

/** Number of rows of a column. */
export function columnLength(column: TableColumn): number {
  switch (column.type) {
    case 'LONG':
    case 'DOUBLE':
    case 'FLOAT':
      return column.values.length;
    case 'STRING':
    case 'IDS':
      return column.ids.length;
    case 'STRINGS':
    case 'BINARY':
      return column.offsets.length - 1;
    case 'JSON':
      return column.texts.length;
  }
}
