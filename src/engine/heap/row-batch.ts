import type { ColumnType } from '../../common/column-type.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { typeOfTexts } from './heap-arrays.js';

/** Rows of a data source that is no table, or a part of them, on the heap. */
export interface RowBatch {
  readonly table: Table;
  /** Logical types of the table's columns. */
  readonly types: Readonly<Record<string, ColumnType>>;
  readonly segmentId: string;
  /** What timeseries show as empty where no row is; null = as far as the query asks. */
  readonly range: { readonly minTimeMs: number; readonly maxTimeMs: number } | null;
}

/** The logical type of a column as its values tell it. */
export function typeOfColumn(column: TableColumn): ColumnType {
  switch (column.type) {
    case 'LONG':
    case 'DOUBLE':
    case 'FLOAT':
      return column.type;
    case 'JSON':
      return column.valueType?.startsWith('ARRAY<') ? column.valueType : typeOfTexts(column.texts);
    case 'BINARY':
      return 'COMPLEX<unknown>';
    case 'STRING':
    case 'STRINGS':
    case 'IDS':
      return 'STRING';
  }
}

export function typesOfTable(table: Table): Record<string, ColumnType> {
  return Object.fromEntries(table.names.map((name, i) => [name, typeOfColumn(table.columns[i]!)]));
}
