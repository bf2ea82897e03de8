import { formatDouble, formatFloat } from '../common/java-number.js';
import { jsonString } from '../common/json-write.js';
import { commonSpace, stringsOf, textOfId } from './ids-column.js';
import type { IdSpace, Table, TableColumn } from './table.js';

/**
 * Tables one below the other. Columns meet by name, in order of first appearance; where a table lacks one, its rows are null. A column
 * whose type differs between tables becomes JSON, so that every row keeps the form that it has.
 */
export function concatTables(tables: readonly Table[]): Table {
  const [first] = tables;
  if (tables.length === 1 && first !== undefined) return first;
  const names = [...new Set(tables.flatMap((table) => table.names))];
  const numRows = tables.reduce((sum, table) => sum + table.numRows, 0);
  return { numRows, names, columns: names.map((name) => concatColumn(tables, name, numRows)) };
}

interface Piece {
  readonly at: number;
  readonly numRows: number;
  readonly column: TableColumn;
}

function concatColumn(tables: readonly Table[], name: string, numRows: number): TableColumn {
  const pieces: Piece[] = [];
  let at = 0;
  for (const table of tables) {
    const column = table.columns[table.names.indexOf(name)];
    if (column !== undefined && table.numRows > 0) pieces.push({ at, numRows: table.numRows, column });
    at += table.numRows;
  }
  const space = commonSpace(pieces.map((piece) => piece.column));
  if (space !== undefined) return joinIds(pieces, numRows, space);
  return joinPieces(
    pieces.map((piece) => ({ ...piece, column: stringsOf(piece.column) })),
    numRows,
  );
}

function joinPieces(pieces: readonly Piece[], numRows: number): TableColumn {
  switch (typeOf(pieces)) {
    case 'LONG':
      return { type: 'LONG', values: fillLongs(pieces, numRows), nulls: joinNulls(pieces, numRows) };
    case 'DOUBLE':
      return {
        type: 'DOUBLE',
        values: fillReals(pieces, new Float64Array(numRows)),
        nulls: joinNulls(pieces, numRows),
      };
    case 'FLOAT':
      return { type: 'FLOAT', values: fillReals(pieces, new Float32Array(numRows)), nulls: joinNulls(pieces, numRows) };
    case 'STRING':
      return joinStrings(pieces, numRows);
    case 'STRINGS':
      return joinMultiStrings(pieces, numRows);
    case 'BINARY':
      return joinBinary(pieces, numRows);
    case 'JSON':
      return joinJson(pieces, numRows);
  }
}

function joinIds(pieces: readonly Piece[], numRows: number, space: IdSpace): TableColumn {
  const ids = new Uint32Array(numRows);
  for (const { at, column } of pieces) if (column.type === 'IDS') ids.set(column.ids, at);
  return { type: 'IDS', ids, space };
}

/** Ids are strings by now. */
function typeOf(pieces: readonly Piece[]): Exclude<TableColumn['type'], 'IDS'> {
  const types = new Set(pieces.map((piece) => (piece.column.type === 'IDS' ? 'STRING' : piece.column.type)));
  const [only] = types;
  if (types.size <= 1) return only ?? 'STRING';
  return types.size === 2 && types.has('STRING') && types.has('STRINGS') ? 'STRINGS' : 'JSON';
}

function fillLongs(pieces: readonly Piece[], numRows: number): BigInt64Array {
  const values = new BigInt64Array(numRows);
  for (const { at, column } of pieces) if (column.type === 'LONG') values.set(column.values, at);
  return values;
}

function fillReals<T extends Float64Array | Float32Array>(pieces: readonly Piece[], values: T): T {
  for (const { at, column } of pieces) {
    if (column.type === 'DOUBLE' || column.type === 'FLOAT') values.set(column.values, at);
  }
  return values;
}

/** Rows that no piece covers are null. */
function joinNulls(pieces: readonly Piece[], numRows: number): Uint8Array | null {
  const nulls = new Uint8Array(numRows).fill(1);
  for (const { at, numRows: rows, column } of pieces) {
    nulls.fill(0, at, at + rows);
    if ('nulls' in column && column.nulls !== null) nulls.set(column.nulls, at);
  }
  return nulls.includes(1) ? nulls : null;
}

/** Numbers values over several dictionaries. */
class SharedDictionary {
  readonly values: string[] = [];
  readonly #ids = new Map<string, number>();

