import { formatDouble } from '../common/java-number.js';
import { jsonString, jsonText } from '../common/json-write.js';
import { base64 } from '../expressions/coercion.js';
import { ExprArray, type ExprType, type ExprValue } from '../expressions/expr.js';
import type { TableColumn } from '../vectors/table.js';

/** Values of an expression as a column: of their common type; arrays, objects and mixtures as JSON. */
export function expressionColumn(values: readonly ExprValue[], type: ExprType | null): TableColumn {
  const kinds = new Set(values.filter((value) => value !== null).map((value) => typeof value));
  const nulls = values.includes(null) ? Uint8Array.from(values, (value) => Number(value === null)) : null;
  if (kinds.size === 0) return emptyColumn(type, values.length);
  if (kinds.has('object') || (kinds.has('string') && kinds.size > 1))
    return { type: 'JSON', texts: values.map(toJson) };
  if (kinds.has('string')) return stringColumn(values.map((value) => (value === null ? null : String(value))));
  if (kinds.has('number')) {
    return {
      type: 'DOUBLE',
      values: Float64Array.from(values, (value) => (value === null ? 0 : Number(value))),
      nulls,
    };
  }
  const longs = BigInt64Array.from(values, (value) => (typeof value === 'bigint' ? value : 0n));
  return { type: 'LONG', values: longs, nulls };
}

/** A STRING column; null stays null. */
export function stringColumn(values: readonly (string | null)[]): TableColumn {
  const numbers = new Map<string, number>();
  const ids = Int32Array.from(values, (value) => {
    if (value === null) return -1;
    const id = numbers.get(value) ?? numbers.size;
    numbers.set(value, id);
    return id;
  });
  return { type: 'STRING', ids, dictionary: [...numbers.keys()] };
}

function emptyColumn(type: ExprType | null, length: number): TableColumn {
  const nulls = new Uint8Array(length).fill(1);
  if (type === 'LONG') return { type: 'LONG', values: new BigInt64Array(length), nulls };
  if (type === 'DOUBLE') return { type: 'DOUBLE', values: new Float64Array(length), nulls };
  return stringColumn(Array.from({ length }, () => null));
}

/** JSON text of one value; null stays null. */
export function toJson(value: ExprValue): string | null {
  return value === null ? null : partJson(value);
}

function partJson(value: ExprValue): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return formatDouble(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return jsonString(value);
  if (value instanceof ExprArray) return `[${value.values.map(partJson).join(',')}]`;
  return value.value instanceof Uint8Array ? jsonString(base64(value.value)) : jsonText(value.value);
}
