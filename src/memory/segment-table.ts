/**
 * CONTRACT (stub of the shape; MEMORY fills it). How a stored segment is named to worker threads: defined once per thread, then by number.
 * Refs to its loaded column blocks, dictionaries, indexes and id spaces are records in a SharedArrayBuffer that the main thread writes when
 * something is loaded or moved and threads read while it is pinned, so that a query's message stays a few numbers.
 */

/** Posted once to each thread that works on the segment; plain data with shared buffers. */
export interface SegmentDefinition {
  /** Unique in the process, never reused. */
  readonly id: number;
}

/** What one query reads of one segment. */
export interface SegmentSlice {
  readonly definition: SegmentDefinition;
  /** Numbers of the blocks to read, ascending; null = all. */
  readonly blocks: Int32Array | null;
}
