/** Values of expressions: read from columns, and as they travel in partial results. */
import { parseTypedJson } from '../common/json-read.js';
import { jsonText } from '../common/json-write.js';
import { base64 } from '../expressions/coercion.js';
import { ExprArray, ExprComplex, type ExprType, type ExprValue } from '../expressions/expr.js';
import type { ArrayVector, ColumnVector, StringVector } from '../vectors/block.js';

/** The value of a row as expressions see it: several strings are an array, none is null. */
export function expressionCell(vector: ColumnVector | undefined, row: number): ExprValue {
  switch (vector?.kind) {
    case 'string':
      return textOf(vector, vector.ids[row]!);
    case 'multiString': {
      const texts = Array.from(vector.ids.subarray(vector.offsets[row], vector.offsets[row + 1]), (id) =>
        textOf(vector, id),
      );
      return texts.length > 1 ? new ExprArray('STRING', texts) : (texts[0] ?? null);
    }
    case 'long':
      if (vector.nulls?.[row] === 1) return null;
      if (vector.values instanceof BigInt64Array) return vector.values[row]!;
      return BigInt(vector.base + vector.values[row]!);
    case 'double':
    case 'float':
      return vector.nulls?.[row] === 1 ? null : vector.values[row]!;
    case 'array':
      return arrayCell(vector, row);
    case 'binary': {
      if (vector.nulls?.[row] === 1) return null;
      const bytes = vector.bytes.subarray(vector.offsets[row], vector.offsets[row + 1]);
      return new ExprComplex('json', parseTypedJson(Buffer.from(bytes).toString()));
    }
    default:
      return null;
  }
}

function arrayCell(vector: ArrayVector, row: number): ExprValue {
  if (vector.nulls?.[row] === 1) return null;
  const { elements, offsets } = vector;
  const type = elements.kind === 'string' ? 'STRING' : elements.kind === 'long' ? 'LONG' : 'DOUBLE';
  const from = offsets[row]!;
  const values = Array.from({ length: offsets[row + 1]! - from }, (_, i) => expressionCell(elements, from + i));
  return new ExprArray(type, values);
}

function textOf(vector: Pick<StringVector, 'dictionary'>, id: number): string | null {
  return id === 0 ? null : vector.dictionary.value(id);
}

type Packed =
  | null
  | string
  | number
  | { readonly long: string }
  | { readonly double: string }
  | { readonly type: ExprType; readonly array: readonly Packed[] }
  | { readonly complex: string; readonly json: string }
  | { readonly complex: string; readonly base64: string };

/** A value as JSON text that tells its type. */
export function packValue(value: ExprValue): string {
  return JSON.stringify(pack(value));
}

export function unpackValue(text: string): ExprValue {
  return unpack(JSON.parse(text) as Packed);
}

function pack(value: ExprValue): Packed {
  if (typeof value === 'bigint') return { long: String(value) };
  if (typeof value === 'number') return Number.isFinite(value) ? value : { double: String(value) };
  if (value instanceof ExprArray) return { type: value.elementType, array: value.values.map(pack) };
  if (!(value instanceof ExprComplex)) return value;
  const { typeName, value: inner } = value;
  return inner instanceof Uint8Array
    ? { complex: typeName, base64: base64(inner) }
    : { complex: typeName, json: jsonText(inner) };
}

function unpack(packed: Packed): ExprValue {
  if (packed === null || typeof packed !== 'object') return packed;
  if ('long' in packed) return BigInt(packed.long);
  if ('double' in packed) return Number(packed.double);
  if ('array' in packed) return new ExprArray(packed.type, packed.array.map(unpack));
  if ('base64' in packed) return new ExprComplex(packed.complex, new Uint8Array(Buffer.from(packed.base64, 'base64')));
  return new ExprComplex(packed.complex, parseTypedJson(packed.json));
}

/** About as many bytes as Druid counts for a value with its null byte. @source Druid `TypeStrategies.java` */
export function sizeOfValue(value: ExprValue): number {
  if (value === null) return 1;
  if (typeof value === 'string') return 5 + Buffer.byteLength(value);
  if (value instanceof ExprArray) return value.values.reduce<number>((sum, part) => sum + sizeOfValue(part), 5);
  if (!(value instanceof ExprComplex)) return 9;
  return 5 + (value.value instanceof Uint8Array ? value.value.length : Buffer.byteLength(jsonText(value.value)));
}
