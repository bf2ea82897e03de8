/**
 * How typed expressions become native ones. Implemented beside: lower-expression.ts, lower-filter.ts, lower-aggregate.ts. All JSON has exactly the members, in the
 * order, that Druid's own EXPLAIN prints.
 * @source Druid `DruidExpression.java`, `Expressions.java`, `GroupByRules`, `VirtualColumnRegistry.java`
 */
import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import type { AggregateCall, Rex } from '../rex/rex.js';
import type { SqlType } from '../types/sql-type.js';

/** Druid's column type text: `STRING`, `LONG`, `DOUBLE`, `FLOAT`, `ARRAY<STRING>`, `COMPLEX<json>`. */
export type NativeType = string;

export interface NativeColumn {
  readonly name: string;
  readonly type: NativeType;
  /** false only where it is known (multi-value columns change how filters and groups are planned). */
  readonly mayBeMultiValue?: boolean;
}

/** Columns of the relation that `input` indexes count in. */
export type NativeSignature = readonly NativeColumn[];

export interface NativeExpression {
  /** Text of the native expression language. */
  readonly expression: string;
  readonly type: NativeType | null;
  /** The column, when it is nothing but one. */
  readonly column: string | null;
  /** A column seen through an extraction function, where Druid plans one (SUBSTRING, LOOKUP, …); its JSON. */
  readonly extractionFn: Readonly<Record<string, unknown>> | null;
  readonly extractedColumn: string | null;
  /** A virtual column of another kind than `expression` (`mv-filtered`, `nested-field`, …) that computes it, without `name`. */
  readonly virtualColumn: Readonly<Record<string, unknown>> | null;
}

/** Names virtual columns `v0`, `v1`, …: equal expressions get one name. Implemented in virtual-column-registry.ts. */
export interface VirtualColumnRegistry {
  /** The name of a column that holds `expression` as `type` (the column itself when it is one of that type). */
  columnFor(expression: NativeExpression, sqlType: SqlType): string;
  /** In order of creation. */
  readonly json: readonly Readonly<Record<string, unknown>>[];
  /** Keep only those named (and those that they read), in order. */
  retain(names: ReadonlySet<string>): void;
}

/** Fixed while one statement is planned. */
export interface LoweringContext {
  readonly timeZone: string;
  /** `sqlCurrentTimestamp` or now. */
  readonly nowMs: number;
  /** Query context of the request. */
  readonly context: Readonly<Record<string, unknown>>;
  /** What registered lookups map now. */
  readonly lookup: FunctionContext['lookup'];
}

export interface LoweredAggregate {
  /** Native aggregators to add; equal ones that exist already are used again (see `existing`). */
  readonly aggregators: readonly Readonly<Record<string, unknown>>[];
  readonly postAggregator: Readonly<Record<string, unknown>> | null;
  /** The column that holds the result. */
  readonly outputName: string;
  readonly outputType: NativeType;
}

/** Functions that lowering offers to the planner of relations; each throws the `Query could not be planned` error with its reason. */
export interface ExpressionLowering {
  lowerExpression(rex: Rex, signature: NativeSignature, context: LoweringContext): NativeExpression;
  /** The filter's JSON; three-valued logic is the native engine's. */
  lowerFilter(
    rex: Rex,
    signature: NativeSignature,
    /** null: no virtual columns can be made. */
    registry: VirtualColumnRegistry | null,
    context: LoweringContext,
  ): Readonly<Record<string, unknown>>;
  /** `name` is the output's, `a0`; `existing` are the aggregators of the query so far. */
  lowerAggregate(
    call: AggregateCall,
    name: string,
    signature: NativeSignature,
    registry: VirtualColumnRegistry,
    existing: readonly Readonly<Record<string, unknown>>[],
    context: LoweringContext,
  ): LoweredAggregate;
  /** A post-aggregator for an expression over results of an aggregation. */
  lowerPostAggregator(
    rex: Rex,
    name: string,
    signature: NativeSignature,
    context: LoweringContext,
  ): Readonly<Record<string, unknown>>;
  /** Constants folded, as Calcite's and Druid's reduction does (also time functions of literals); the same object if nothing changed. */
  fold(rex: Rex, context: LoweringContext): Rex;
}
