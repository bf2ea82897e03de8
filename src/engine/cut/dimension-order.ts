import { textOfId } from '../../vectors/ids-column.js';
import type { Table, TableColumn } from '../../vectors/table.js';

type Value = string | number | bigint;

/** The order of groups by the value of their only dimension, nulls first; each value is looked up once. */
export class DimensionOrder {
  readonly #tables: readonly Table[];
  readonly #firstRows: Uint32Array;
  readonly #values = new Map<number, Value | null>();

  /** @param firstRows by group, one of its rows, counted over all tables */
  constructor(tables: readonly Table[], firstRows: Uint32Array) {
    this.#tables = tables;
    this.#firstRows = firstRows;
  }

  compare(a: number, b: number): number {
    const x = this.#valueOf(a);
    const y = this.#valueOf(b);
    if (x === y) return 0;
    if (x === null || y === null) return x === null ? -1 : 1;
    return x < y ? -1 : 1;
  }

  #valueOf(group: number): Value | null {
    let value = this.#values.get(group);
    if (value === undefined) {
      let row = this.#firstRows[group]!;
      let table = 0;
      for (; row >= this.#tables[table]!.numRows; table++) row -= this.#tables[table]!.numRows;
      value = valueAt(this.#tables[table]!.columns[1]!, row);
      this.#values.set(group, value);
    }
    return value;
  }
}

function valueAt(column: TableColumn, row: number): Value | null {
  switch (column.type) {
    case 'IDS':
      return column.ids[row] === 0 ? null : textOfId(column.space, column.ids[row]!);
    case 'STRING':
      return column.dictionary[column.ids[row]!] ?? null;
    case 'JSON':
      return column.texts[row]!;
    case 'LONG':
    case 'DOUBLE':
    case 'FLOAT':
      return column.nulls?.[row] === 1 ? null : column.values[row]!;
    case 'STRINGS':
    case 'BINARY':
      throw new TypeError(`Dimension cannot be of column type [${column.type}]`);
  }
}
