import type { Rel } from '../rel/rel.js';
import type { Namespace, Scope, ScopeColumn } from './scope.js';
import type { CommonTable, Validation } from './validation.js';

/** The relation of a FROM clause, with the names of its columns. */
export interface From {
  readonly rel: Rel;
  readonly namespaces: readonly Namespace[];
  readonly merged: readonly ScopeColumn[];
}

/** Where a query stands: what it can name. */
export interface FromContext {
  readonly validation: Validation;
  readonly tables: readonly CommonTable[];
  readonly parent: Scope | null;
}
