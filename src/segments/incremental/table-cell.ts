import { assert } from '../../common/assert.js';
import type { TableColumn } from '../../vectors/table.js';
import type { RowValue } from './input-row.js';

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
