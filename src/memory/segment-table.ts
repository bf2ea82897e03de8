/**
 * CONTRACT. How a stored segment is named to worker threads: defined once per thread, then by number. Refs to its loaded column blocks,
 * dictionaries, indexes and id spaces are records in a SharedArrayBuffer (segment-records.ts) that the main thread writes when something is
 * loaded or moved and threads read while it is pinned, so that a query's message stays a few numbers.
 */
import type { ColumnType } from '../common/column-type.js';
import { BLOCK_ROWS } from './block-ref.js';

/** Posted once to each thread that works on the segment; plain data with shared buffers. */
export interface SegmentDefinition {
  /** Unique in the process, never reused. */
  readonly id: number;
  /** As in SegmentBlocks. */
  readonly segmentId: string;
  readonly dataSource: string;
  readonly intervalStartMs: number;
  readonly intervalEndMs: number;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** Every column of the segment, in stored order; a column's position in it is its number in the records. */
  readonly columnTypes: Readonly<Record<string, ColumnType>>;
  readonly numRows: number;
  /** Blocks of BLOCK_ROWS rows, the last one shorter. */
  readonly numBlocks: number;
  /** Float64: smallest and largest __time of each block, inclusive. */
  readonly blockTimes: SharedArrayBuffer;
  /** Float64: see segment-records.ts. */
  readonly records: SharedArrayBuffer;
}

/** What one query reads of one segment. Its columns are pinned by the main thread until the query has ended. */
export interface SegmentSlice {
  readonly definition: SegmentDefinition;
  /** Numbers of the blocks to read, ascending; null = all. */
  readonly blocks: Int32Array | null;
  /**
   * The id space to use by column; a column that is not named here, or whose ids have no place in that space, is its own. One object for
   * all slices of a query, so that it is copied once.
   */
  readonly spaces: Readonly<Record<string, SpaceUse>> | null;
}

/** An id space as one query uses it: all its segments take the same size, though the space may grow. */
export interface SpaceUse {
  readonly key: string;
  /** Ids run 0..size. */
  readonly size: number;
}

/** Number of blocks of a slice. */
export function sliceSize(slice: SegmentSlice): number {
  return slice.blocks === null ? slice.definition.numBlocks : slice.blocks.length;
}

/** Number in the segment of block `index` of a slice. */
export function sliceBlock(slice: SegmentSlice, index: number): number {
  return slice.blocks === null ? index : slice.blocks[index]!;
}

/** Rows of block `block` of the segment. */
export function blockRows({ numRows }: SegmentDefinition, block: number): number {
  return Math.min(BLOCK_ROWS, numRows - block * BLOCK_ROWS);
}

/** Rows of all blocks of a slice. */
export function sliceRows({ definition, blocks }: SegmentSlice): number {
  if (blocks === null) return definition.numRows;
  const last = definition.numBlocks - 1;
  const short = blocks.length > 0 && blocks[blocks.length - 1] === last ? BLOCK_ROWS - blockRows(definition, last) : 0;
  return blocks.length * BLOCK_ROWS - short;
}

/** The key of a column's dictionary: the same for as long as the definition lives, however often the dictionary is loaded. */
export function dictionaryKey({ id }: SegmentDefinition, column: string): string {
  return `segment${id}.${column}`;
}
