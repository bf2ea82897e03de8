import type { PlainRows } from '../../plan/row-steps.js';
import type { TableColumn } from '../../vectors/table.js';
import { stringsOf } from '../../vectors/ids-column.js';
import type { RowBatch } from './row-batch.js';
import { valueColumn } from './value-column.js';

type Values = PlainRows['columns'][number]['values'];

/** A batch as plain data; null where it has values that plans do not have: sketches, and numbers without JSON. */
export function toPlainRows({ table, types }: RowBatch): PlainRows | null {
  const columns: PlainRows['columns'][number][] = [];
  for (const [i, name] of table.names.entries()) {
    const values = plainValues(stringsOf(table.columns[i]!), table.numRows);
    if (values === null) return null;
    columns.push({ name, type: types[name] ?? 'STRING', values });
  }
  return { numRows: table.numRows, columns };
}

export function fromPlainRows({ numRows, columns }: PlainRows): RowBatch {
  return {
    table: {
      numRows,
      names: columns.map(({ name }) => name),
      columns: columns.map(({ type, values }): TableColumn => {
        const isText = type !== 'STRING' && type !== 'LONG' && type !== 'DOUBLE' && type !== 'FLOAT';
        return isText ? { type: 'JSON', texts: values as readonly (string | null)[] } : valueColumn(values, type);
      }),
    },
    types: Object.fromEntries(columns.map(({ name, type }) => [name, type])),
    segmentId: 'right',
    range: null,
  };
}

function plainValues(column: TableColumn, numRows: number): Values | null {
  const each = <T>(value: (row: number) => T): T[] => Array.from({ length: numRows }, (_, row) => value(row));
  switch (column.type) {
    case 'LONG':
      return each((row) => (column.nulls?.[row] === 1 ? null : String(column.values[row])));
    case 'DOUBLE':
    case 'FLOAT':
      if (!column.values.every(Number.isFinite)) return null;
      return each((row) => (column.nulls?.[row] === 1 ? null : column.values[row]!));
    case 'STRING':
      return each((row) => textOf(column.dictionary, column.ids[row]!));
    case 'STRINGS': {
      const { offsets, ids, dictionary } = column;
      return each((row) => Array.from(ids.subarray(offsets[row], offsets[row + 1]), (id) => textOf(dictionary, id)));
    }
    case 'JSON':
      return column.texts;
    case 'IDS':
    case 'BINARY':
      return null;
  }
}

function textOf(dictionary: readonly string[], id: number): string | null {
  return id < 0 ? null : dictionary[id]!;
}
