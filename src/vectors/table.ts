import type { ColumnType } from '../common/column-type.js';

/**
 * A small columnar table on the JavaScript heap: partial results between threads and nodes, and final rows before
 * encoding. Its buffers are transferred, never shared.
 */

/** Where the ids of an IDS column mean something. In a message only the key travels; whoever holds the dictionary binds it again. */
export interface IdSpace {
  readonly key: string;
  /** Largest id. */
  readonly size: number;
  /** The string of id 1..size; absent until bound. */
  value?(id: number): string;
  /** The strings of many ids other than 0, where that is faster than one by one. */
  values?(ids: Uint32Array): string[];
}

export type TableColumn =
  /** `nulls[i]` is 1 when row i is null; `nulls` is null when no row is. */
  | { readonly type: 'LONG'; readonly values: BigInt64Array; readonly nulls: Uint8Array | null }
  | { readonly type: 'DOUBLE'; readonly values: Float64Array; readonly nulls: Uint8Array | null }
  | { readonly type: 'FLOAT'; readonly values: Float32Array; readonly nulls: Uint8Array | null }
  /** `ids[i]` indexes `dictionary`, -1 is null. Dictionary values are distinct, in no order. */
  | { readonly type: 'STRING'; readonly ids: Int32Array; readonly dictionary: readonly string[] }
  /** A dimension that still is ids (0 = null): only between the engine and `finish`, within one node; strings only for rows that are output. */
  | { readonly type: 'IDS'; readonly ids: Uint32Array; readonly space: IdSpace }
  /** Row i holds the ids at [offsets[i], offsets[i+1]): multi-value strings in a scan. */
  | {
      readonly type: 'STRINGS';
      readonly offsets: Uint32Array;
      readonly ids: Int32Array;
      readonly dictionary: readonly string[];
    }
  /** Row i is bytes [offsets[i], offsets[i+1]). */
  | {
      readonly type: 'BINARY';
      readonly offsets: Uint32Array;
      readonly bytes: Uint8Array;
      readonly nulls: Uint8Array | null;
    }
  /** JSON text per row (arrays, nested data), null = SQL null. `valueType` is what the values are, nested data when absent. */
  | { readonly type: 'JSON'; readonly texts: readonly (string | null)[]; readonly valueType?: ColumnType };

export interface Table {
  readonly numRows: number;
  readonly names: readonly string[];
  /** Same length and order as `names`; every column has `numRows` rows. */
  readonly columns: readonly TableColumn[];
  /** Groups of one segment of a task, kept apart to be cut (engine/cut/): its place there, in time order. */
  readonly segment?: number;
}
