/** A column of a data source. */
export interface Column {
  readonly name: string;
  /** SQL's: VARCHAR, BIGINT, DOUBLE, TIMESTAMP, … */
  readonly type: string;
}
