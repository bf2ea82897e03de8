/** Rows that are made of a table's own beside the data: filtered, unnested, joined. Plain data, as the plan that it is a part of. */
import type { ColumnType } from '../common/column-type.js';
import type { Filter } from '../query/native-query.js';
import type { VirtualColumn } from '../query/virtual-column.js';

/** What a plan runs over: the rows of a scan of the table, gone through steps one after another. */
export interface RowSteps {
  /** Columns that the steps and the plan read; null = all. */
  readonly columns: readonly string[] | null;
  readonly filter: Filter | null;
  readonly virtualColumns: readonly VirtualColumn[];
  readonly steps: readonly RowStep[];
}

export type RowStep =
  | { readonly type: 'filter'; readonly filter: Filter; readonly virtualColumns: readonly VirtualColumn[] }
  /** A row for each value of the virtual column. */
  | { readonly type: 'unnest'; readonly virtualColumn: VirtualColumn }
  | {
      readonly type: 'join';
      readonly joinType: 'INNER' | 'LEFT';
      readonly condition: string;
      readonly rightPrefix: string;
      readonly right: PlainRows;
    };

/** A table as plain data: LONG values as decimal text, several values of a row as a list, arrays and nested data as JSON text. */
export interface PlainRows {
  readonly numRows: number;
  readonly columns: readonly {
    readonly name: string;
    readonly type: ColumnType;
    readonly values: readonly (string | number | null | readonly (string | null)[])[];
  }[];
}
