import type { Table, TableColumn } from '../../vectors/table.js';

/**
 * Where runs of rows begin: ascending, the number of rows last. Rows of one run are equal in `columns` (nulls are equal to each other, columns
 * that do not exist are null); a run ends where one of `within` does.
 */
export function runStarts(table: Table, columns: readonly string[], within?: Uint32Array): Uint32Array {
  const { numRows } = table;
  const begins = new Uint8Array(numRows + 1);
  begins[0] = 1;
  begins[numRows] = 1;
  if (within !== undefined) for (const start of within) begins[start] = 1;
  for (const name of new Set(columns)) {
    const column = table.columns[table.names.indexOf(name)];
    if (column === undefined) continue;
    const isSame = equality(column);
    for (let row = 1; row < numRows; row++) if (begins[row] === 0 && !isSame(row - 1, row)) begins[row] = 1;
  }
  let count = 0;
  for (const begin of begins) count += begin;
  const starts = new Uint32Array(count);
  for (let row = 0, at = 0; row <= numRows; row++) if (begins[row] === 1) starts[at++] = row;
  return starts;
}

type Equality = (a: number, b: number) => boolean;

function equality(column: TableColumn): Equality {
  switch (column.type) {
    case 'LONG': {
      const { buffer, byteOffset, length } = column.values;
      const words = new Int32Array(buffer, byteOffset, length * 2);
      const isSame: Equality = (a, b) => words[2 * a] === words[2 * b] && words[2 * a + 1] === words[2 * b + 1];
      return nullable(column.nulls, isSame);
    }
    case 'DOUBLE':
    case 'FLOAT':
      return nullable(column.nulls, (a, b) => Object.is(column.values[a], column.values[b]));
    case 'STRING':
    case 'IDS':
      return (a, b) => column.ids[a] === column.ids[b];
    case 'STRINGS':
      return sameLists(column.offsets, column.ids);
    case 'BINARY':
      return nullable(column.nulls, sameLists(column.offsets, column.bytes));
    case 'JSON':
      return (a, b) => column.texts[a] === column.texts[b];
  }
}

function nullable(nulls: Uint8Array | null, isSame: Equality): Equality {
  if (nulls === null) return isSame;
  return (a, b) => (nulls[a] === 1 || nulls[b] === 1 ? nulls[a] === nulls[b] : isSame(a, b));
}

function sameLists(offsets: Uint32Array, elements: Int32Array | Uint8Array): Equality {
  return (a, b) => {
    const [from, other] = [offsets[a]!, offsets[b]!];
    const length = offsets[a + 1]! - from;
    if (offsets[b + 1]! - other !== length) return false;
    for (let i = 0; i < length; i++) if (elements[from + i] !== elements[other + i]) return false;
    return true;
  };
}
