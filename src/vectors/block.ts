/**
 * What the engine sees: up to 65,536 rows as typed-array views over shared memory. Nobody writes through them.
 */
import type { ColumnType } from '../common/column-type.js';
import type { IdSpaceRef, ZoneRef } from '../memory/block-ref.js';
import type { IntType, KeyWidth, Pointer, RealType } from './kernels/kernel-set.js';

export type UnsignedIds = Uint8Array | Uint16Array | Uint32Array;
export type IntValues = Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array;

/** Read access to a dictionary in shared memory; ids are 1..size, 0 is null. Decoded strings are cached per thread by `key`. */
export interface Dictionary {
  readonly key: string;
  readonly size: number;
  /** Ascending in Java string order (UTF-16 code units). */
  readonly sorted: boolean;
  /** The string of id 1..size. @throws AssertionFailure outside that range */
  value(id: number): string;
  /** The id of a value, or -1 when the dictionary (up to `size`) lacks it. */
  idOf(value: string): number;
  /** The values as they are stored, to search without decoding them; absent where they lie elsewhere. */
  readonly utf8?: Utf8Values;
  /**
   * Made by a virtual column, so that nobody else can look its values up. 'everywhere': by a rule that gives the same ids in every thread;
   * 'here': its ids mean something in this thread only. Absent for stored dictionaries.
   */
  readonly derived?: 'everywhere' | 'here';
}

/** Value id v is bytes [offsets[v - 1], offsets[v]). */
export interface Utf8Values {
  /** The arena that both lie in, for kernels; absent where they lie in two, or in none. */
  readonly arena?: number;
  readonly offsets: Uint32Array;
  readonly bytes: Buffer;
}

/** Access to a segment's bitmap index of one column. */
export interface BitmapIndex {
  /** Row numbers within block `blockIndex` (0..65,535) that hold id, as a portable roaring container's values; ascending. */
  rowsOf(id: number, blockIndex: number): Uint16Array;
  /** Number of rows within block `blockIndex` that hold id. */
  rowCount(id: number, blockIndex: number): number;
  /** Number of rows of the whole segment that hold id. */
  cardinality(id: number): number;
  /** The rows of `rowsOf` as they are stored, for kernels; undefined when there are none. Absent where the index lies outside of arenas. */
  container?(id: number, blockIndex: number): StoredContainer | undefined;
}

/** A roaring container in an arena; nothing is promised of its alignment. */
export interface StoredContainer {
  readonly arena: number;
  /** A u16 list, a bitmap of 1,024 words, or pairs (start, length - 1) of u16. */
  readonly form: 'rows' | 'bitmap' | 'runs';
  readonly pointer: Pointer;
  /** Rows, words or pairs. */
  readonly length: number;
  /** Number of rows. */
  readonly count: number;
}

export interface StringVector {
  readonly kind: 'string';
  readonly ids: UnsignedIds;
  readonly dictionary: Dictionary;
  readonly index?: BitmapIndex;
}
export interface MultiStringVector {
  readonly kind: 'multiString';
  /** numRows + 1 entries. */
  readonly offsets: Uint32Array;
  readonly ids: UnsignedIds;
  readonly dictionary: Dictionary;
  readonly index?: BitmapIndex;
}
/** Value of row i is base + values[i]; wide longs come as BigInt64Array with base 0. */
export interface LongVector {
  readonly kind: 'long';
  readonly base: number;
  readonly values: IntValues | BigInt64Array;
  /** 1 = null; absent when no row of the block is null. */
  readonly nulls?: Uint8Array;
}
export interface DoubleVector {
  readonly kind: 'double';
  readonly values: Float64Array;
  readonly nulls?: Uint8Array;
}
export interface FloatVector {
  readonly kind: 'float';
  readonly values: Float32Array;
  readonly nulls?: Uint8Array;
}
export interface BinaryVector {
  readonly kind: 'binary';
  readonly offsets: Uint32Array;
  readonly bytes: Uint8Array;
  readonly nulls?: Uint8Array;
}
export interface ArrayVector {
  readonly kind: 'array';
  readonly offsets: Uint32Array;
  readonly elements: StringVector | LongVector | DoubleVector;
  readonly nulls?: Uint8Array;
}
export type ColumnVector =
  | StringVector
  | MultiStringVector
  | LongVector
  | DoubleVector
  | FloatVector
  | BinaryVector
  | ArrayVector;

/**
 * CONTRACT. A column as it lies in its arena, for kernels: pointers, not views. `nulls` 0 = no row is null. A value of 'ints' is
 * (base + element) / 10^scale, scale 0 for LONG; without type every row has `base` (constant block).
 */
export type StoredVector =
  | {
      readonly kind: 'ids';
      readonly arena: number;
      /** null: every row has the id `constant`. */
      readonly width: KeyWidth | null;
      readonly constant: number;
      readonly ids: Pointer;
      readonly dictionary: Dictionary;
      readonly index?: BitmapIndex;
    }
  | {
      readonly kind: 'multiIds';
      readonly arena: number;
      readonly width: KeyWidth;
      readonly offsets: Pointer;
      readonly ids: Pointer;
      readonly dictionary: Dictionary;
      readonly index?: BitmapIndex;
    }
  | {
      readonly kind: 'ints';
      readonly logical: 'long' | 'double';
      readonly arena: number;
      readonly type: IntType | null;
      readonly base: number;
      readonly scale: number;
      readonly values: Pointer;
      readonly nulls: Pointer;
      /** No element with its base is further from 0; absent where only the type tells. */
      readonly bound?: number;
    }
  | {
      readonly kind: 'reals';
      readonly logical: 'double' | 'float';
      readonly arena: number;
      readonly type: RealType;
      readonly values: Pointer;
      readonly nulls: Pointer;
    }
  /** Arrays, binary, JSON: only `column` reads them. */
  | { readonly kind: 'other' };

export interface Block {
  readonly numRows: number;
  readonly firstRow: number;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly sortedByTime: boolean;
  /**
   * undefined when the segment has no such column: reads as all null. Decimal and constant blocks are decoded into plain arrays on first use,
   * so that a caller sees only the plain forms.
   */
  column(name: string): ColumnVector | undefined;
  /** The same column for kernels; undefined as above. */
  stored(name: string): StoredVector | undefined;
  /** Bounds, also of a column that is not loaded; undefined when nothing is known. */
  zone(name: string): ZoneRef | undefined;
  /** JSON texts of a computed column whose values have no type in common; undefined for every other column. */
  untyped?(name: string): ((row: number) => string | null) | undefined;
  /** Columns that are computed and not asked for yet need only have these rows from now on (null = the first `count`). Absent where nothing is computed. */
  focus?(selection: { readonly rows: Uint16Array | null; readonly count: number }): void;
}

/** What the engine knows of the segment (or real-time sequence) that a block belongs to. */
export interface SegmentContext {
  readonly segmentId: string;
  readonly dataSource: string;
  readonly intervalStartMs: number;
  readonly intervalEndMs: number;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly columnTypes: Readonly<Record<string, ColumnType>>;
  readonly spaces?: Readonly<Record<string, IdSpaceRef>>;
}
