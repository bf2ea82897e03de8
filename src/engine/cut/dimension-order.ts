import { commonSpace, textOfId } from '../../vectors/ids-column.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { Utf8Space } from '../spaces/utf8-space.js';

type Value = string | number | bigint;

/** The order of groups by the value of their only dimension, nulls first; values are looked up when they are first compared. */
export class DimensionOrder {
  readonly #tables: readonly Table[];
  readonly #firstRows: Uint32Array;
  readonly #values = new Map<number, Value | null>();
  /** By group, where a space of ids knows the order of its values; null where none does. */
  #words: Uint32Array | null | undefined;
  /** By table, how many rows lie before its own. */
  readonly #starts: Uint32Array;

  /** @param firstRows by group, one of its rows, counted over all tables; ascending */
  constructor(tables: readonly Table[], firstRows: Uint32Array) {
    this.#tables = tables;
    this.#firstRows = firstRows;
    this.#starts = new Uint32Array(tables.length);
    for (let i = 1; i < tables.length; i++) this.#starts[i] = this.#starts[i - 1]! + tables[i - 1]!.numRows;
  }

  compare(a: number, b: number): number {
    if (this.#words === undefined) this.#words = this.#orderWords();
    if (this.#words !== null) return this.#words[a]! - this.#words[b]!;
    const x = this.#valueOf(a);
    const y = this.#valueOf(b);
    if (x === y) return 0;
    if (x === null || y === null) return x === null ? -1 : 1;
    return x < y ? -1 : 1;
  }

  #valueOf(group: number): Value | null {
    let value = this.#values.get(group);
    if (value === undefined) {
      const row = this.#firstRows[group]!;
      const table = this.#tableOf(row);
      value = valueAt(this.#tables[table]!.columns[1]!, row - this.#starts[table]!);
      this.#values.set(group, value);
    }
    return value;
  }

  #orderWords(): Uint32Array | null {
    const space = commonSpace(this.#tables.map(({ columns }) => columns[1]!));
    if (!(space instanceof Utf8Space)) return null;
    const ids = new Uint32Array(this.#firstRows.length);
    let group = 0;
    this.#tables.forEach(({ numRows, columns }, table) => {
      const column = columns[1]!;
      const start = this.#starts[table]!;
      for (; group < ids.length && this.#firstRows[group]! < start + numRows; group++) {
        if (column.type === 'IDS') ids[group] = column.ids[this.#firstRows[group]! - start]!;
      }
    });
    return space.orderWords(ids);
  }

  /** The last table that begins at or before a row. */
  #tableOf(row: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#starts[middle]! <= row) low = middle;
      else high = middle - 1;
    }
    return low;
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
