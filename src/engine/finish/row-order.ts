import { doubleToString, formatFloat } from '../../common/java-number.js';
import { stringComparator } from '../../common/string-compare.js';
import type { StringOrdering } from '../../query/native-query.js';
import type { TableColumn } from '../../vectors/table.js';

/** Compares two rows of a table by number. */
export type RowOrder = (a: number, b: number) => number;

/** The column's own order, null first: text by UTF-16 code units, numbers by value (NaN last). */
export function naturalOrder(column: TableColumn): RowOrder {
  switch (column.type) {
    case 'LONG': {
      const { values } = column;
      return nullsFirst(column.nulls, (a, b) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : 0));
    }
    case 'DOUBLE':
    case 'FLOAT': {
      const values: ArrayLike<number> = column.values;
      return nullsFirst(column.nulls, (a, b) => compareDoubles(values[a]!, values[b]!));
    }
    default:
      return textOrder(column, 'lexicographic');
  }
}

/** Order by the values' text, null first; numbers are compared as Java writes them. */
export function textOrder(column: TableColumn, ordering: StringOrdering): RowOrder {
  const { ids, dictionary } = column.type === 'STRING' ? column : asText(column);
  const compare = stringComparator(ordering);
  const sorted = Int32Array.from(dictionary, (_, id) => id).sort((a, b) => compare(dictionary[a]!, dictionary[b]!));
  const ranks = new Int32Array(dictionary.length);
  for (let i = 1; i < sorted.length; i++) {
    const isSame = compare(dictionary[sorted[i - 1]!]!, dictionary[sorted[i]!]!) === 0;
    ranks[sorted[i]!] = ranks[sorted[i - 1]!]! + (isSame ? 0 : 1);
  }
  const byRow = Int32Array.from(ids, (id) => (id === -1 ? -1 : ranks[id]!));
  return (a, b) => byRow[a]! - byRow[b]!;
}

/** Java's `Double.compare`. */
export function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return a !== 0 ? 0 : Math.sign(1 / a - 1 / b) || 0;
  return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1;
}

export function reversed(order: RowOrder): RowOrder {
  return (a, b) => order(b, a);
}

/** The first order that tells the rows apart decides. */
export function chained(orders: readonly RowOrder[]): RowOrder {
  return (a, b) => {
    for (const order of orders) {
      const result = order(a, b);
      if (result !== 0) return result;
    }
    return 0;
  };
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
    case 'STRINGS':
      return column.offsets[row] === column.offsets[row + 1];
    case 'JSON':
      return column.texts[row] === null;
  }
}

/** A cell as text, null when it is null. */
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
    case 'JSON':
      return column.texts[row]!;
    case 'STRINGS':
    case 'BINARY':
      return null;
  }
}

function asText(column: TableColumn): { readonly ids: Int32Array; readonly dictionary: readonly string[] } {
  const dictionary: string[] = [];
  const numbers = new Map<string, number>();
  const numRows = column.type === 'JSON' ? column.texts.length : 'values' in column ? column.values.length : 0;
  const ids = new Int32Array(numRows);
  for (let row = 0; row < numRows; row++) {
    const text = textAt(column, row);
    let id = text === null ? -1 : numbers.get(text);
    if (id === undefined) {
      id = dictionary.push(text!) - 1;
      numbers.set(text!, id);
    }
    ids[row] = id;
  }
  return { ids, dictionary };
}

function nullsFirst(nulls: Uint8Array | null, order: RowOrder): RowOrder {
  if (nulls === null) return order;
  return (a, b) => (nulls[a] === 1 || nulls[b] === 1 ? nulls[b]! - nulls[a]! : order(a, b));
}
