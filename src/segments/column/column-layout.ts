import type { ColumnType } from '../../common/column-type.js';
import type { IntWidth } from '../../memory/block-ref.js';
import { type LeafForm, leafForm } from './leaf-form.js';
import { LEAF_BYTES, type PhysicalType } from './physical-type.js';
import { SlotLayout, type SlotPart } from './slot-layout.js';
import type { Zone } from './zone.js';

/** Where the values of a column block go in memory, and in which form. */
export interface LeafLayout {
  readonly form: LeafForm;
  /** Empty in a constant block. */
  readonly values: SlotPart;
  /** Present when a row (an element of a list) is null and the form has no null of its own. */
  readonly nulls: SlotPart | undefined;
}

/** Plain data. */
export interface ColumnLayout {
  readonly bytes: number;
  /** Lists and binary. */
  readonly offsets: SlotPart | undefined;
  readonly leaf: LeafLayout;
  /** Null rows of an ARRAY, or of a column of bytes. */
  readonly nulls: SlotPart | undefined;
  /** False for a constant block whose rows are null all or none: its bytes in the file say nothing more. */
  readonly isRead: boolean;
}

const WIDTH_BYTES: Readonly<Record<IntWidth | 'constant', number>> = {
  constant: 0,
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  i64: 8,
};

/**
 * The in-memory form of a column block follows from its zone alone, so that its size is known before its bytes are read.
 * @param scale that the segment's decimal blocks of this column share (`sharedScale`)
 */
export function columnLayout(
  type: ColumnType,
  physical: PhysicalType,
  zone: Zone,
  numRows: number,
  scale?: number,
): ColumnLayout {
  const slot = new SlotLayout();
  const isBytes = LEAF_BYTES[physical.leaf] === 0;
  const offsets = physical.list || isBytes ? slot.add((numRows + 1) * 4) : undefined;
  const form = leafForm(physical, zone, numRows, scale);
  const values = slot.add(zone.numElements * elementBytes(form, physical));
  const nullElements = physical.list ? zone.elementNulls : zone.nullCount;
  const hasOwnNull = form.kind === 'ids' || form.kind === 'constantId' || isBytes;
  const leaf = { form, values, nulls: nullElements > 0 && !hasOwnNull ? slot.add(zone.numElements) : undefined };
  const hasRowNulls = (isBytes || (physical.list && type !== 'STRING')) && zone.nullCount > 0;
  const nulls = hasRowNulls ? slot.add(numRows) : undefined;
  const isRead = !isConstant(form) || (leaf.nulls !== undefined && zone.nullCount < numRows);
  return { bytes: slot.bytes, offsets, leaf, nulls, isRead };
}

function elementBytes(form: LeafForm, { leaf }: PhysicalType): number {
  switch (form.kind) {
    case 'constantId':
      return 0;
    case 'ids':
    case 'longs':
    case 'decimals':
      return WIDTH_BYTES[form.width];
    case 'plain':
      // Bytes have their number where other columns have that of their elements.
      return Math.max(1, LEAF_BYTES[leaf]);
  }
}

function isConstant(form: LeafForm): boolean {
  return form.kind === 'constantId' || ('width' in form && form.width === 'constant');
}
