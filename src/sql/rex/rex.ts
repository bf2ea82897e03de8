/**
 * Typed expressions over the fields of an input relation: what validation makes of the syntax tree and what lowering turns into native
 * expressions, filters and aggregators.
 * @source Calcite `RexNode`
 */
import type { SqlType } from '../types/sql-type.js';

export type RexValue = string | bigint | number | boolean | null | readonly RexValue[];

export type Rex =
  | { readonly kind: 'input'; readonly index: number; readonly type: SqlType }
  | { readonly kind: 'literal'; readonly value: RexValue; readonly type: SqlType }
  /**
   * `operator` is a name of the function catalog, upper case: functions by name, and `+ - * / % || = <> < <= > >= AND OR NOT`, `IS NULL`, `IS NOT NULL`, `IS TRUE`, `IS NOT
   * TRUE`, `IS FALSE`, `IS NOT FALSE`, `IS DISTINCT FROM`, `IS NOT DISTINCT FROM`, `LIKE` (2 or 3 operands), `BETWEEN` and IN lists as AND/OR/`SEARCH` forms or `IN` (value, items...), `CASE`
   * (when, then, …, else), `CAST`, `TRY_CAST`, unary `-` is `MINUS_PREFIX`, `EXTRACT(symbol, t)`, `FLOOR(t, symbol)`, `CEIL(t, symbol)`, `ROW`, `ARRAY`.
   */
  | { readonly kind: 'call'; readonly operator: string; readonly operands: readonly Rex[]; readonly type: SqlType }
  | { readonly kind: 'over'; readonly aggregate: AggregateCall; readonly window: RexWindow; readonly type: SqlType }
  /** A column of an enclosing query (before decorrelation). */
  | { readonly kind: 'correlated'; readonly id: number; readonly index: number; readonly type: SqlType };

/** One aggregate function over fields of the input. Operands are literals or inputs after validation put a projection below. */
export interface AggregateCall {
  /** Of the catalog, upper case: `COUNT` without operands is COUNT(*). */
  readonly function: string;
  readonly operands: readonly Rex[];
  readonly distinct: boolean;
  /** FILTER (WHERE …): a boolean over the input, or null. */
  readonly filter: Rex | null;
  readonly ignoreNulls: boolean;
  /** WITHIN GROUP or ORDER BY inside of the call. */
  readonly orderBy: readonly RexOrder[];
  readonly type: SqlType;
  /** Alias of the output, when one is known; names of outputs do not depend on it. */
  readonly name: string | null;
}

export interface RexOrder {
  readonly expression: Rex;
  readonly descending: boolean;
  /** null = Druid's default: nulls first when ascending, last when descending. */
  readonly nullsFirst: boolean | null;
}

export interface RexWindow {
  readonly partitionBy: readonly Rex[];
  readonly orderBy: readonly RexOrder[];
  readonly unit: 'ROWS' | 'RANGE' | 'GROUPS';
  readonly start: RexBound;
  readonly end: RexBound;
}

export type RexBound =
  | { readonly type: 'unboundedPreceding' | 'unboundedFollowing' | 'currentRow' }
  | { readonly type: 'preceding' | 'following'; readonly offset: number };
