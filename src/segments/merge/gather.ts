import { assert } from '../../common/assert.js';
import type { ColumnVector, LongVector } from '../../vectors/block.js';
import type { SortedDictionary } from '../dictionary/sorted-dictionary.js';
import type { FlatColumn } from './flat-column.js';
import { identity } from './rank.js';

/** Ids of a flat column in terms of the dictionary of one segment. */
export interface SegmentIds {
  readonly dictionary: SortedDictionary;
  /** New id by old id. */
  readonly remap: Uint32Array;
  /** Whether rows of the segment may hold several values. */
  readonly multiValue: boolean;
}

/** Values of these rows of a column as a vector. @param ids for columns with a dictionary; of arrays, for their elements */
export function gather(column: FlatColumn, rows: Uint32Array, ids: SegmentIds | undefined): ColumnVector {
  const n = rows.length;
  switch (column.kind) {
    case 'string':
    case 'multiString':
      return gatherStrings(column, rows, ids);
    case 'long':
      return gatherLongs(column.values, rows, takeNulls(column.nulls, rows));
    case 'wide': {
      const values = new BigInt64Array(n);
      for (let i = 0; i < n; i++) values[i] = column.values[rows[i]!]!;
      return { kind: 'long', base: 0, values, ...takeNulls(column.nulls, rows) };
    }
    case 'double': {
      const values = new Float64Array(n);
      for (let i = 0; i < n; i++) values[i] = column.values[rows[i]!]!;
      return { kind: 'double', values, ...takeNulls(column.nulls, rows) };
    }
    case 'float': {
      const values = new Float32Array(n);
      for (let i = 0; i < n; i++) values[i] = column.values[rows[i]!]!;
      return { kind: 'float', values, ...takeNulls(column.nulls, rows) };
    }
    case 'binary':
      return gatherBinary(column, rows);
    case 'array':
      return gatherArrays(column, rows, ids);
  }
}

function takeNulls(nulls: Uint8Array | null, rows: Uint32Array): { readonly nulls?: Uint8Array } {
  if (nulls === null) return {};
  const taken = new Uint8Array(rows.length);
  let any = 0;
  for (let i = 0; i < rows.length; i++) any |= taken[i] = nulls[rows[i]!]!;
  return any === 0 ? {} : { nulls: taken };
}

/** Over a base where the block's values are near each other, else as 64 bits. */
function gatherLongs(values: Float64Array, rows: Uint32Array, nulls: { readonly nulls?: Uint8Array }): LongVector {
  const n = rows.length;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    const value = values[rows[i]!]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (max - min < 2 ** 32) {
    const offsets = new Uint32Array(n);
    for (let i = 0; i < n; i++) offsets[i] = values[rows[i]!]! - min;
    return { kind: 'long', base: n === 0 ? 0 : min, values: offsets, ...nulls };
  }
  const wide = new BigInt64Array(n);
  const words = new Int32Array(wide.buffer);
  for (let i = 0; i < n; i++) {
    const value = values[rows[i]!]!;
    words[2 * i] = value | 0;
    words[2 * i + 1] = Math.floor(value / 4_294_967_296);
  }
  return { kind: 'long', base: 0, values: wide, ...nulls };
}

function gatherStrings(
  column: FlatColumn & { readonly kind: 'string' | 'multiString' },
  rows: Uint32Array,
  ids: SegmentIds | undefined,
): ColumnVector {
  assert(ids !== undefined, 'A column of strings needs ids');
  const { dictionary, remap } = ids;
  const n = rows.length;
  if (column.kind === 'string') {
    const taken = new Uint32Array(n);
    for (let i = 0; i < n; i++) taken[i] = remap[column.ids[rows[i]!]!]!;
    return { kind: 'string', ids: taken, dictionary };
  }
  const offsets = takeOffsets(column.offsets, rows);
  const taken = new Uint32Array(offsets[n]!);
  let at = 0;
  for (let i = 0; i < n; i++) {
    const end = column.offsets[rows[i]! + 1]!;
    for (let j = column.offsets[rows[i]!]!; j < end; j++) taken[at++] = remap[column.ids[j]!]!;
  }
  if (ids.multiValue) return { kind: 'multiString', offsets, ids: taken, dictionary };
  const single = new Uint32Array(n);
  for (let i = 0; i < n; i++) single[i] = offsets[i] === offsets[i + 1] ? 0 : taken[offsets[i]!]!;
  return { kind: 'string', ids: single, dictionary };
}

function takeOffsets(offsets: Uint32Array, rows: Uint32Array): Uint32Array {
  const taken = new Uint32Array(rows.length + 1);
  let at = 0;
  for (let i = 0; i < rows.length; i++) {
    at += offsets[rows[i]! + 1]! - offsets[rows[i]!]!;
    taken[i + 1] = at;
  }
  return taken;
}

function gatherBinary(column: FlatColumn & { readonly kind: 'binary' }, rows: Uint32Array): ColumnVector {
  const offsets = takeOffsets(column.offsets, rows);
  const bytes = new Uint8Array(offsets[rows.length]!);
  for (let i = 0; i < rows.length; i++) {
    bytes.set(column.bytes.subarray(column.offsets[rows[i]!], column.offsets[rows[i]! + 1]), offsets[i]);
  }
  return { kind: 'binary', offsets, bytes, ...takeNulls(column.nulls, rows) };
}

function gatherArrays(
  column: FlatColumn & { readonly kind: 'array' },
  rows: Uint32Array,
  ids: SegmentIds | undefined,
): ColumnVector {
  const offsets = takeOffsets(column.offsets, rows);
  const elementRows = identity(offsets[rows.length]!);
  for (let i = 0; i < rows.length; i++) {
    const start = column.offsets[rows[i]!]!;
    for (let j = offsets[i]!; j < offsets[i + 1]!; j++) elementRows[j] = start + j - offsets[i]!;
  }
  const elements = gather(column.elements, elementRows, ids);
  assert(
    elements.kind === 'string' || elements.kind === 'long' || elements.kind === 'double',
    `Array of [${elements.kind}]`,
  );
  return { kind: 'array', offsets, elements, ...takeNulls(column.nulls, rows) };
}
