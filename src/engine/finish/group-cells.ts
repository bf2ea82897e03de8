import { doubleToString, formatFloat } from '../../common/java-number.js';
import { textOfId } from '../../vectors/ids-column.js';
import type { TableColumn } from '../../vectors/table.js';

/** Java's `Double.compare`. */
export function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return a !== 0 ? 0 : Math.sign(1 / a - 1 / b) || 0;
  return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1;
}

export function isNullAt(column: TableColumn, row: number): boolean {
  switch (column.type) {
    case 'LONG':
    case 'DOUBLE':
    case 'FLOAT':
    case 'BINARY':
      return column.nulls?.[row] === 1;
    case 'STRING':
      return column.ids[row] === -1;
    case 'IDS':
      return column.ids[row] === 0;
    case 'STRINGS':
      return column.offsets[row + 1]! - column.offsets[row]! < 2 && (column.ids[column.offsets[row]!] ?? -1) === -1;
    case 'JSON':
      return column.texts[row] === null;
  }
}

/** A cell as text, numbers as Java writes them; null when it is null or has no text. */
export function textAt(column: TableColumn, row: number): string | null {
  if (isNullAt(column, row)) return null;
  switch (column.type) {
    case 'LONG':
      return String(column.values[row]);
    case 'DOUBLE':
      return doubleToString(column.values[row]!);
    case 'FLOAT':
      return Number.isFinite(column.values[row]!) ? formatFloat(column.values[row]!) : String(column.values[row]);
    case 'STRING':
      return column.dictionary[column.ids[row]!]!;
    case 'IDS':
      return textOfId(column.space, column.ids[row]!);
    case 'JSON':
      return column.texts[row]!;
    case 'STRINGS':
    case 'BINARY':
      return null;
  }
}
