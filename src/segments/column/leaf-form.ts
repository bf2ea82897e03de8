import { assert } from '../../common/assert.js';
import type { IntWidth } from '../../memory/block-ref.js';
import { decimalBounds } from './decimal-scale.js';
import { LEAF_BYTES, type LeafType, type PhysicalType } from './physical-type.js';
import type { Zone } from './zone.js';

/** In which form the values of a column block are kept in memory. `base` and widths as in memory/block-ref.ts. */
export type LeafForm =
  | { readonly kind: 'ids'; readonly width: 'u8' | 'u16' | 'u32' }
  /** Every row has this id. */
  | { readonly kind: 'constantId'; readonly id: number }
  | { readonly kind: 'longs'; readonly base: number; readonly width: IntWidth | 'constant' }
  | {
      readonly kind: 'decimals';
      readonly base: number;
      readonly width: 'u8' | 'u16' | 'u32' | 'constant';
      readonly scale: number;
    }
  /** As in the file: doubles, floats, bytes. */
  | { readonly kind: 'plain' };

const ID_WIDTHS = { ids8: 'u8', ids16: 'u16', ids32: 'u32' } as const;
const NO_RANGE = { kind: 'long', min: 0n, max: 0n } as const;

/**
 * The form follows from what is known of the block without reading it.
 * @param scale that the segment's decimal blocks of this column share; undefined when they share none
 */
export function leafForm({ leaf, list }: PhysicalType, zone: Zone, numRows: number, scale?: number): LeafForm {
  const isNull = !list && zone.nullCount === numRows;
  const { range } = zone;
  switch (leaf) {
    case 'ids8':
    case 'ids16':
    case 'ids32':
      if (isNull) return { kind: 'constantId', id: 0 };
      if (!list && zone.nullCount === 0 && range?.kind === 'ids' && range.min === range.max) {
        return { kind: 'constantId', id: range.min };
      }
      return { kind: 'ids', width: ID_WIDTHS[leaf] };
    case 'f64':
      if (isNull) return { kind: 'decimals', base: 0, width: 'constant', scale: scale ?? 0 };
      return (list ? undefined : decimalForm(zone, scale)) ?? { kind: 'plain' };
    case 'f32':
    case 'utf8':
    case 'binary':
      return { kind: 'plain' };
    default:
      return longForm(range, leaf, list);
  }
}

/**
 * The scale at which every decimal block of a column is narrow, so that their sums need no rescaling: the largest that any of them
 * needs. undefined when a block would not be narrow at it; each then has its own.
 */
export function sharedScale(zones: readonly Zone[]): number | undefined {
  let scale: number | undefined;
  for (const { decimalScale } of zones) {
    if (decimalScale !== undefined && (scale === undefined || decimalScale > scale)) scale = decimalScale;
  }
  if (scale === undefined) return undefined;
  for (const zone of zones) {
    if (zone.decimalScale !== undefined && decimalForm(zone, scale) === undefined) return undefined;
  }
  return scale;
}

/** undefined when the block's values are not n / 10^scale, or too far apart. */
function decimalForm(zone: Zone, scale = zone.decimalScale): Extract<LeafForm, { kind: 'decimals' }> | undefined {
  if (zone.decimalScale === undefined || zone.range?.kind !== 'double') return undefined;
  const bounds = decimalBounds(zone.range, scale!);
  const form = bounds && unsignedForm(bounds.min, bounds.max);
  return form && { kind: 'decimals', ...form, scale: scale! };
}

/** Narrowest unsigned element that holds the block's longs; 64 bits where 32 do not. */
function longForm(range: Zone['range'], leaf: LeafType, list: boolean): LeafForm {
  const { kind, min, max } = range ?? NO_RANGE;
  assert(kind === 'long', `A zone of kind [${kind}] does not belong to a column of longs`);
  // Elements of lists are always kept.
  const form = list ? narrowForm(min, max) : unsignedForm(min, max);
  if (form !== undefined) return { kind: 'longs', ...form };
  assert(LEAF_BYTES[leaf] === 8, `Values [${min}, ${max}] exceed [${leaf}]`);
  return { kind: 'longs', base: 0, width: 'i64' };
}

/** Values as base + element, or as base alone. */
function unsignedForm(
  min: bigint,
  max: bigint,
): { readonly base: number; readonly width: 'u8' | 'u16' | 'u32' | 'constant' } | undefined {
  const form = narrowForm(min, max);
  return min === max && form !== undefined ? { base: Number(min), width: 'constant' } : form;
}

/** Values as base + element, with base 0 wherever that costs no width; undefined when it needs more than 32 bits or 2^53. */
function narrowForm(
  min: bigint,
  max: bigint,
): { readonly base: number; readonly width: 'u8' | 'u16' | 'u32' } | undefined {
  const spread = max - min;
  const reach = (min < 0n ? -min : min) + spread;
  if (spread > 0xffff_ffffn || reach > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const width = unsignedWidth(spread);
  const fromZero = min >= 0n && max <= 0xffff_ffffn && unsignedWidth(max) === width;
  return { base: fromZero ? 0 : Number(min), width };
}

/** @param max at most 2^32 - 1 */
function unsignedWidth(max: bigint): 'u8' | 'u16' | 'u32' {
  if (max <= 0xffn) return 'u8';
  return max <= 0xffffn ? 'u16' : 'u32';
}
