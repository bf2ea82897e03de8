import type { ColumnType } from '../common/column-type.js';

/** A dimension: a column under the name and type of the output. */
export type DimensionSpec = {
  readonly type: 'default';
  readonly dimension: string;
  readonly outputName: string;
  readonly outputType: ColumnType;
};
