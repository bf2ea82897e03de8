/** Measured estimates that choose between ways to the same rows (bench/micro, 2.5 GHz Xeon); only their proportions matter. */
import { ROWS_FORM_AT_MOST } from '../../vectors/kernels/selection-form.js';
import type { StoredContainer } from '../../vectors/block.js';
import type { IntType, KeyWidth, RealType } from '../../vectors/kernels/kernel-set.js';

/** ns per row to compare a column of a type by kernel. */
const SCAN_NS: Readonly<Record<IntType | RealType, number>> = {
  u8: 0.03,
  i8: 0.03,
  u16: 0.06,
  i16: 0.06,
  u32: 0.1,
  i32: 0.1,
  i64: 0.35,
  f32: 0.2,
  f64: 0.6,
};
/** ns per row to look ids up in a table: a byte's table fits a register. */
const LOOKUP_NS: Readonly<Record<KeyWidth, number>> = { u8: 0.05, u16: 0.3, u32: 0.3 };
/** ns per row of a list, whatever the comparison. */
export const LIST_ROW_NS = 3;
/** ns per row to make a list of a bitset, or a bitset of a list. */
export const CONVERT_ROW_NS = 1;
/** ns to find one container in an index. */
export const CONTAINER_NS = 150;
/** ns of any call per block. */
export const CALL_NS = 200;

export function scanCost(type: IntType | RealType, numRows: number): number {
  return CALL_NS + SCAN_NS[type] * numRows;
}

export function lookupCost(width: KeyWidth, numRows: number): number {
  return CALL_NS + LOOKUP_NS[width] * numRows;
}

/** Adding a container to a bitset. */
export function containerCost({ form, length }: StoredContainer): number {
  if (form === 'bitmap') return CONTAINER_NS + 500;
  return CONTAINER_NS + (form === 'rows' ? 1 : 6) * length;
}

/** Whether so many rows of a block are better a list than a bitset. */
export function isListBetter(count: number, numRows: number): boolean {
  return count <= numRows * ROWS_FORM_AT_MOST;
}
