/**
 * One column over all rows of all inputs, in one piece: what sorting, combining and writing read. Row numbers run through the inputs
 * and their blocks in order.
 */
import type { ColumnType } from '../../common/column-type.js';
import type { ColumnVector, UnsignedIds } from '../../vectors/block.js';
import type { SortedDictionary } from '../dictionary/sorted-dictionary.js';

export type FlatColumn =
  /** Ids of the dictionary; 0 is null. */
  | { readonly kind: 'string'; readonly ids: UnsignedIds; readonly dictionary: SortedDictionary }
  /** `offsets` has one entry more than there are rows. */
  | {
      readonly kind: 'multiString';
      readonly offsets: Uint32Array;
      readonly ids: UnsignedIds;
      readonly dictionary: SortedDictionary;
    }
  /** Safe integers. */
  | { readonly kind: 'long'; readonly values: Float64Array; readonly nulls: Uint8Array | null }
  | { readonly kind: 'wide'; readonly values: BigInt64Array; readonly nulls: Uint8Array | null }
  | { readonly kind: 'double'; readonly values: Float64Array; readonly nulls: Uint8Array | null }
  | { readonly kind: 'float'; readonly values: Float32Array; readonly nulls: Uint8Array | null }
  | {
      readonly kind: 'binary';
      readonly offsets: Uint32Array;
      readonly bytes: Uint8Array;
      readonly nulls: Uint8Array | null;
    }
  | {
      readonly kind: 'array';
      readonly offsets: Uint32Array;
      readonly elements: FlatColumn;
      readonly nulls: Uint8Array | null;
    };

/** One block of an input column. */
export interface FlatPart {
  readonly numRows: number;
  /** undefined = all null. */
  readonly vector: ColumnVector | undefined;
}

/** What a flattened column needs to be written. */
export interface NamedColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly column: FlatColumn;
}
