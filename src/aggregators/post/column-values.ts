/** Columns read and written value by value, as post-aggregators need. */
import { DruidError } from '../../common/druid-error.js';
import { parseJson } from '../../common/json-read.js';
import { fromJson } from '../../expressions/coercion.js';
import type { ExprValue } from '../../expressions/expr.js';
import { stringsOf } from '../../vectors/ids-column.js';
import type { TableColumn } from '../../vectors/table.js';
import { imageAt } from '../images.js';

export interface Doubles {
  readonly values: Float64Array<ArrayBuffer>;
  readonly nulls: Uint8Array<ArrayBuffer>;
}

/** Values as doubles; what is no number is null. */
export function toDoubles(column: TableColumn, numRows: number): Doubles {
  const nulls = new Uint8Array(numRows);
  switch (column.type) {
    case 'LONG':
      if (column.nulls !== null) nulls.set(column.nulls);
      return { values: Float64Array.from(column.values, Number), nulls };
    case 'DOUBLE':
    case 'FLOAT':
      if (column.nulls !== null) nulls.set(column.nulls);
      return { values: Float64Array.from(column.values), nulls };
    default:
      return { values: new Float64Array(numRows), nulls: nulls.fill(1) };
  }
}

export function doubleColumn({ values, nulls }: Doubles): TableColumn {
  if (!nulls.includes(1)) return { type: 'DOUBLE', values, nulls: null };
  return { type: 'DOUBLE', values: values.map((value, row) => (nulls[row] === 1 ? 0 : value)), nulls };
}

/** Reads the rows of a column as values of expressions. */
export function valueReader(column: TableColumn): (row: number) => ExprValue {
  switch (column.type) {
    case 'LONG':
      return (row) => (column.nulls?.[row] === 1 ? null : column.values[row]!);
    case 'DOUBLE':
    case 'FLOAT':
      return (row) => (column.nulls?.[row] === 1 ? null : column.values[row]!);
    case 'STRING':
      return (row) => (column.ids[row]! < 0 ? null : column.dictionary[column.ids[row]!]!);
    case 'IDS':
      return valueReader(stringsOf(column));
    case 'JSON':
      return (row) => (column.texts[row] === null ? null : fromJson(parseJson(column.texts[row]!)));
    case 'STRINGS':
    case 'BINARY':
      return () => null;
  }
}

/**
 * The images of sketches, one per row.
 * @throws DruidError RUNTIME_FAILURE when the column holds no sketches
 */
export function imagesOf(column: TableColumn, numRows: number, name: string): Uint8Array[] {
  if (column.type !== 'BINARY') throw wrongType(`[${name}] has no sketches to read`);
  return Array.from({ length: numRows }, (_, row) => imageAt(column, row) ?? new Uint8Array(0));
}

/** Found when values are computed. @source Druid answers the ClassCastException */
export function wrongType(message: string): DruidError {
  return failedToCompute(message, 'java.lang.ClassCastException');
}

export function failedToCompute(message: string, errorClass: string): DruidError {
  return new DruidError(message, {
    category: 'RUNTIME_FAILURE',
    persona: 'OPERATOR',
    errorCode: 'legacyQueryException',
    legacy: { error: 'Unknown exception', errorClass },
  });
}
