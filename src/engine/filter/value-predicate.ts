import type { ExprArray } from '../../expressions/expr.js';
import type { LikeParts } from '../../common/like-pattern.js';

/** What a comparison says of a null value: three-valued logic. */
export type NullOutcome = 'match' | 'noMatch' | 'unknown';

/** How a filter sees LONG values. */
export type LongMatch =
  | { readonly kind: 'none' | 'all' | 'text' }
  /** Both bounds inclusive, within 64 bits. */
  | { readonly kind: 'range'; readonly low: bigint; readonly high: bigint }
  | { readonly kind: 'set'; readonly values: readonly bigint[] };

/** How a filter sees DOUBLE and FLOAT values; bounds and members compare as Java's `Double.compare`. */
export type RealMatch =
  | { readonly kind: 'none' | 'all' | 'text' }
  | RealRange
  | { readonly kind: 'set'; readonly values: readonly number[] };

/** null = unbounded. */
export interface RealRange {
  readonly kind: 'range';
  readonly low: number | null;
  readonly lowOpen: boolean;
  readonly high: number | null;
  readonly highOpen: boolean;
}

/** Which strings may match, where that is known without looking at each: saves a pass over a large dictionary. */
export type TextHint =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  /** In UTF-16 order; null = unbounded. */
  | {
      readonly kind: 'range';
      readonly low: string | null;
      readonly lowOpen: boolean;
      readonly high: string | null;
      readonly highOpen: boolean;
    };

/** One comparison with a column, for every type that the column may turn out to have. 'text' sends a number's Java text to `text`. */
export interface ValuePredicate {
  readonly column: string;
  readonly ofNull: NullOutcome;
  /** Of a null in a numeric column, where that differs. */
  readonly ofNullNumber?: NullOutcome;
  text(value: string): boolean;
  /** Equal for predicates that match the same strings, in any column; absent where finding them costs little. */
  readonly key?: string;
  readonly hint?: TextHint;
  /** The same as `text`, as literals that can be searched for in stored bytes. */
  readonly like?: LikeParts;
  long(): LongMatch;
  double(): RealMatch;
  float(): RealMatch;
  /** Of an array: a test of its elements, or 'refused' where Druid knows none; absent when no array matches. */
  readonly array?: 'refused' | ArrayMatch;
  /** Of a nested value, by its JSON text; absent when none matches. */
  json?(text: string): boolean;
}

/** Compares the first elements of an array with bounds: an array is after its own beginning. */
export interface ArrayMatch {
  matches(array: ExprArray): boolean;
}
