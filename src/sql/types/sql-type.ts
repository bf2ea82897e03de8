/**
 * SQL types as Calcite and Druid have them. Values at run time: CHAR/VARCHAR string; TINYINT to BIGINT bigint; FLOAT, REAL, DOUBLE, DECIMAL number; BOOLEAN boolean;
 * TIMESTAMP and DATE bigint (milliseconds since 1970, of the wall clock in UTC while literals are folded); ARRAY readonly array; null for NULL.
 * @source reference sql.md section 3; Calcite `SqlTypeName`
 */
export type SqlTypeName =
  | 'CHAR'
  | 'VARCHAR'
  | 'BOOLEAN'
  | 'TINYINT'
  | 'SMALLINT'
  | 'INTEGER'
  | 'BIGINT'
  | 'FLOAT'
  | 'REAL'
  | 'DOUBLE'
  | 'DECIMAL'
  | 'DATE'
  | 'TIME'
  | 'TIMESTAMP'
  | 'INTERVAL_DAY_TIME'
  | 'INTERVAL_YEAR_MONTH'
  | 'ARRAY'
  | 'ROW'
  | 'OTHER'
  | 'SYMBOL'
  | 'BINARY'
  | 'NULL'
  | 'ANY';

export interface SqlType {
  readonly name: SqlTypeName;
  readonly nullable: boolean;
  /** CHAR(n), VARCHAR(n), DECIMAL(p, s), TIMESTAMP(p); null = none was given. */
  readonly precision: number | null;
  readonly scale: number | null;
  /** Of an ARRAY. */
  readonly element: SqlType | null;
  /** Of OTHER: Druid's name, such as `json`, `HLLSketch`, `hyperUnique`. */
  readonly complexName: string | null;
  /** Of a ROW (a subquery of several columns, `(a, b) IN …`). */
  readonly fields: readonly SqlField[] | null;
}

export interface SqlField {
  readonly name: string;
  readonly type: SqlType;
}
