/** What a task asks of a broker: the rows of one native query, as lines of JSON objects. */
export const PLANNED_ROWS_PATH = '/internal/v1/planned-rows';

/** The body of such a request. */
export interface PlannedRowsRequest {
  /** Druid's native JSON. */
  readonly query: Readonly<Record<string, unknown>>;
  /** The members of each line: columns of the query's result under the names that they get. */
  readonly columnMappings: readonly { readonly queryColumn: string; readonly outputColumn: string }[];
}
