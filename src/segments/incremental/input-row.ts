/**
 * A parsed row on its way into an index. One object is reused for all rows: its reader keeps nothing of it.
 */

/**
 * By column type: STRING: string, InternedText (a dimension's), null, or an array of none or at least two (already ordered by
 * multiValueHandling);
 * LONG: safe integer or bigint of 64 bits; DOUBLE, FLOAT: number; JSON: JSON text; AUTO: any JSON value.
 */
export type RowValue = unknown;

export interface InputRow {
  /** As read, before truncation to query granularity. */
  timestampMs: number;
  /** By slot of the DimensionList; a slot beyond the length is null. */
  readonly dimensions: RowValue[];
  /** By position in `metricInputs(metrics)`. */
  readonly inputs: RowValue[];
}
