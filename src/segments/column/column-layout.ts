import { assert } from '../../common/assert.js';
import type { ColumnType } from '../../common/column-type.js';
import type { IntWidth } from '../../memory/block-ref.js';
import { LEAF_BYTES, type LeafType, type PhysicalType } from './physical-type.js';
import { SlotLayout, type SlotPart } from './slot-layout.js';
import type { Zone, ZoneRange } from './zone.js';

/** Where the values of a column block go in memory, and in which form. */
export interface LeafLayout {
  readonly values: SlotPart;
  /** Present when a row (an element of a list) is null and the form has no null of its own. */
  readonly nulls: SlotPart | undefined;
  /** Longs: value = base + element. */
  readonly base: number;
  readonly width: IntWidth;
}

export interface ColumnLayout {
  readonly bytes: number;
  /** Lists and binary. */
  readonly offsets: SlotPart | undefined;
  readonly leaf: LeafLayout;
  /** Null rows of an ARRAY. */
  readonly nulls: SlotPart | undefined;
}

const WIDTH_BYTES: Readonly<Record<IntWidth, number>> = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, i64: 8 };

/** The in-memory form of a column block follows from its zone alone, so that its size is known before its bytes are read. */
export function columnLayout(type: ColumnType, physical: PhysicalType, zone: Zone, numRows: number): ColumnLayout {
  const slot = new SlotLayout();
  const hasOffsets = physical.list || LEAF_BYTES[physical.leaf] === 0;
  const offsets = hasOffsets ? slot.add((numRows + 1) * 4) : undefined;
  const leaf = leafLayout(slot, physical, zone);
  const arrayNulls = physical.list && type !== 'STRING' && zone.nullCount > 0;
  const nulls = arrayNulls ? slot.add(numRows) : undefined;
  // Binary has rows where other leaves have elements; its null bytes are one a row.
  const binaryNulls = LEAF_BYTES[physical.leaf] === 0 && zone.nullCount > 0 ? slot.add(numRows) : undefined;
  return { bytes: slot.bytes, offsets, leaf, nulls: nulls ?? binaryNulls };
}

function leafLayout(slot: SlotLayout, { leaf, list }: PhysicalType, zone: Zone): LeafLayout {
  const n = zone.numElements;
  if (LEAF_BYTES[leaf] === 0) return { values: slot.add(n), nulls: undefined, base: 0, width: 'u8' };
  const nullCount = list ? zone.elementNulls : zone.nullCount;
  switch (leaf) {
    case 'ids8':
      return { values: slot.add(n), nulls: undefined, base: 0, width: 'u8' };
    case 'ids16':
      return { values: slot.add(2 * n), nulls: undefined, base: 0, width: 'u16' };
    case 'ids32':
      return { values: slot.add(4 * n), nulls: undefined, base: 0, width: 'u32' };
    case 'f64':
    case 'f32': {
      const values = slot.add(LEAF_BYTES[leaf] * n);
      return { values, nulls: nullCount > 0 ? slot.add(n) : undefined, base: 0, width: 'i64' };
    }
    default: {
      const { base, width } = longForm(zone.range, leaf);
      const values = slot.add(WIDTH_BYTES[width] * n);
      return { values, nulls: nullCount > 0 ? slot.add(n) : undefined, base, width };
    }
  }
}

/** Narrowest unsigned element that holds the block's longs, with base 0 wherever that costs no width. */
function longForm(range: ZoneRange | undefined, leaf: LeafType): { readonly base: number; readonly width: IntWidth } {
  if (range === undefined) return { base: 0, width: 'u8' };
  assert(range.kind === 'long', `A zone of kind [${range.kind}] does not belong to a column of longs`);
  const { min, max } = range;
  const spread = max - min;
  const reach = (min < 0n ? -min : min) + spread;
  if (spread > 0xffff_ffffn || reach > BigInt(Number.MAX_SAFE_INTEGER)) {
    assert(LEAF_BYTES[leaf] === 8, `Values [${min}, ${max}] exceed [${leaf}]`);
    return { base: 0, width: 'i64' };
  }
  const width = unsignedWidth(spread);
  const fromZero = min >= 0n && unsignedWidth(max) === width;
  return { base: fromZero ? 0 : Number(min), width };
}

function unsignedWidth(max: bigint): 'u8' | 'u16' | 'u32' | 'i64' {
  if (max <= 0xffn) return 'u8';
  if (max <= 0xffffn) return 'u16';
  return max <= 0xffff_ffffn ? 'u32' : 'i64';
}
