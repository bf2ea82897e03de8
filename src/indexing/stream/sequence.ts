import { formatIso } from '../../common/iso-time.js';
import type { Interval } from '../../common/interval.js';
import { formatSegmentId } from '../../common/segment-id.js';
import type { BumpArena } from '../../memory/bump-arena.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import type { SegmentBlocks } from '../../memory/block-ref.js';
import type { InputRow } from '../../segments/incremental/input-row.js';
import type { RowBatch } from '../../segments/incremental/row-batch.js';
import type { BatchPart } from '../intake/batch-parts.js';
import type { IncrementalIndex, IndexIdentity } from '../../segments/incremental/incremental-index.js';

/** Makes the index of one segment interval in the sequence's arena. */
export type MakeIndex = (arena: BumpArena, identity: IndexIdentity) => IncrementalIndex;

export interface SequenceView {
  readonly blocks: readonly SegmentBlocks[];
  /** Exactly what the blocks hold, after `from`. */
  readonly to: OffsetVector;
}

/**
 * A view closes the open groups of a rollup, so views that come soon after one another share one, at the vector that it has.
 * Well under the second within which events must be in answers.
 */
const SHARED_VIEW_MS = 200;

/**
 * The publish unit as the indexing thread holds it: the rows between two offset vectors over a fixed set of partitions, one index
 * per segment interval, all in one arena.
 */
export class Sequence {
  readonly number: number;
  readonly from: OffsetVector;
  readonly startedAtMs: number;
  readonly arena: BumpArena;
  readonly #dataSource: string;
  readonly #viewsSeal: boolean;
  readonly #makeIndex: MakeIndex;
  readonly #indexes = new Map<number, IncrementalIndex>();
  /** The index that took the last row: rows mostly come in order of time. */
  #last: IncrementalIndex | undefined;
  #numRows = 0;
  #numInputRows = 0;
  #largestIndexRows = 0;
  #closedAt: OffsetVector | undefined;
  #lastView: SequenceView | undefined;
  #lastViewMs = 0;

  /** @param startedAtMs wall clock; shown as the version of the open segments */
  constructor(options: {
    readonly number: number;
    readonly from: OffsetVector;
    readonly startedAtMs: number;
    readonly arena: BumpArena;
    readonly dataSource: string;
    /** Whether a view closes groups: with rollup, or metrics that need aggregators. */
    readonly viewsSeal: boolean;
    readonly makeIndex: MakeIndex;
  }) {
    this.number = options.number;
    this.from = options.from;
    this.startedAtMs = options.startedAtMs;
    this.arena = options.arena;
    this.#dataSource = options.dataSource;
    this.#viewsSeal = options.viewsSeal;
    this.#makeIndex = options.makeIndex;
  }

  /** Rows stored: input rows, or groups under rollup. */
  get numRows(): number {
    return this.#numRows;
  }

  get numInputRows(): number {
    return this.#numInputRows;
  }

  /** Rows of the largest index: what maxRowsPerSegment limits. */
  get largestIndexRows(): number {
    return this.#largestIndexRows;
  }

  /** The vector at which the sequence was closed. */
  get closedAt(): OffsetVector | undefined {
    return this.#closedAt;
  }

  /** @returns false when the arena is full and the row was not taken */
  add(row: InputRow, interval: Interval): boolean {
    let index = this.#last;
    if (index === undefined || index.identity.intervalStartMs !== interval.startMs) index = this.#indexOf(interval);
    const before = index.numRows;
    if (!index.add(row)) return false;
    this.#last = index;
    this.#numInputRows++;
    this.#numRows += index.numRows - before;
    if (index.numRows > this.#largestIndexRows) this.#largestIndexRows = index.numRows;
    return true;
  }

  /** @returns false when the arena has no room for all of the rows: none was taken, and single rows may still be */
  addBatch(batch: RowBatch, parts: readonly BatchPart[]): boolean {
    const indexes = parts.map(({ interval }) => this.#indexOf(interval));
    if (!indexes.every((index, i) => index.stage(batch, parts[i]!.rows, parts[i]!.n))) return false;
    indexes.forEach((index, i) => {
      const before = index.numRows;
      index.commit();
      this.#numInputRows += parts[i]!.n;
      this.#numRows += index.numRows - before;
      if (index.numRows > this.#largestIndexRows) this.#largestIndexRows = index.numRows;
    });
    this.#last = indexes.at(-1) ?? this.#last;
    return true;
  }

  close(to: OffsetVector): void {
    this.#closedAt = to;
  }

  /**
   * The rows taken so far.
   * @param now the vector that has been read up to, when the sequence is still open
   * @param columns names to include; null = all
   */
  view(columns: readonly string[] | null, now: OffsetVector, monotonicMs: number): SequenceView {
    const view = this.#wholeView(now, monotonicMs);
    if (columns === null) return view;
    const wanted = new Set(columns);
    return { blocks: view.blocks.map((segment) => withColumns(segment, wanted)), to: view.to };
  }

  /** With all columns; kept as it is, because the next one may have more rows than its vector says. */
  #wholeView(now: OffsetVector, monotonicMs: number): SequenceView {
    const to = this.#closedAt ?? now;
    const last = this.#lastView;
    const fresh = this.#viewsSeal && monotonicMs - this.#lastViewMs < SHARED_VIEW_MS && this.#closedAt === undefined;
    if (last !== undefined && (fresh || last.to === this.#closedAt)) return last;
    const blocks: SegmentBlocks[] = [];
    for (const index of this.#indexes.values()) {
      const view = index.view();
      if (view.blocks.length > 0) blocks.push(view);
    }
    this.#lastView = { blocks, to };
    this.#lastViewMs = monotonicMs;
    return this.#lastView;
  }

  #indexOf(interval: Interval): IncrementalIndex {
    let index = this.#indexes.get(interval.startMs);
    if (index === undefined) {
      const id = {
        dataSource: this.#dataSource,
        interval,
        version: formatIso(this.startedAtMs),
        partitionNum: this.number,
      };
      index = this.#makeIndex(this.arena, {
        segmentId: formatSegmentId(id),
        dataSource: this.#dataSource,
        intervalStartMs: interval.startMs,
        intervalEndMs: interval.endMs,
      });
      this.#indexes.set(interval.startMs, index);
    }
    return index;
  }
}

function withColumns(segment: SegmentBlocks, wanted: ReadonlySet<string>): SegmentBlocks {
  const blocks = segment.blocks.map((block) => ({
    ...block,
    columns: Object.fromEntries(Object.entries(block.columns).filter(([name]) => wanted.has(name))),
  }));
  return { ...segment, blocks };
}
