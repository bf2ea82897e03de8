import type { Pointer } from '../../vectors/kernels/kernel-set.js';

/**
 * Which rows of a block take part. Pointers lie in the home arena's scratch and belong to the selector: they hold until it selects again.
 */
export type BlockSelection =
  | { readonly kind: 'none' }
  /** Every row from `from` to before `to`; never empty. */
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  /** A bitset of `numRows` bits (the block's rows) in 64-bit words, `count` of them set; never empty or full. */
  | { readonly kind: 'bits'; readonly bits: Pointer; readonly count: number; readonly numRows: number }
  /** `count` ascending u16 row numbers; never empty. */
  | { readonly kind: 'rows'; readonly rows: Pointer; readonly count: number };

export const NOTHING: BlockSelection = { kind: 'none' };
