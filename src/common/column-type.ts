/** Logical column types, spelled as Druid spells them. */
export type ColumnType =
  | 'STRING'
  | 'LONG'
  | 'DOUBLE'
  | 'FLOAT'
  | 'ARRAY<STRING>'
  | 'ARRAY<LONG>'
  | 'ARRAY<DOUBLE>'
  | `COMPLEX<${string}>`;

/** The name of the primary timestamp column, a LONG of epoch milliseconds. */
export const TIME_COLUMN = '__time';
