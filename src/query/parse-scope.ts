/** What the parsers of the parts of a query share: derived columns, expressions, limits. */
import { invalidInput } from '../common/druid-error.js';
import { checkExpression, type ExpressionVerdict } from './check-expression.js';
import { type ColumnDefinition, DerivedColumns } from './desugar/derived-columns.js';
import type { NativeQuery } from './native-query.js';
import { failedToRun, refused, unsupported } from './query-errors.js';
import type { VirtualColumn } from './virtual-column.js';

/** Filters in a request, those of subqueries included. */
const MAX_FILTERS = 50_000;
const MAX_EXPRESSION_LENGTH = 200_000;

export interface ParseScope {
  /** Each after those that it is derived from. */
  readonly derivedColumns: readonly VirtualColumn[];
  /** The name of a column with this definition, made for the part in question. */
  derive(definition: ColumnDefinition): string;
  /**
   * Columns that an expression reads; it is looked at when Druid's class is made.
   * @throws DruidError INVALID_INPUT for an expression that does not compile
   */
  inputsOf(expression: string, javaClass: string): readonly string[];
  /** For expressions that Druid first looks at when the query runs. @throws DruidError RUNTIME_FAILURE */
  assertRuns(expression: string): void;
  /** @throws DruidError INVALID_INPUT when a request has too many filters */
  countFilter(): void;
}

/** One for all levels of a request. */
export interface RequestScope {
  readonly parseSubquery: (json: unknown) => NativeQuery;
  numFilters: number;
}

/** Scope of one level: a query, or the filter of a data source. */
export class QueryScope implements ParseScope {
  readonly request: RequestScope;
  readonly #derived = new DerivedColumns();

  constructor(request: RequestScope) {
    this.request = request;
  }

  get derivedColumns(): readonly VirtualColumn[] {
    return this.#derived.columns;
  }

  derive(definition: ColumnDefinition): string {
    return this.#derived.derive(definition);
  }

  inputsOf(expression: string, javaClass: string): readonly string[] {
    const verdict = this.#verdict(expression);
    if ('problem' in verdict) throw refused(javaClass, verdict.problem);
    return verdict.inputs;
  }

  assertRuns(expression: string): void {
    const verdict = this.#verdict(expression);
    if ('problem' in verdict) throw failedToRun(verdict.problem, verdict.errorClass);
  }

  countFilter(): void {
    this.request.numFilters++;
    if (this.request.numFilters > MAX_FILTERS) throw invalidInput(`Request has more than [${MAX_FILTERS}] filters`);
  }

  /** @throws DruidError INVALID_INPUT when it is too long to be looked at */
  #verdict(expression: string): ExpressionVerdict {
    if (expression.length > MAX_EXPRESSION_LENGTH) {
      throw invalidInput(`Expression of [${expression.length}] characters is longer than [${MAX_EXPRESSION_LENGTH}]`);
    }
    return checkExpression(expression);
  }
}

/** For a spec of ingestion, which has no subqueries: what it derives is worked out from each record. */
export function ingestionScope(): QueryScope {
  const parseSubquery = (): never => {
    throw unsupported('subqueries in ingestion specs, here', 'query');
  };
  return new QueryScope({ parseSubquery, numFilters: 0 });
}
