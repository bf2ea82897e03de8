import type { ColumnType } from '../../common/column-type.js';
import { parseJson } from '../../common/json-read.js';
import { ExprArray, ExprComplex, type ExprType, type ExprValue } from '../../expressions/expr.js';
import { textOfId } from '../../vectors/ids-column.js';
import type { TableColumn } from '../../vectors/table.js';

/** Reads the cell of a row as expressions take it. */
export type CellReader = (row: number) => ExprValue;

/** @param column undefined for one that does not exist: all null */
export function cellReader(column: TableColumn | undefined, type: ColumnType): CellReader {
  if (column === undefined) return () => null;
  switch (column.type) {
    case 'LONG':
      return (row) => (column.nulls?.[row] === 1 ? null : column.values[row]!);
    case 'DOUBLE':
    case 'FLOAT':
      return (row) => (column.nulls?.[row] === 1 ? null : column.values[row]!);
    case 'STRING':
      return (row) => (column.ids[row]! < 0 ? null : column.dictionary[column.ids[row]!]!);
    case 'IDS':
      return (row) => (column.ids[row] === 0 ? null : textOfId(column.space, column.ids[row]!));
    case 'STRINGS':
      return (row) => multiValue(column, row);
    case 'JSON':
      return jsonReader(column.texts, type);
    case 'BINARY':
      return (row) => {
        if (column.nulls?.[row] === 1) return null;
        return new ExprComplex('unknown', column.bytes.subarray(column.offsets[row]!, column.offsets[row + 1]!));
      };
  }
}

function multiValue({ offsets, ids, dictionary }: TableColumn & { type: 'STRINGS' }, row: number): ExprValue {
  const texts = Array.from(ids.subarray(offsets[row]!, offsets[row + 1]!), (id) => (id < 0 ? null : dictionary[id]!));
  if (texts.length <= 1) return texts[0] ?? null;
  return new ExprArray('STRING', texts);
}

function jsonReader(texts: readonly (string | null)[], type: ColumnType): CellReader {
  const element = /^ARRAY<(.*)>$/.exec(type)?.[1] as ExprType | undefined;
  return (row) => {
    const text = texts[row] ?? null;
    if (text === null) return null;
    const value = parseJson(text);
    if (element === undefined || !Array.isArray(value)) return new ExprComplex('json', value);
    return new ExprArray(
      element,
      value.map((one: unknown) => elementOf(one, element)),
    );
  };
}

function elementOf(value: unknown, type: ExprType): ExprValue {
  if (value === null) return null;
  if (type === 'LONG') return BigInt(value as number);
  return type === 'DOUBLE' ? Number(value) : String(value);
}
