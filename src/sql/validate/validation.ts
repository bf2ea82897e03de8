import type { LoweringContext } from '../lower/native-expression.js';
import type { Rex } from '../rex/rex.js';
import type { Rel } from '../rel/rel.js';
import type { SqlParameter } from '../planned-statement.js';
import type { SqlCatalog } from '../sql-catalog.js';
import type { Query } from '../syntax/ast.js';
import type { SqlType } from '../types/sql-type.js';
import type { Scope } from './scope.js';

/** A subquery inside of an expression; a call of operator `$SUBQUERY` stands for it until it is joined. */
export interface PendingSubquery {
  readonly use: 'scalar' | 'exists' | 'in' | 'array';
  readonly negated: boolean;
  readonly rel: Rel;
  /** Of the query that it stands in: correlations of this id are columns of that one. */
  readonly scopeId: number;
}

/** Of a WITH item: its query as validated where it stands. */
export interface CommonTable {
  readonly name: string;
  readonly rel: Rel;
}

/** Fixed for one statement, with what is collected while it is validated. */
export interface Validation {
  readonly catalog: SqlCatalog;
  readonly lowering: LoweringContext;
  readonly parameters: readonly SqlParameter[];
  readonly allowUnboundParameters: boolean;
  /** Statements that run as tasks may read EXTERN. */
  readonly allowExtern: boolean;
  readonly fold: (rex: Rex) => Rex;
  readonly parameterTypes: Map<number, SqlType>;
  readonly subqueries: PendingSubquery[];
  /** Data sources and lookups that are read. */
  readonly resources: Map<
    string,
    { readonly name: string; readonly type: 'DATASOURCE' | 'LOOKUP' | 'VIEW' | 'EXTERNAL' }
  >;
  nextScopeId: number;
  /** A query inside of another one: its relation, with the columns of `scope` visible. */
  query(query: Query, scope: Scope | null, tables: readonly CommonTable[]): Rel;
}
