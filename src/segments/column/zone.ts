/** Smallest and largest value of a column block, nulls apart, inclusive. */
export type ZoneRange =
  | { readonly kind: 'long'; readonly min: bigint; readonly max: bigint }
  /** With a NaN in the block these are -Infinity and Infinity: bounds, not values. */
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