  /** The shared id of each id of a piece's dictionary. */
  remap(dictionary: readonly string[]): Int32Array {
    return Int32Array.from(dictionary, (value) => {
      let id = this.#ids.get(value);
      if (id === undefined) {
        id = this.values.push(value) - 1;
        this.#ids.set(value, id);
      }
      return id;
    });
  }
}

function joinStrings(pieces: readonly Piece[], numRows: number): TableColumn {
  const shared = new SharedDictionary();
  const ids = new Int32Array(numRows).fill(-1);
  for (const { at, column } of pieces) {
    if (column.type !== 'STRING') continue;
    const remap = shared.remap(column.dictionary);
    for (let i = 0; i < column.ids.length; i++) ids[at + i] = column.ids[i] === -1 ? -1 : remap[column.ids[i]!]!;
  }
  return { type: 'STRING', ids, dictionary: shared.values };
}

function joinMultiStrings(pieces: readonly Piece[], numRows: number): TableColumn {
  const shared = new SharedDictionary();
  const offsets = new Uint32Array(numRows + 1);
  const ids: number[] = [];
  let row = 0;
  for (const { at, numRows: rows, column } of pieces) {
    while (row < at) offsets[++row] = ids.length;
    if (column.type !== 'STRING' && column.type !== 'STRINGS') continue;
    const remap = shared.remap(column.dictionary);
    for (let i = 0; i < rows; i++) {
      const from = column.type === 'STRING' ? i : column.offsets[i]!;
      const to = column.type === 'STRING' ? (column.ids[i] === -1 ? i : i + 1) : column.offsets[i + 1]!;
      for (let k = from; k < to; k++) ids.push(column.ids[k] === -1 ? -1 : remap[column.ids[k]!]!);
      offsets[++row] = ids.length;
    }
  }
  while (row < numRows) offsets[++row] = ids.length;
  return { type: 'STRINGS', offsets, ids: Int32Array.from(ids), dictionary: shared.values };
}

function joinBinary(pieces: readonly Piece[], numRows: number): TableColumn {
  const offsets = new Uint32Array(numRows + 1);
  const total = pieces.reduce(
    (sum, { column }) => sum + (column.type === 'BINARY' ? (column.offsets.at(-1) ?? 0) : 0),
    0,
  );
  const bytes = new Uint8Array(total);
  let row = 0;
  let end = 0;
  for (const { at, numRows: rows, column } of pieces) {
    if (column.type !== 'BINARY') continue;
    while (row < at) offsets[++row] = end;
    bytes.set(column.bytes.subarray(0, column.offsets[rows]!), end);
    for (let i = 0; i < rows; i++) offsets[++row] = end + column.offsets[i + 1]!;
    end += column.offsets[rows]!;
  }
  while (row < numRows) offsets[++row] = end;
  return { type: 'BINARY', offsets, bytes, nulls: joinNulls(pieces, numRows) };
}

function joinJson(pieces: readonly Piece[], numRows: number): TableColumn {
  const texts: (string | null)[] = Array.from({ length: numRows }, () => null);
  for (const { at, numRows: rows, column } of pieces) {
    for (let i = 0; i < rows; i++) texts[at + i] = cellJson(column, i);
  }
  const types = new Set(pieces.map(({ column }) => (column.type === 'JSON' ? column.valueType : undefined)));
  const [valueType] = types;
  return { type: 'JSON', texts, ...(types.size === 1 && valueType !== undefined && { valueType }) };
}

function cellJson(column: TableColumn, row: number): string | null {
  if ('nulls' in column && column.nulls?.[row] === 1) return null;
  switch (column.type) {
    case 'LONG':
      return String(column.values[row]);
    case 'DOUBLE':
      return formatDouble(column.values[row]!);
    case 'FLOAT':
      return formatFloat(column.values[row]!);
    case 'STRING':
      return column.ids[row] === -1 ? null : jsonString(column.dictionary[column.ids[row]!]!);
    case 'IDS':
      return column.ids[row] === 0 ? null : jsonString(textOfId(column.space, column.ids[row]!));
    case 'STRINGS': {
      const ids = Array.from(column.ids.subarray(column.offsets[row], column.offsets[row + 1]));
      const texts = ids.map((id) => (id === -1 ? 'null' : jsonString(column.dictionary[id]!)));
      return texts.length === 0 ? null : texts.length === 1 ? texts[0]! : `[${texts.join(',')}]`;
    }
    case 'BINARY':
      return jsonString(
        Buffer.from(column.bytes.subarray(column.offsets[row], column.offsets[row + 1])).toString('base64'),
      );
    case 'JSON':
      return column.texts[row] ?? null;
  }
}
