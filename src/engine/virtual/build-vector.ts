import { checkStop } from '../../common/stop-check.js';
import type { ColumnType } from '../../common/column-type.js';
import { jsonText } from '../../common/json-write.js';
import { asDouble, asLong, asText, castTo, plainJson } from '../../expressions/coercion.js';
import { ExprArray, ExprComplex, type ExprValue } from '../../expressions/expr.js';
import type { ColumnVector, StringVector, UnsignedIds } from '../../vectors/block.js';
import type { Selection } from '../../vectors/selection.js';
import type { GrowingDictionary } from './growing-dictionary.js';
import { longVector } from './long-vector.js';
import type { ValueReader } from './read-value.js';

/** What values are made into. */
export interface VectorTarget {
  readonly type: ColumnType;
  readonly numRows: number;
  /** Only these rows are asked for their value; the others become null. */
  readonly wanted: Selection;
  readonly dictionary: GrowingDictionary;
}

/** Values row by row, cast to a type, as a vector. An array in a STRING column is a row of several values. */
export function buildVector(valueOf: ValueReader, target: VectorTarget): ColumnVector {
  const { type } = target;
  switch (type) {
    case 'STRING':
      return buildStrings(valueOf, target);
    case 'LONG':
      return buildLongs(valueOf, target);
    case 'DOUBLE':
    case 'FLOAT':
      return buildReals(valueOf, target);
    case 'ARRAY<STRING>':
    case 'ARRAY<LONG>':
    case 'ARRAY<DOUBLE>':
      return buildArrays(valueOf, type, target);
    default:
      return buildBinary(valueOf, target);
  }
}

function eachWanted({ wanted }: VectorTarget, visit: (row: number) => void): void {
  const { rows, count } = wanted;
  for (let i = 0; i < count; i++) {
    checkStop();
    visit(rows === null ? i : rows[i]!);
  }
}

function buildStrings(valueOf: ValueReader, target: VectorTarget): ColumnVector {
  const { numRows, dictionary } = target;
  const ids = new Uint32Array(numRows);
  const lists = new Map<number, number[]>();
  const idOf = (text: string | null): number => (text === null ? 0 : dictionary.intern(text));
  eachWanted(target, (row) => {
    const value = valueOf(row);
    if (value instanceof ExprArray) {
      if (value.values.length === 1) ids[row] = idOf(asText(value.values[0]!));
      else
        lists.set(
          row,
          value.values.map((part) => idOf(asText(part))),
        );
    } else ids[row] = idOf(asText(value));
  });
  const view = dictionary.view();
  if (lists.size === 0) return { kind: 'string', ids: narrowIds(ids, view.size), dictionary: view };
  return multiStrings(ids, lists, view);
}

/** @param lists ids of the rows that have none or several; the others have the one in `ids` */
function multiStrings(
  single: Uint32Array,
  lists: ReadonlyMap<number, readonly number[]>,
  dictionary: StringVector['dictionary'],
): ColumnVector {
  const offsets = new Uint32Array(single.length + 1);
  for (let row = 0; row < single.length; row++) {
    const count = lists.get(row)?.length ?? 1;
    offsets[row + 1] = offsets[row]! + count;
  }
  const ids = new Uint32Array(offsets[single.length]!);
  for (let row = 0; row < single.length; row++) {
    const list = lists.get(row);
    if (list !== undefined) ids.set(list, offsets[row]);
    else ids[offsets[row]!] = single[row]!;
  }
  return { kind: 'multiString', offsets, ids: narrowIds(ids, dictionary.size), dictionary };
}

/** The same ids in the narrowest type. */
export function narrowIds(ids: Uint32Array, size: number): UnsignedIds {
  if (size <= 0xff) return Uint8Array.from(ids);
  return size <= 0xffff ? Uint16Array.from(ids) : ids;
}

function buildLongs(valueOf: ValueReader, target: VectorTarget): ColumnVector {
  const values = new BigInt64Array(target.numRows);
  const nulls = allNull(target);
  eachWanted(target, (row) => {
    const value = numeric(valueOf(row), asLong);
    if (value === null) nulls[row] = 1;
    else {
      nulls[row] = 0;
      values[row] = BigInt.asIntN(64, value);
    }
  });
  return longVector(values, nulls.includes(1) ? nulls : undefined);
}

function buildReals(valueOf: ValueReader, target: VectorTarget): ColumnVector {
  const values = new Float64Array(target.numRows);
  const nulls = allNull(target);
  eachWanted(target, (row) => {
    const value = numeric(valueOf(row), asDouble);
    nulls[row] = value === null ? 1 : 0;
    values[row] = value ?? 0;
  });
  const some = nulls.includes(1) ? { nulls } : {};
  if (target.type === 'DOUBLE') return { kind: 'double', values, ...some };
  return { kind: 'float', values: Float32Array.from(values), ...some };
}

/** Nested values are no numbers. */
function numeric<T>(value: ExprValue, cast: (value: ExprValue) => T | null): T | null {
  return value instanceof ExprComplex ? null : cast(value);
}

function allNull({ numRows }: VectorTarget): Uint8Array {
  return new Uint8Array(numRows).fill(1);
}

function buildArrays(
  valueOf: ValueReader,
  type: 'ARRAY<STRING>' | 'ARRAY<LONG>' | 'ARRAY<DOUBLE>',
  target: VectorTarget,
): ColumnVector {
  const { numRows, dictionary } = target;
  const arrays: (ExprArray | null)[] = Array.from({ length: numRows }, () => null);
  eachWanted(target, (row) => {
    const value = valueOf(row);
    const array = value === null ? null : castTo(value, type);
    arrays[row] = array instanceof ExprArray ? array : null;
  });
  const offsets = new Uint32Array(numRows + 1);
  const flat: ExprValue[] = [];
  arrays.forEach((array, row) => {
    if (array !== null) for (const value of array.values) flat.push(value);
    offsets[row + 1] = flat.length;
  });
  const element = type === 'ARRAY<STRING>' ? 'STRING' : type === 'ARRAY<LONG>' ? 'LONG' : 'DOUBLE';
  const elements = buildVector((i) => flat[i]!, {
    type: element,
    numRows: flat.length,
    wanted: { rows: null, count: flat.length },
    dictionary,
  }) as Extract<ColumnVector, { kind: 'string' | 'long' | 'double' }>;
  const nulls = Uint8Array.from(arrays, (array) => (array === null ? 1 : 0));
  return { kind: 'array', offsets, elements, ...(nulls.includes(1) && { nulls }) };
}

/** COMPLEX<json> as JSON text; other complex values are bytes already. */
function buildBinary(valueOf: ValueReader, target: VectorTarget): ColumnVector {
  const parts: (Uint8Array | null)[] = Array.from({ length: target.numRows }, () => null);
  eachWanted(target, (row) => {
    const value = valueOf(row);
    if (value === null) return;
    const isBytes = value instanceof ExprComplex && value.value instanceof Uint8Array;
    parts[row] = isBytes ? (value.value as Uint8Array) : Buffer.from(jsonText(plainJson(value)));
  });
  const offsets = new Uint32Array(target.numRows + 1);
  parts.forEach((part, row) => {
    offsets[row + 1] = offsets[row]! + (part?.length ?? 0);
  });
  const bytes = new Uint8Array(offsets[target.numRows]!);
  parts.forEach((part, row) => {
    if (part !== null) bytes.set(part, offsets[row]);
  });
  const nulls = Uint8Array.from(parts, (part) => (part === null ? 1 : 0));
  return { kind: 'binary', offsets, bytes, ...(nulls.includes(1) && { nulls }) };
}
