/** Single values of vectors, and vectors of single values: for the rare column whose type differs between inputs. */
import type { ColumnType } from '../../common/column-type.js';
import type { ColumnVector } from '../../vectors/block.js';
import { SortedDictionary } from '../dictionary/sorted-dictionary.js';

/** A JSON value: longs beyond 2^53 are bigint, binary columns are taken as JSON text. */
export function valueAt(vector: ColumnVector, row: number): unknown {
  if ('nulls' in vector && vector.nulls?.[row] === 1) return null;
  switch (vector.kind) {
    case 'string':
      return vector.ids[row] === 0 ? null : vector.dictionary.value(vector.ids[row]!);
    case 'multiString': {
      const ids = Array.from(vector.ids.subarray(vector.offsets[row], vector.offsets[row + 1]));
      const values = ids.map((id) => (id === 0 ? null : vector.dictionary.value(id)));
      return values.length < 2 ? (values[0] ?? null) : values;
    }
    case 'long': {
      const value = vector.values[row]!;
      if (typeof value === 'number') return vector.base + value;
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    }
    case 'double':
    case 'float':
      return vector.values[row];
    case 'binary':
      return JSON.parse(
        Buffer.from(vector.bytes.subarray(vector.offsets[row], vector.offsets[row + 1])).toString('utf8'),
      );
    case 'array': {
      const values: unknown[] = [];
      for (let i = vector.offsets[row]!; i < vector.offsets[row + 1]!; i++) values.push(valueAt(vector.elements, i));
      return values;
    }
  }
}

/** Values as `toAutoType` gives them. */
export function vectorFromValues(type: ColumnType, values: readonly unknown[]): ColumnVector {
  const nulls = Uint8Array.from(values, (value) => (value === null || value === undefined ? 1 : 0));
  switch (type) {
    case 'STRING': {
      const texts = values.map((value) => (value === null || value === undefined ? null : String(value)));
      const dictionary = SortedDictionary.fromValues(texts.filter((text) => text !== null));
      return {
        kind: 'string',
        ids: Uint32Array.from(texts, (text) => (text === null ? 0 : dictionary.idOf(text))),
        dictionary,
      };
    }
    case 'LONG':
      return {
        kind: 'long',
        base: 0,
        values: BigInt64Array.from(values, (value) => BigInt((value ?? 0) as number | bigint)),
        nulls,
      };
    case 'DOUBLE':
      return { kind: 'double', values: Float64Array.from(values, (value) => Number(value ?? 0)), nulls };
    case 'FLOAT':
      return { kind: 'float', values: Float32Array.from(values, (value) => Number(value ?? 0)), nulls };
    case 'ARRAY<STRING>':
    case 'ARRAY<LONG>':
    case 'ARRAY<DOUBLE>': {
      const lists = values.map((value) => (Array.isArray(value) ? value : []));
      const elements = vectorFromValues(type.slice(6, -1) as ColumnType, lists.flat());
      if (elements.kind !== 'string' && elements.kind !== 'long' && elements.kind !== 'double')
        throw new TypeError(`Array of [${elements.kind}]`);
      return { kind: 'array', offsets: offsetsOf(lists.map((list) => list.length)), elements, nulls };
    }
    default: {
      const texts = values.map((value) => Buffer.from(typeof value === 'string' ? value : '', 'utf8'));
      return {
        kind: 'binary',
        offsets: offsetsOf(texts.map((text) => text.length)),
        bytes: Buffer.concat(texts),
        nulls,
      };
    }
  }
}

function offsetsOf(lengths: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    offsets[i + 1] = offsets[i]! + length;
  });
  return offsets;
}
