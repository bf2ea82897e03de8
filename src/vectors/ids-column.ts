import { assert } from '../common/assert.js';
import type { IdSpace, Table, TableColumn } from './table.js';

export type IdsColumn = TableColumn & { readonly type: 'IDS' };

/** Up to this many rows an array over the ids of a space is not worth its size. */
const FEW_ROWS = 1024;

/** Gives each IDS column its space. @throws AssertionFailure for a space that `spaceOf` does not know */
export function bindSpaces(table: Table, spaceOf: (key: string) => IdSpace | undefined): Table {
  if (!table.columns.some(({ type }) => type === 'IDS')) return table;
  const columns = table.columns.map((column) => {
    if (column.type !== 'IDS') return column;
    const space = spaceOf(column.space.key);
    assert(space !== undefined, `Id space [${column.space.key}] is not known here`);
    return { type: 'IDS' as const, ids: column.ids, space };
  });
  return { ...table, columns };
}

/** The table with every IDS column as strings, as it leaves the node; the same table when it has none. */
export function resolveIds(table: Table): Table {
  if (!table.columns.some(({ type }) => type === 'IDS')) return table;
  return { ...table, columns: table.columns.map(stringsOf) };
}

/** An IDS column as STRING; each value is decoded once. Other columns stay as they are. */
export function stringsOf(column: TableColumn): TableColumn {
  if (column.type !== 'IDS') return column;
  const { numbers, ids } = distinctIds(column);
  const { space } = column;
  return { type: 'STRING', ids: numbers, dictionary: textsOfIds(space, ids) };
}

/** The string of an id other than 0. @throws AssertionFailure when the space is not bound */
export function textOfId(space: IdSpace, id: number): string {
  assert(space.value !== undefined, `Ids of space [${space.key}] have no strings here`);
  return space.value(id);
}

/** The strings of ids other than 0. @throws AssertionFailure when the space is not bound */
export function textsOfIds(space: IdSpace, ids: Uint32Array): string[] {
  return space.values?.(ids) ?? Array.from(ids, (id) => textOfId(space, id));
}

/** The distinct ids of a column, in order of first appearance, and each row's place among them (-1: null). */
export function distinctIds(column: IdsColumn): { readonly numbers: Int32Array; readonly ids: Uint32Array } {
  const { ids: rows, space } = column;
  const found = new Uint32Array(Math.min(rows.length, space.size));
  const numbers = new Int32Array(rows.length);
  const size =
    rows.length > FEW_ROWS && space.size <= rows.length * 16
      ? numberDense(rows, new Int32Array(space.size + 1), numbers, found)
      : numberSparse(rows, numbers, found);
  return { numbers, ids: found.subarray(0, size) };
}

/** The space that all columns have their ids from, as large as any of them saw it; undefined when there is no such space. */
export function commonSpace(columns: readonly TableColumn[]): IdSpace | undefined {
  let common: IdSpace | undefined;
  for (const column of columns) {
    if (column.type !== 'IDS' || (common !== undefined && column.space.key !== common.key)) return undefined;
    if (common === undefined || column.space.size > common.size) common = column.space;
  }
  return common;
}

function numberDense(rows: Uint32Array, known: Int32Array, numbers: Int32Array, found: Uint32Array): number {
  let size = 0;
  for (let row = 0; row < rows.length; row++) {
    const id = rows[row]!;
    if (id !== 0 && known[id] === 0) {
      found[size++] = id;
      known[id] = size;
    }
    numbers[row] = known[id]! - 1;
  }
  return size;
}

function numberSparse(rows: Uint32Array, numbers: Int32Array, found: Uint32Array): number {
  const known = new Map<number, number>();
  for (let row = 0; row < rows.length; row++) {
    const id = rows[row]!;
    let number = id === 0 ? -1 : known.get(id);
    if (number === undefined) {
      number = known.size;
      found[number] = id;
      known.set(id, number);
    }
    numbers[row] = number;
  }
  return known.size;
}
