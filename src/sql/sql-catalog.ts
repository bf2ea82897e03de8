/** What the planner must know of schemas and tables. The broker side implements it. */
import type { FunctionContext } from '../expressions/functions/expr-function.js';
import type { NativeType } from './lower/native-expression.js';
import type { SqlField } from './types/sql-type.js';

/** What EXTERN reads: Druid's JSON of the source and its format, and the columns that are wanted. */
export interface ExternalInput {
  readonly inputSource: Readonly<Record<string, unknown>>;
  readonly inputFormat: Readonly<Record<string, unknown>> | null;
  readonly signature: readonly { readonly name: string; readonly type: NativeType }[];
}

export interface SqlTable {
  readonly schema: 'druid' | 'lookup' | 'INFORMATION_SCHEMA' | 'sys' | 'view' | 'ext';
  readonly name: string;
  readonly fields: readonly SqlField[];
  /** In the order of `fields`. */
  readonly nativeTypes: readonly NativeType[];
  /** By column: true when some segment has rows of several values (or it is not known). */
  readonly mayBeMultiValue: readonly boolean[];
  /**
   * Tables of metadata schemas: their rows at planning time, in the order of `fields` (LONG as bigint or number); undefined for data sources and lookups. A query over
   * them reads an `inline` data source.
   */
  readonly rows: (() => Promise<readonly (readonly unknown[])[]>) | undefined;
  /** Of schema `ext`. */
  readonly external?: ExternalInput;
  /** Of a data source, as far as it is known: decides which side of a join is the one that streams. */
  readonly numRows?: number;
}

export interface SqlCatalog {
  /** undefined = no such table; names are case-sensitive. */
  table(schema: string, name: string): SqlTable | undefined;
  schemaNames(): readonly string[];
  tableNames(schema: string): readonly string[];
  /** What registered lookups map, for constants. */
  readonly lookup: FunctionContext['lookup'];
}
