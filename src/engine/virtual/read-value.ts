import type { ColumnType } from '../../common/column-type.js';
import { parseTypedJson } from '../../common/json-read.js';
import { ExprArray, ExprComplex, type ExprValue } from '../../expressions/expr.js';
import type { ArrayVector, BinaryVector, ColumnVector, LongVector, MultiStringVector } from '../../vectors/block.js';

/** The value of a row as expressions see it. */
export type ValueReader = (row: number) => ExprValue;

/** @param type of the column, which tells JSON from other binary values */
export function valueReader(vector: ColumnVector | undefined, type: ColumnType | undefined): ValueReader {
  switch (vector?.kind) {
    case undefined:
      return () => null;
    case 'string': {
      const { ids, dictionary } = vector;
      return (row) => (ids[row] === 0 ? null : dictionary.value(ids[row]!));
    }
    case 'multiString':
      return (row) => multiValue(vector, row);
    case 'long':
      return longReader(vector);
    case 'double':
    case 'float': {
      const { values, nulls } = vector;
      return (row) => (nulls?.[row] === 1 ? null : values[row]!);
    }
    case 'array':
      return arrayReader(vector);
    case 'binary':
      return binaryReader(vector, type);
  }
}

/** No value is null, one is a text, more are an array. */
function multiValue({ offsets, ids, dictionary }: MultiStringVector, row: number): ExprValue {
  const from = offsets[row]!;
  const count = offsets[row + 1]! - from;
  const at = (i: number): string | null => (ids[i] === 0 ? null : dictionary.value(ids[i]!));
  if (count === 0) return null;
  return count === 1
    ? at(from)
    : new ExprArray(
        'STRING',
        Array.from({ length: count }, (_, i) => at(from + i)),
      );
}

function longReader({ base, values, nulls }: LongVector): ValueReader {
  if (values instanceof BigInt64Array) return (row) => (nulls?.[row] === 1 ? null : values[row]!);
  return (row) => (nulls?.[row] === 1 ? null : BigInt(base + values[row]!));
}

function arrayReader({ offsets, elements, nulls }: ArrayVector): ValueReader {
  const type = elements.kind === 'string' ? 'STRING' : elements.kind === 'long' ? 'LONG' : 'DOUBLE';
  const element = valueReader(elements, type);
  return (row) => {
    if (nulls?.[row] === 1) return null;
    const from = offsets[row]!;
    return new ExprArray(
      type,
      Array.from({ length: offsets[row + 1]! - from }, (_, i) => element(from + i)),
    );
  };
}

function binaryReader({ offsets, bytes, nulls }: BinaryVector, type: ColumnType | undefined): ValueReader {
  const isJson = type === 'COMPLEX<json>';
  const name = type?.slice('COMPLEX<'.length, -1) ?? 'unknown';
  return (row) => {
    if (nulls?.[row] === 1) return null;
    const part = bytes.subarray(offsets[row], offsets[row + 1]);
    if (!isJson) return new ExprComplex(name, part);
    const json = parseTypedJson(Buffer.from(part.buffer, part.byteOffset, part.length).toString('utf8'));
    return json === null ? null : new ExprComplex('json', json);
  };
}
