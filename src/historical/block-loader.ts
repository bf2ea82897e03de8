import { assert } from '../common/assert.js';
import type { ArenaPool } from '../memory/arena-pool.js';
import type { IdSpaceRef } from '../memory/block-ref.js';
import type { MemoryRef } from '../memory/memory-ref.js';
import { ResidentSegment } from '../memory/resident-segment.js';
import type { SegmentSlice } from '../memory/segment-table.js';
import type { SlotCache } from '../memory/slot-cache.js';
import type { SegmentRow } from '../metadata/metadata-store.js';
import type { SegmentDescriptor, StoredColumn } from '../segments/format/descriptor.js';
import { planColumnBlock, runColumnLoad } from '../segments/format/loading.js';
import { CellLoads, type LoadRunner, type MissingCells } from './cell-loads.js';
import { SlicePins } from './slice-pins.js';
import type { SegmentFiles } from './segment-files.js';

/** What a leaf reads of one column. */
export interface ColumnWant {
  readonly name: string;
  /** Blocks to load, ascending; null = all that are visited, empty = none: its zones (and its dictionary) are enough. */
  readonly blocks: Int32Array | null;
  /** A filter may use the column's index. */
  readonly index: boolean;
}

/** What a leaf reads of one segment. */
export interface SegmentWant {
  readonly row: SegmentRow;
  readonly descriptor: SegmentDescriptor;
  /** Blocks to visit, ascending; null = all. */
  readonly blocks: Int32Array | null;
  /** Columns that the segment lacks may be among them. */
  readonly columns: readonly ColumnWant[];
}

/** Slices whose columns stay in memory until `release`. */
export interface PinnedSlices {
  /** One for each want, in order. */
  readonly slices: readonly SegmentSlice[];
  /** The same segments on this thread. */
  readonly segments: readonly ResidentSegment[];
  release(): void;
}

export interface BlockLoaderOptions {
  readonly files: SegmentFiles;
  readonly arenas: ArenaPool;
  readonly cache: SlotCache;
  /** Runs load jobs in worker threads. */
  readonly run: LoadRunner;
  /** Segments (by definition id) that threads may forget. */
  readonly onForget?: (ids: readonly number[]) => void;
}

/** Segments of which nothing is in memory are forgotten when more than this many are known. */
const MAX_SEGMENTS = 4096;
const NOTHING = new Uint8Array(0);

/** Brings column blocks of stored segments into shared memory, and keeps them there while a query needs them. Lives on the main thread. */
export class BlockLoader {
  readonly #options: BlockLoaderOptions;
  readonly #loads: CellLoads;
  readonly #segments = new Map<string, ResidentSegment>();
  #sweepAt = MAX_SEGMENTS;

  constructor(options: BlockLoaderOptions) {
    this.#options = options;
    this.#loads = new CellLoads(options);
  }

