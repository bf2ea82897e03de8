import type { Table, TableColumn } from './table.js';

/** Bytes that a table holds on the heap, strings counted at two bytes a character. */
export function tableBytes(table: Table): number {
  return table.columns.reduce((sum, column) => sum + columnBytes(column), 0);
}

function columnBytes(column: TableColumn): number {
  switch (column.type) {
    case 'LONG':
    case 'DOUBLE':
    case 'FLOAT':
      return column.values.byteLength + (column.nulls?.byteLength ?? 0);
    case 'STRING':
      return column.ids.byteLength + textBytes(column.dictionary);
    // The space is the node's, not the table's.
    case 'IDS':
      return column.ids.byteLength;
    case 'STRINGS':
      return column.ids.byteLength + column.offsets.byteLength + textBytes(column.dictionary);
    case 'BINARY':
      return column.bytes.byteLength + column.offsets.byteLength + (column.nulls?.byteLength ?? 0);
    case 'JSON':
      return textBytes(column.texts);
  }
}

function textBytes(texts: readonly (string | null)[]): number {
  let bytes = 0;
  for (const text of texts) bytes += 16 + 2 * (text?.length ?? 0);
  return bytes;
}
