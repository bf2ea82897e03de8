import type { ZoneRef } from '../../memory/block-ref.js';

/** Smallest and largest value of a column block, nulls apart, inclusive. */
export type ZoneRange =
  | { readonly kind: 'long'; readonly min: bigint; readonly max: bigint }
  /** With a NaN in the block these are -Infinity and Infinity: bounds, not values. A bound 0 may stand for -0. */
  | { readonly kind: 'double'; readonly min: number; readonly max: number }
  /** Dictionary ids from 1; for lists over all elements. */
  | { readonly kind: 'ids'; readonly min: number; readonly max: number };

/** What is known of one block of one column without reading it. */
export interface Zone {
  /** Rows that are null. A multi-value row without values is. */
  readonly nullCount: number;
  /** Elements of a list, bytes of utf8 and binary, else rows. */
  readonly numElements: number;
  /** Null elements of a list; else 0. */
  readonly elementNulls: number;
  /** Absent when there is no value, and for types without order (COMPLEX). */
  readonly range?: ZoneRange;
  /** DOUBLE: smallest k such that every value is exactly n / 10^k, |n| up to 2^53; absent when there is none up to 9. */
  readonly decimalScale?: number;
}

/** The zone of a column without lists for planning, or undefined where its bounds may not be the extreme values themselves. */
export function zoneRefOf({ nullCount, range, decimalScale }: Zone, numRows: number): ZoneRef | undefined {
  if (nullCount === numRows) return { kind: 'null', nullCount };
  switch (range?.kind) {
    case undefined:
      return undefined;
    case 'double': {
      const { min, max } = range;
      if (min === Number.NEGATIVE_INFINITY || max === Number.POSITIVE_INFINITY) return undefined;
      // Only decimals are known to have no -0.
      if ((min === 0 || max === 0) && decimalScale === undefined) return undefined;
      return { kind: 'double', min, max, nullCount };
    }
    case 'long':
    case 'ids':
      return { ...range, nullCount };
  }
}
