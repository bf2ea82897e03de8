/**
 * How a block is named across threads: numbers and MemoryRefs only, so that a message is small and no
 * column is copied. A worker turns it into a `Block` of typed-array views (vectors/block.ts).
 */
import type { ColumnType } from '../common/column-type.js';
import type { MemoryRef } from './memory-ref.js';

/** Element types of integer buffers in memory. */
export type IntWidth = 'u8' | 'u16' | 'u32' | 'i8' | 'i16' | 'i32' | 'i64';

/** A dictionary: value id v (1-based; 0 is null) is bytes [offsets[v-1], offsets[v]) as UTF-8. */
export interface DictionaryRef {
  /** Unique in the process for this dictionary and append-only thereafter: a cache key for decoded values. */
  readonly key: string;
  /** Number of values without null; ids run 0..size. A real-time block states the size that it saw. */
  readonly size: number;
  /** True when values ascend in Java string order (UTF-16 code units), as in storage. */
  readonly sorted: boolean;
  /** Uint32 little-endian, size + 1 entries. */
  readonly offsets: MemoryRef;
  readonly bytes: MemoryRef;
}

/**
 * Bitmap index of one dictionary column of one segment: for id v (0 = null row set) the portable roaring
 * serialization of its row numbers in the segment is bytes [offsets[v], offsets[v+1]).
 */
export interface BitmapIndexRef {
  readonly offsets: MemoryRef;
  readonly bytes: MemoryRef;
}

/**
 * `nulls`: one byte a row, 1 = null; absent when the block has no null in this column. Width 'constant': no values are kept, every row
 * (null ones apart) has `base`, or the id `constant`.
 */
export type ColumnBlockRef =
  | {
      readonly kind: 'string';
      readonly ids: MemoryRef;
      readonly width: 'u8' | 'u16' | 'u32' | 'constant';
      /** With width 'constant': the id of every row. */
      readonly constant?: number;
      readonly dictionary: DictionaryRef;
      readonly index?: BitmapIndexRef;
    }
  /** Row i has the ids at [offsets[i], offsets[i+1]); offsets are Uint32 (numRows + 1). A row without value is null. */
  | {
      readonly kind: 'multiString';
      readonly offsets: MemoryRef;
      readonly ids: MemoryRef;
      readonly width: 'u8' | 'u16' | 'u32';
      readonly dictionary: DictionaryRef;
      readonly index?: BitmapIndexRef;
    }
  /** Value = base + element; `base` is 0 for i64. |base| + |element| stays a safe integer unless width is i64. */
  | {
      readonly kind: 'long';
      readonly base: number;
      readonly width: IntWidth | 'constant';
      readonly values: MemoryRef;
      readonly nulls?: MemoryRef;
    }
  | { readonly kind: 'double'; readonly values: MemoryRef; readonly nulls?: MemoryRef }
  /** A DOUBLE column whose values are exactly (base + element) / 10^scale; |base| + |element| is at most 2^53. */
  | {
      readonly kind: 'decimal';
      readonly base: number;
      readonly width: 'u8' | 'u16' | 'u32' | 'constant';
      readonly scale: number;
      readonly values: MemoryRef;
      readonly nulls?: MemoryRef;
    }
  | { readonly kind: 'float'; readonly values: MemoryRef; readonly nulls?: MemoryRef }
  /** Row i is bytes [offsets[i], offsets[i+1]): COMPLEX types (sketch images; UTF-8 JSON text for COMPLEX<json>). */
  | { readonly kind: 'binary'; readonly offsets: MemoryRef; readonly bytes: MemoryRef; readonly nulls?: MemoryRef }
  /** ARRAY<…>: row i holds elements [offsets[i], offsets[i+1]) of a long, double or string vector. */
  | {
      readonly kind: 'array';
      readonly offsets: MemoryRef;
      readonly elements: ColumnBlockRef;
      readonly numElements: number;
      readonly nulls?: MemoryRef;
    };

/** What is known of a column block without reading it: bounds of its values (inclusive; doubles without NaN) and how many rows are null. */
export type ZoneRef =
  | { readonly kind: 'long'; readonly min: bigint; readonly max: bigint; readonly nullCount: number }
  | { readonly kind: 'double'; readonly min: number; readonly max: number; readonly nullCount: number }
  /** Dictionary ids from 1. */
  | { readonly kind: 'ids'; readonly min: number; readonly max: number; readonly nullCount: number }
  /** Every row is null. */
  | { readonly kind: 'null'; readonly nullCount: number };

/**
 * Dictionary ids of one column in a space that several segments of a node share, so that their groups meet as integers. 0 is null.
 * `remap`: u32 per segment id (0 included); null when the segment's ids are those of the space already.
 */
export interface IdSpaceRef {
  readonly key: string;
  /** Ids run 0..size. */
  readonly size: number;
  readonly remap: MemoryRef | null;
}

/** Up to 65,536 rows: a unit of work. Rows never change once a ref to them was given out. */
export interface BlockRef {
  readonly numRows: number;
  /** Real time: a name that no other block of the process has. Its rows stay as they are and where they are. */
  readonly key?: string;
  /** Real time: later refs of this key may have more rows, behind these. */
  readonly mayGrow?: true;
  /** Row number in the segment of this block's first row (block index * 65,536 in storage). */
  readonly firstRow: number;
  /** Smallest and largest __time in the block, both inclusive. */
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** True when __time ascends within the block and over the segment's blocks (storage). */
  readonly sortedByTime: boolean;
  /** Only the columns that were asked for; one that the segment lacks is absent and reads as all null. */
  readonly columns: Readonly<Record<string, ColumnBlockRef>>;
  /** Bounds of columns, loaded or not; absent where nothing is known (real time). */
  readonly zones?: Readonly<Record<string, ZoneRef>>;
}

/** The blocks of one segment (or of one real-time sequence) that a leaf is to run over. */
export interface SegmentBlocks {
  /** Druid's segment id; for a sequence the id that its open segment would have (query results may show it). */
  readonly segmentId: string;
  readonly dataSource: string;
  /** Segment interval; real time: the covering granularity bucket(s). */
  readonly intervalStartMs: number;
  readonly intervalEndMs: number;
  /** Range of __time over the whole segment, inclusive, for zero-filling. */
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** Logical type of each column that the segment has, in stored order (__time first). */
  readonly columnTypes: Readonly<Record<string, ColumnType>>;
  /** True for a stored, immutable segment: its partial results may be cached. */
  readonly immutable: boolean;
  /** Shared id spaces by column, where the node has made them; a column without one is its own space, named by its dictionary's key. */
  readonly spaces?: Readonly<Record<string, IdSpaceRef>>;
  readonly blocks: readonly BlockRef[];
}

export const BLOCK_ROWS = 65_536;
