import type { Table, TableColumn } from './table.js';

/** A new table of the rows at `rows`, in that order; a row may come more than once. */
export function takeRows(table: Table, rows: Uint32Array): Table {
  return {
    numRows: rows.length,
    names: table.names,
    columns: table.columns.map((column) => takeColumn(column, rows)),
  };
}

/** One column's share of `takeRows`. Dictionaries are shared with the source. */
export function takeColumn(column: TableColumn, rows: Uint32Array): TableColumn {
  switch (column.type) {
    case 'LONG':
      return { type: 'LONG', values: takeLongs(column.values, rows), nulls: takeNulls(column.nulls, rows) };
    case 'DOUBLE': {
      const values = new Float64Array(rows.length);
      for (let i = 0; i < rows.length; i++) values[i] = column.values[rows[i]!]!;
      return { type: 'DOUBLE', values, nulls: takeNulls(column.nulls, rows) };
    }
    case 'FLOAT': {
      const values = new Float32Array(rows.length);
      for (let i = 0; i < rows.length; i++) values[i] = column.values[rows[i]!]!;
      return { type: 'FLOAT', values, nulls: takeNulls(column.nulls, rows) };
    }
    case 'STRING': {
      const ids = new Int32Array(rows.length);
      for (let i = 0; i < rows.length; i++) ids[i] = column.ids[rows[i]!]!;
      return { type: 'STRING', ids, dictionary: column.dictionary };
    }
    case 'IDS': {
      const ids = new Uint32Array(rows.length);
      for (let i = 0; i < rows.length; i++) ids[i] = column.ids[rows[i]!]!;
      return { type: 'IDS', ids, space: column.space };
    }
    case 'STRINGS':
      return takeStrings(column, rows);
    case 'BINARY':
      return takeBinary(column, rows);
    case 'JSON':
      return { ...column, texts: Array.from(rows, (row) => column.texts[row] ?? null) };
  }
}

function takeLongs(values: BigInt64Array, rows: Uint32Array): BigInt64Array {
  const taken = new BigInt64Array(rows.length);
  const to = new Int32Array(taken.buffer);
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    to[2 * i] = words[2 * row]!;
    to[2 * i + 1] = words[2 * row + 1]!;
  }
  return taken;
}

function takeNulls(nulls: Uint8Array | null, rows: Uint32Array): Uint8Array | null {
  if (nulls === null) return null;
  const taken = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) taken[i] = nulls[rows[i]!]!;
  return taken;
}

function takenOffsets(offsets: Uint32Array, rows: Uint32Array): Uint32Array {
  const taken = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) taken[i + 1] = taken[i]! + offsets[rows[i]! + 1]! - offsets[rows[i]!]!;
  return taken;
}

function takeStrings(column: TableColumn & { type: 'STRINGS' }, rows: Uint32Array): TableColumn {
  const offsets = takenOffsets(column.offsets, rows);
  const ids = new Int32Array(offsets[rows.length]!);
  for (let i = 0; i < rows.length; i++) {
    ids.set(column.ids.subarray(column.offsets[rows[i]!]!, column.offsets[rows[i]! + 1]!), offsets[i]!);
  }
  return { type: 'STRINGS', offsets, ids, dictionary: column.dictionary };
}

function takeBinary(column: TableColumn & { type: 'BINARY' }, rows: Uint32Array): TableColumn {
  const offsets = takenOffsets(column.offsets, rows);
  const bytes = new Uint8Array(offsets[rows.length]!);
  for (let i = 0, end = 0; i < rows.length; i = end) {
    // Rows that lie beside each other are copied at once.
    end = i + 1;
    while (end < rows.length && rows[end] === rows[end - 1]! + 1) end++;
    bytes.set(column.bytes.subarray(column.offsets[rows[i]!]!, column.offsets[rows[end - 1]! + 1]!), offsets[i]!);
  }
  return { type: 'BINARY', offsets, bytes, nulls: takeNulls(column.nulls, rows) };
}
