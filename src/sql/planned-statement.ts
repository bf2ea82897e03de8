/** What planning a statement gives to those who run or explain it. */
import type { NativeType } from './lower/native-expression.js';
import type { SqlType } from './types/sql-type.js';

export interface OutputColumn {
  readonly name: string;
  readonly sqlType: SqlType;
  readonly nativeType: NativeType;
}

/** One native query of a plan; a top-level UNION ALL has several, run one after another. */
export interface PlannedQuery {
  /** Druid's native JSON, members in the order that Druid prints. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly signature: readonly { readonly name: string; readonly type: NativeType }[];
  /** By output column: the column of the native result that holds it. */
  readonly columnMappings: readonly { readonly queryColumn: string; readonly outputColumn: string }[];
}

export interface PlannedSelect {
  readonly kind: 'select';
  readonly columns: readonly OutputColumn[];
  readonly queries: readonly PlannedQuery[];
  /** Tables read, for authorization and EXPLAIN's RESOURCES; sorted by name. */
  readonly resources: readonly {
    readonly name: string;
    readonly type: 'DATASOURCE' | 'LOOKUP' | 'VIEW' | 'EXTERNAL';
  }[];
  /** Types of `?`, in order. */
  readonly parameterTypes: readonly SqlType[];
}

/** One row: PLAN, RESOURCES, ATTRIBUTES. */
export interface PlannedExplain {
  readonly kind: 'explain';
  readonly columns: readonly OutputColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** INSERT and REPLACE: run as a task. */
export interface PlannedIngest {
  readonly kind: 'ingest';
  readonly operation: 'INSERT' | 'REPLACE';
  readonly dataSource: string;
  /** REPLACE: ALL, or intervals; null for INSERT. */
  readonly overwrite: 'ALL' | readonly string[] | null;
  /** Period such as `P1D`, or `ALL`. */
  readonly partitionedBy: string;
  readonly clusteredBy: readonly string[];
  readonly select: PlannedSelect;
}

export type PlannedStatement = PlannedSelect | PlannedExplain | PlannedIngest;

export interface SqlParameter {
  /** Name of a SQL type. */
  readonly type: string;
  readonly value: unknown;
}

export interface PlanRequest {
  readonly sql: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly parameters: readonly SqlParameter[];
  /** `sqlQueryId`, which goes into the context of every native query as `queryId` and `sqlQueryId`. */
  readonly sqlQueryId: string;
  readonly nowMs: number;
  /** false: INSERT and REPLACE are refused in Druid's words (`/druid/v2/sql`). */
  readonly allowIngest: boolean;
  /** JDBC prepare: `?` without values are allowed. */
  readonly allowUnboundParameters: boolean;
}

// planStatement(request: PlanRequest, catalog: SqlCatalog): Promise<PlannedStatement> lives in plan-statement.ts; it throws DruidError in Druid's words
// (context sourceType, line, column, …).
