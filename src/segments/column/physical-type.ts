import { assert } from '../../common/assert.js';
import type { IntWidth } from '../../memory/block-ref.js';
import type { SegmentColumn } from '../format/segment-schema.js';

/**
 * How values are laid out in data.arrow. `ids*`: dictionary indices, 0-based, null by validity. The order is the format's:
 * segment.bin stores the position in this list.
 */
export const LEAF_TYPES = [
  'ids8',
  'ids16',
  'ids32',
  'u8',
  'u16',
  'u32',
  'i8',
  'i16',
  'i32',
  'i64',
  'timestamp',
  'f64',
  'f32',
  'utf8',
  'binary',
] as const;
export type LeafType = (typeof LEAF_TYPES)[number];

export interface PhysicalType {
  readonly leaf: LeafType;
  /** Rows are lists of the leaf: multi-value strings and arrays. */
  readonly list: boolean;
}

/** Bytes of one value; 0 for utf8 and binary, which have offsets and bytes. */
export const LEAF_BYTES: Readonly<Record<LeafType, number>> = {
  ids8: 1,
  ids16: 2,
  ids32: 4,
  u8: 1,
  u16: 2,
  u32: 4,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  timestamp: 8,
  f64: 8,
  f32: 4,
  utf8: 0,
  binary: 0,
};

/** Number of Arrow buffers of a column: at most four (list validity, list offsets, validity, values). */
export function bufferCount(type: PhysicalType): number {
  return (type.list ? 2 : 0) + (LEAF_BYTES[type.leaf] === 0 ? 3 : 2);
}

/** Width of in-memory ids 0..size, where 0 is null. */
export function idWidth(size: number): 'u8' | 'u16' | 'u32' {
  if (size <= 0xff) return 'u8';
  return size <= 0xffff ? 'u16' : 'u32';
}

const INT_LEAVES: readonly (readonly [leaf: IntWidth, min: bigint, max: bigint])[] = [
  ['u8', 0n, 0xffn],
  ['i8', -0x80n, 0x7fn],
  ['u16', 0n, 0xffffn],
  ['i16', -0x8000n, 0x7fffn],
  ['u32', 0n, 0xffff_ffffn],
  ['i32', -0x8000_0000n, 0x7fff_ffffn],
  ['i64', -(2n ** 63n), 2n ** 63n - 1n],
];

/** Limits of an integer leaf, inclusive. */
export function leafLimits(leaf: LeafType): { readonly min: bigint; readonly max: bigint } {
  const row = INT_LEAVES.find(([name]) => name === leaf) ?? INT_LEAVES.at(-1)!;
  return { min: row[1], max: row[2] };
}

function longLeaf(range: SegmentColumn['range']): LeafType {
  if (range === undefined) return 'i64';
  return INT_LEAVES.find(([, min, max]) => range.min >= min && range.max <= max)![0];
}

function idLeaf(column: SegmentColumn): LeafType {
  assert(column.dictionary !== undefined, `Column [${column.name}] needs a dictionary`);
  const leaves = { u8: 'ids8', u16: 'ids16', u32: 'ids32' } as const;
  return leaves[idWidth(column.dictionary.size)];
}

/** Chooses how a column is stored; the first column of a segment is __time. */
export function physicalType(column: SegmentColumn, isTime: boolean): PhysicalType {
  switch (column.type) {
    case 'STRING':
      return { leaf: idLeaf(column), list: column.multiValue };
    case 'LONG':
      return { leaf: isTime ? 'timestamp' : longLeaf(column.range), list: false };
    case 'DOUBLE':
      return { leaf: 'f64', list: false };
    case 'FLOAT':
      return { leaf: 'f32', list: false };
    case 'ARRAY<STRING>':
      return { leaf: idLeaf(column), list: true };
    case 'ARRAY<LONG>':
      return { leaf: longLeaf(column.range), list: true };
    case 'ARRAY<DOUBLE>':
      return { leaf: 'f64', list: true };
    default:
      return { leaf: column.type === 'COMPLEX<json>' ? 'utf8' : 'binary', list: false };
  }
}
