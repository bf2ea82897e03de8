import type { Table, TableColumn } from '../../src/vectors/table.js';

export type PlainCell = bigint | number | string | null | (string | null)[];

/** A cell as plain data; images as base64. */
export function cellOf(column: TableColumn, row: number): PlainCell {
  if ('nulls' in column && column.nulls?.[row] === 1) return null;
  switch (column.type) {
    case 'LONG':
    case 'DOUBLE':
    case 'FLOAT':
      return column.values[row]!;
    case 'STRING':
      return column.ids[row] === -1 ? null : column.dictionary[column.ids[row]!]!;
    case 'IDS':
      return column.ids[row] === 0 ? null : (column.space.value?.(column.ids[row]!) ?? null);
    case 'STRINGS':
      return Array.from(column.ids.subarray(column.offsets[row], column.offsets[row + 1]), (id) =>
        id === -1 ? null : column.dictionary[id]!,
      );
    case 'BINARY':
      return Buffer.from(column.bytes.subarray(column.offsets[row], column.offsets[row + 1])).toString('base64');
    case 'JSON':
      return column.texts[row] ?? null;
  }
}

/** Rows as lists of cells. */
export function rowsOf(table: Table): PlainCell[][] {
  return Array.from({ length: table.numRows }, (_, row) => table.columns.map((column) => cellOf(column, row)));
}

/** Rows by column name. */
export function recordsOf(table: Table): Record<string, PlainCell>[] {
  return rowsOf(table).map((cells) => Object.fromEntries(cells.map((cell, i) => [table.names[i]!, cell])));
}