  /**
   * Pins what is wanted, and loads what is missing. When all of it is in memory, the result is there at once, without a promise. When a load
   * fails, everything is released.
   */
  pin(wants: readonly SegmentWant[]): PinnedSlices | Promise<PinnedSlices> {
    const { cache } = this.#options;
    const pins = new SlicePins(cache);
    const missing: MissingCells[] = [];
    let numMissing = 0;
    try {
      for (const want of wants) {
        const cells = this.#pinSegment(want, pins);
        if (cells.length === 0) continue;
        const { row, descriptor } = want;
        missing.push({ path: row.path, descriptor, segment: pins.segments.at(-1)!, cells });
        numMissing += cells.length;
      }
    } catch (error) {
      pins.release();
      throw error;
    }
    cache.count(pins.numCells - numMissing, numMissing);
    if (missing.length === 0) return pins;
    return this.#loads.load(missing).then(
      () => pins,
      (error: unknown) => {
        pins.release();
        throw error;
      },
    );
  }

  /** The segment's records on this thread; made at its first use. */
  segment(row: SegmentRow, descriptor: SegmentDescriptor): ResidentSegment {
    let segment = this.#segments.get(row.path);
    if (segment === undefined) {
      if (this.#segments.size >= this.#sweepAt) this.#sweep();
      segment = newSegment(row, descriptor, this.#options.arenas.arenaFor(descriptor.dataBytes));
      this.#segments.set(row.path, segment);
    }
    return segment;
  }

  /** Bytes that each block's wanted columns take in memory, by position among the blocks to visit; dictionaries and indexes apart. */
  blockBytes(want: SegmentWant): Float64Array {
    const segment = this.segment(want.row, want.descriptor);
    const { numBlocks } = segment;
    const bytes = new Float64Array(want.blocks?.length ?? numBlocks);
    for (const { name, blocks } of want.columns) {
      const column = want.descriptor.column(name);
      if (column === undefined) continue;
      this.#prepare(segment, want.descriptor, column);
      const first = column.position * numBlocks;
      let next = 0;
      for (let i = 0; i < bytes.length; i++) {
        const block = want.blocks === null ? i : want.blocks[i]!;
        if (blocks !== null) {
          while (next < blocks.length && blocks[next]! < block) next++;
          if (blocks[next] !== block) continue;
        }
        bytes[i]! += segment.blockBytes[first + block]!;
      }
    }
    return bytes;
  }

  /** The place of a column's ids in a space, when it was recorded. The column must be pinned. */
  space(segment: ResidentSegment, column: number): Omit<IdSpaceRef, 'size'> | undefined {
    return segment.records.space(column);
  }

  /**
   * Records the place of a column's ids in a space, in place of an earlier one. The column must be pinned, and stays so until this is done.
   * @param remapBytes null = the ids are those of the space; @param fill writes the remap
   */
  async putSpace(
    segment: ResidentSegment,
    column: number,
    key: string,
    remapBytes: number | null,
    fill: (remap: MemoryRef) => Promise<void>,
  ): Promise<void> {
    if (remapBytes === null) {
      segment.fillSpace(column, { key, remap: null }, undefined);
      return;
    }
    const { cache } = this.#options;
    const cell = segment.cellOf('space', column);
    assert(segment.isPinned(cell), `Column [${column}] of segment [${segment.definition.segmentId}] must be pinned`);
    const slot = await cache.reserve(segment, cell, remapBytes, segment.arena);
    try {
      await fill(slot.ref);
    } catch (error) {
      cache.free(slot);
      throw error;
    }
    segment.fillSpace(column, { key, remap: slot.ref }, slot);
  }

  /** Pins one segment's cells; gives those that are missing. */
  #pinSegment(want: SegmentWant, pins: SlicePins): readonly number[] {
    const { descriptor, blocks } = want;
    const segment = this.segment(want.row, descriptor);
    pins.add(segment, blocks);
    const missing: number[] = [];
    for (const wanted of want.columns) {
      const column = descriptor.column(wanted.name);
      if (column === undefined) continue;
      this.#prepare(segment, descriptor, column);
      const index = wanted.index && column.index !== undefined;
      pins.pin(segment, column.position, wanted.blocks ?? blocks, column.dictionary !== undefined, index, missing);
    }
    return missing;
  }

  /** Zones and sizes of a column's blocks, and those blocks that take no memory. */
  #prepare(segment: ResidentSegment, descriptor: SegmentDescriptor, column: StoredColumn): void {
    const { position } = column;
    if (segment.prepared[position] === 1) return;
    for (let block = 0; block < segment.numBlocks; block++) {
      const zone = descriptor.zoneRef(column, block);
      if (zone !== undefined) segment.records.writeZone(position, block, zone);
      const plan = planColumnBlock(descriptor, column, block);
      segment.blockBytes[position * segment.numBlocks + block] = plan.memoryBytes;
      if (plan.length > 0 || plan.memoryBytes > 0) continue;
      const nowhere = { arena: segment.arena, offset: 0, length: 0 };
      segment.fillBlock(position, block, runColumnLoad(plan, NOTHING, NOTHING, nowhere), undefined);
    }
    segment.prepared[position] = 1;
  }

  #sweep(): void {
    const gone: number[] = [];
    for (const [path, segment] of this.#segments) {
      if (segment.numSlots > 0 || !segment.isIdle) continue;
      this.#segments.delete(path);
      gone.push(segment.definition.id);
    }
    this.#sweepAt = Math.max(MAX_SEGMENTS, this.#segments.size * 2);
    if (gone.length > 0) this.#options.onForget?.(gone);
  }
}

function newSegment(row: SegmentRow, descriptor: SegmentDescriptor, arena: number): ResidentSegment {
  const blockTimes = new SharedArrayBuffer(descriptor.numBlocks * 16);
  const times = new Float64Array(blockTimes);
  for (let block = 0; block < descriptor.numBlocks; block++) {
    const { minTimeMs, maxTimeMs } = descriptor.blockTimeRange(block);
    times[2 * block] = minTimeMs;
    times[2 * block + 1] = maxTimeMs;
  }
  const facts = {
    segmentId: row.id,
    dataSource: row.dataSource,
    intervalStartMs: row.intervalStartMs,
    intervalEndMs: row.intervalEndMs,
    minTimeMs: row.minTimeMs,
    maxTimeMs: row.maxTimeMs,
    columnTypes: Object.fromEntries(descriptor.columns.map(({ name, type }) => [name, type])),
    numRows: descriptor.numRows,
    numBlocks: descriptor.numBlocks,
    blockTimes,
  };
  return new ResidentSegment(facts, arena);
}
