import type { Table, TableColumn } from '../../vectors/table.js';

/** The table with one more row, in which every column is null. */
export function withNullRow(table: Table): Table {
  return { numRows: table.numRows + 1, names: table.names, columns: table.columns.map((column) => padded(column)) };
}

function padded(column: TableColumn): TableColumn {
  switch (column.type) {
    case 'LONG': {
      const values = new BigInt64Array(column.values.length + 1);
      values.set(column.values);
      return { type: 'LONG', values, nulls: paddedNulls(column.nulls, column.values.length) };
    }
    case 'DOUBLE': {
      const values = new Float64Array(column.values.length + 1);
      values.set(column.values);
      return { type: 'DOUBLE', values, nulls: paddedNulls(column.nulls, column.values.length) };
    }
    case 'FLOAT': {
      const values = new Float32Array(column.values.length + 1);
      values.set(column.values);
      return { type: 'FLOAT', values, nulls: paddedNulls(column.nulls, column.values.length) };
    }
    case 'STRING': {
      const ids = new Int32Array(column.ids.length + 1).fill(-1);
      ids.set(column.ids);
      return { ...column, ids };
    }
    case 'IDS': {
      const ids = new Uint32Array(column.ids.length + 1);
      ids.set(column.ids);
      return { ...column, ids };
    }
    case 'STRINGS':
      return { ...column, offsets: paddedOffsets(column.offsets) };
    case 'BINARY':
      return {
        ...column,
        offsets: paddedOffsets(column.offsets),
        nulls: paddedNulls(column.nulls, column.offsets.length - 1),
      };
    case 'JSON':
      return { ...column, texts: [...column.texts, null] };
  }
}

function paddedNulls(nulls: Uint8Array | null, numRows: number): Uint8Array {
  const out = new Uint8Array(numRows + 1);
  if (nulls !== null) out.set(nulls);
  out[numRows] = 1;
  return out;
}

function paddedOffsets(offsets: Uint32Array): Uint32Array {
  const out = new Uint32Array(offsets.length + 1);
  out.set(offsets);
  out[offsets.length] = offsets[offsets.length - 1]!;
  return out;
}
