import { assert } from '../../common/assert.js';
import type { TableColumn } from '../../vectors/table.js';
import type { RowValue } from './input-row.js';
import type { BatchColumn } from './row-batch.js';

/** A cell of an aggregator's column in the form that a column of an index takes. */
export function cellOf(column: TableColumn, row: number): RowValue {
  switch (column.type) {
    case 'LONG':
    case 'DOUBLE':
    case 'FLOAT':
      return column.nulls?.[row] === 1 ? null : column.values[row];
    case 'BINARY':
      return column.nulls?.[row] === 1 ? null : column.bytes.subarray(column.offsets[row], column.offsets[row + 1]);
    case 'STRING': {
      const id = column.ids[row]!;
      return id < 0 ? null : column.dictionary[id];
    }
    case 'IDS': {
      const id = column.ids[row]!;
      assert(column.space.value !== undefined, `Ids of space [${column.space.key}] have no strings here`);
      return id === 0 ? null : column.space.value(id);
    }
    case 'JSON':
      return column.texts[row];
    case 'STRINGS': {
      const ids = column.ids.subarray(column.offsets[row], column.offsets[row + 1]);
      return Array.from(ids, (id) => (id < 0 ? null : column.dictionary[id]));
    }
  }
}

/** The first `n` cells of a column of numbers; undefined when it is none, or has integers that a number does not hold. */
export function numbersOf(column: TableColumn, n: number): BatchColumn | undefined {
  switch (column.type) {
    case 'DOUBLE':
      return { kind: 'numbers', values: column.values, nulls: column.nulls ?? undefined };
    case 'FLOAT':
      return { kind: 'numbers', values: Float64Array.from(column.values), nulls: column.nulls ?? undefined };
    case 'LONG': {
      const values = safeNumbers(column.values, n);
      return values && { kind: 'numbers', values, nulls: column.nulls ?? undefined };
    }
    default:
      return undefined;
  }
}

function safeNumbers(longs: BigInt64Array, n: number): Float64Array | undefined {
  const words = new Int32Array(longs.buffer, longs.byteOffset, n * 2);
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const value = words[2 * i + 1]! * 4_294_967_296 + (words[2 * i]! >>> 0);
    if (!Number.isSafeInteger(value)) return undefined;
    values[i] = value;
  }
  return values;
}
