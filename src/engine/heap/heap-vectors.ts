import type { ColumnType } from '../../common/column-type.js';
import { stringsOf } from '../../vectors/ids-column.js';
import type { ArrayVector, BinaryVector, ColumnVector } from '../../vectors/block.js';
import type { TableColumn } from '../../vectors/table.js';
import { ArrayDictionary } from './array-dictionary.js';
import { arrayVector } from './heap-arrays.js';

/** A column of a table as the vector of one block that has all its rows. Numbers are shared with the table. */
export function vectorOf(column: TableColumn, type: ColumnType): ColumnVector {
  switch (column.type) {
    case 'LONG':
      return { kind: 'long', base: 0, values: column.values, ...nulls(column.nulls) };
    case 'DOUBLE':
      return { kind: 'double', values: column.values, ...nulls(column.nulls) };
    case 'FLOAT':
      return { kind: 'float', values: column.values, ...nulls(column.nulls) };
    case 'STRING':
      return { kind: 'string', ids: shifted(column.ids), dictionary: new ArrayDictionary(column.dictionary) };
    case 'IDS':
      return vectorOf(stringsOf(column), type);
    case 'STRINGS': {
      const { offsets, ids, dictionary } = column;
      return { kind: 'multiString', offsets, ids: shifted(ids), dictionary: new ArrayDictionary(dictionary) };
    }
    case 'BINARY':
      return { kind: 'binary', offsets: column.offsets, bytes: column.bytes, ...nulls(column.nulls) };
    case 'JSON':
      return type.startsWith('ARRAY<') ? arrayVector(column.texts, type) : jsonVector(column.texts);
  }
}

/** The rows [from, to) of a vector, without copying values. */
export function sliceVector(vector: ColumnVector, from: number, to: number): ColumnVector {
  switch (vector.kind) {
    case 'string':
      return { ...vector, ids: vector.ids.subarray(from, to) };
    case 'long':
      return { ...vector, values: vector.values.subarray(from, to), ...slicedNulls(vector.nulls, from, to) };
    case 'double':
      return { ...vector, values: vector.values.subarray(from, to), ...slicedNulls(vector.nulls, from, to) };
    case 'float':
      return { ...vector, values: vector.values.subarray(from, to), ...slicedNulls(vector.nulls, from, to) };
    case 'multiString':
      return { ...vector, offsets: vector.offsets.subarray(from, to + 1) };
    case 'binary':
    case 'array':
      return slicedLists(vector, from, to);
  }
}

function slicedLists<T extends BinaryVector | ArrayVector>(vector: T, from: number, to: number): T {
  return { ...vector, offsets: vector.offsets.subarray(from, to + 1), ...slicedNulls(vector.nulls, from, to) };
}

function nulls(found: Uint8Array | null): { readonly nulls?: Uint8Array } {
  return found === null ? {} : { nulls: found };
}

function slicedNulls(found: Uint8Array | undefined, from: number, to: number): { readonly nulls?: Uint8Array } {
  return found === undefined ? {} : { nulls: found.subarray(from, to) };
}

/** Table ids count from 0 with null at -1, dictionary ids from 1 with null at 0. */
function shifted(ids: Int32Array): Uint32Array {
  const out = new Uint32Array(ids.length);
  for (let i = 0; i < out.length; i++) out[i] = ids[i]! + 1;
  return out;
}

function jsonVector(texts: readonly (string | null)[]): ColumnVector {
  const pieces = texts.map((text) => Buffer.from(text ?? '', 'utf8'));
  const offsets = new Uint32Array(texts.length + 1);
  pieces.forEach((piece, i) => {
    offsets[i + 1] = offsets[i]! + piece.length;
  });
  const isNull = Uint8Array.from(texts, (text) => (text === null ? 1 : 0));
  return { kind: 'binary', offsets, bytes: Buffer.concat(pieces), nulls: isNull };
}
