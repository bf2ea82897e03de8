import { assert } from '../../common/assert.js';
import type { ArrayVector, BinaryVector, ColumnVector, MultiStringVector } from '../../vectors/block.js';
import { packValidity } from '../codec/validity.js';
import type { SegmentColumn } from '../format/segment-schema.js';
import { type EncodedLeaf, encodeIds } from './encode-ids.js';
import { encodeDoubles, encodeFloats, encodeLongs, sliceNulls } from './encode-numbers.js';
import type { PhysicalType } from './physical-type.js';
import type { Zone } from './zone.js';

/** Length and null count of one Arrow array. */
export interface FieldNode {
  readonly length: number;
  readonly nullCount: number;
}

/** One block of one column as Arrow arrays, not yet compressed. */
export interface EncodedColumn {
  /** In Arrow's pre-order: the list, then its elements. */
  readonly nodes: readonly FieldNode[];
  /** In Arrow's order; a validity buffer is empty when nothing is null. */
  readonly buffers: readonly Uint8Array[];
  readonly zone: Zone;
}

const NO_BYTES = new Uint8Array(0);

/** @throws AssertionFailure when the vector does not fit the column */
export function encodeColumn(
  vector: ColumnVector,
  numRows: number,
  column: SegmentColumn,
  physical: PhysicalType,
): EncodedColumn {
  if (vector.kind === 'multiString' || vector.kind === 'array') return encodeList(vector, numRows, column, physical);
  if (vector.kind === 'binary') return encodeBinary(vector, numRows, column, physical);
  assert(!physical.list, `Column [${column.name}] needs lists, not [${vector.kind}]`);
  return plainColumn(encodeLeaf(vector, 0, numRows, column, physical), numRows);
}

function plainColumn(leaf: EncodedLeaf, numRows: number): EncodedColumn {
  return {
    nodes: [{ length: numRows, nullCount: leaf.nullCount }],
    buffers: [leafValidity(leaf, numRows), leaf.values],
    zone: { nullCount: leaf.nullCount, numElements: numRows, elementNulls: 0, ...ofLeaf(leaf) },
  };
}

/** Values [from, from + n) of a vector without lists. */
function encodeLeaf(
  vector: ColumnVector,
  from: number,
  n: number,
  column: SegmentColumn,
  { leaf }: PhysicalType,
): EncodedLeaf {
  if (vector.kind === 'string' && (leaf === 'ids8' || leaf === 'ids16' || leaf === 'ids32')) {
    return encodeIds(vector.ids.subarray(from, from + n), n, column.dictionary!.size, leaf);
  }
  if (vector.kind === 'double' && leaf === 'f64') return encodeDoubles(vector, from, n);
  if (vector.kind === 'float' && leaf === 'f32') return encodeFloats(vector, n);
  assert(vector.kind === 'long', `Column [${column.name}] is stored as [${leaf}], not from [${vector.kind}]`);
  return encodeLongs(vector, from, n, leaf);
}

function encodeList(
  vector: MultiStringVector | ArrayVector,
  numRows: number,
  column: SegmentColumn,
  physical: PhysicalType,
): EncodedColumn {
  assert(physical.list, `Column [${column.name}] has no lists`);
  const first = vector.offsets[0]!;
  const count = vector.offsets[numRows]! - first;
  const elements = vector.kind === 'array' ? vector.elements : { ...vector, kind: 'string' as const };
  const leaf = encodeLeaf(elements, first, count, column, physical);
  const { nulls, nullCount } =
    vector.kind === 'array' ? sliceNulls(vector.nulls, 0, numRows) : emptyRows(vector.offsets, numRows);
  return {
    nodes: [
      { length: numRows, nullCount },
      { length: count, nullCount: leaf.nullCount },
    ],
    buffers: [
      nulls === undefined ? NO_BYTES : packValidity(nulls, numRows),
      rebasedOffsets(vector.offsets, numRows),
      leafValidity(leaf, count),
      leaf.values,
    ],
    zone: { nullCount, numElements: count, elementNulls: leaf.nullCount, ...ofLeaf(leaf) },
  };
}

function encodeBinary(
  vector: BinaryVector,
  numRows: number,
  column: SegmentColumn,
  { leaf }: PhysicalType,
): EncodedColumn {
  assert(leaf === 'utf8' || leaf === 'binary', `Column [${column.name}] is stored as [${leaf}], not as bytes`);
  const { nulls, nullCount } = sliceNulls(vector.nulls, 0, numRows);
  const bytes = vector.bytes.subarray(vector.offsets[0]!, vector.offsets[numRows]!);
  assert(bytes.length < 2 ** 31, `Column [${column.name}] has [${bytes.length}] bytes in one block`);
  return {
    nodes: [{ length: numRows, nullCount }],
    buffers: [
      nulls === undefined ? NO_BYTES : packValidity(nulls, numRows),
      rebasedOffsets(vector.offsets, numRows),
      bytes,
    ],
    zone: { nullCount, numElements: bytes.length, elementNulls: 0 },
  };
}

/** A multi-value row without values is null. */
function emptyRows(offsets: Uint32Array, numRows: number): ReturnType<typeof sliceNulls> {
  const nulls = new Uint8Array(numRows);
  let nullCount = 0;
  for (let i = 0; i < numRows; i++) {
    if (offsets[i] !== offsets[i + 1]) continue;
    nulls[i] = 1;
    nullCount++;
  }
  return { nulls: nullCount > 0 ? nulls : undefined, nullCount };
}

function rebasedOffsets(offsets: Uint32Array, numRows: number): Uint8Array {
  const first = offsets[0]!;
  const out = new Uint32Array(numRows + 1);
  for (let i = 0; i <= numRows; i++) out[i] = offsets[i]! - first;
  return new Uint8Array(out.buffer);
}

function leafValidity(leaf: EncodedLeaf, n: number): Uint8Array {
  return leaf.nulls === undefined ? NO_BYTES : packValidity(leaf.nulls, n);
}

function ofLeaf({ range, decimalScale }: EncodedLeaf): Pick<Zone, 'range' | 'decimalScale'> {
  return { ...(range !== undefined && { range }), ...(decimalScale !== undefined && { decimalScale }) };
}
