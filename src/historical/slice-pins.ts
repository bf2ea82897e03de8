import type { ResidentSegment } from '../memory/resident-segment.js';
import type { SegmentSlice } from '../memory/segment-table.js';
import type { SlotCache } from '../memory/slot-cache.js';

/** The pins of one query, in flat lists: made for every query, so without an object for each column. */
export class SlicePins {
  readonly slices: SegmentSlice[] = [];
  readonly segments: ResidentSegment[] = [];
  /** Cells pinned. */
  numCells = 0;
  readonly #cache: SlotCache;
  readonly #pinned: ResidentSegment[] = [];
  readonly #columns: number[] = [];
  readonly #blocks: (Int32Array | null)[] = [];
  /** Segments and numbers of single cells: dictionaries and indexes. */
  readonly #cellSegments: ResidentSegment[] = [];
  readonly #cells: number[] = [];

  constructor(cache: SlotCache) {
    this.#cache = cache;
  }

  add(segment: ResidentSegment, blocks: Int32Array | null): void {
    this.segments.push(segment);
    this.slices.push({ definition: segment.definition, blocks, spaces: null });
  }

  /** Pins blocks of a column and what belongs to it; appends the cells that are not in memory to `missing`. */
  pin(
    segment: ResidentSegment,
    column: number,
    blocks: Int32Array | null,
    dictionary: boolean,
    index: boolean,
    missing: number[],
  ): void {
    this.#pinned.push(segment);
    this.#columns.push(column);
    this.#blocks.push(blocks);
    this.numCells += blocks?.length ?? segment.numBlocks;
    segment.pinBlocks(column, blocks, missing);
    if (dictionary) this.#pinCell(segment, segment.cellOf('dictionary', column), missing);
    if (index) this.#pinCell(segment, segment.cellOf('index', column), missing);
  }

  /** May be called twice. */
  release(): void {
    for (const [i, segment] of this.#pinned.entries()) segment.unpinBlocks(this.#columns[i]!, this.#blocks[i]!);
    for (const [i, segment] of this.#cellSegments.entries()) segment.unpin(this.#cells[i]!);
    this.#pinned.length = 0;
    this.#cellSegments.length = 0;
    this.#cache.unpinned();
  }

  #pinCell(segment: ResidentSegment, cell: number, missing: number[]): void {
    this.#cellSegments.push(segment);
    this.#cells.push(cell);
    this.numCells++;
    if (!segment.pin(cell)) missing.push(cell);
  }
}
