import { storedType } from '../../aggregators/stored-metric.js';
import { assert } from '../../common/assert.js';
import type { ColumnType } from '../../common/column-type.js';
import { DruidError } from '../../common/druid-error.js';
import { type Granularity, granularityFromJson } from '../../common/granularity.js';
import type { BumpArena } from '../../memory/bump-arena.js';
import type { BlockRef, SegmentBlocks } from '../../memory/block-ref.js';
import { AppendStore, rowMetrics } from './append-store.js';
import { ArenaFull } from './arena-array.js';
import { ColumnSet } from './column-set.js';
import type { DimensionList } from './dimension-list.js';
import { nextIndexKey } from './index-key.js';
import type { InputRow } from './input-row.js';
import { type IngestFilterCompiler, RollupStore } from './rollup-store.js';
import type { RowBatch } from './row-batch.js';
import type { RowSchema } from './row-schema.js';
import { MAX_STAGED_ROWS, type RowStore } from './row-store.js';

/** What the rows of an index will be a segment of. */
export interface IndexIdentity {
  /** The id that the segment would have; results may show it. */
  readonly segmentId: string;
  readonly dataSource: string;
  readonly intervalStartMs: number;
  readonly intervalEndMs: number;
}

/**
 * The newest rows of one segment interval: written by one thread into an arena, and queryable at once through views that never
 * change. Counterpart of Druid's `OnheapIncrementalIndex`.
 */
export class IncrementalIndex {
  readonly identity: IndexIdentity;
  readonly #columns: ColumnSet;
  readonly #store: RowStore;
  readonly #granularity: Granularity;
  readonly #arena: BumpArena;
  readonly #key = nextIndexKey();
  /** Room that rows must leave, so that open groups can still be sealed. */
  readonly #reservedBytes: number;
  #numInputRows = 0;
  #usedBytes = 0;
  #minTimeMs = Number.POSITIVE_INFINITY;
  #maxTimeMs = Number.NEGATIVE_INFINITY;
  #isFull = false;
  readonly #stagedTimes = new Float64Array(MAX_STAGED_ROWS);
  #staged: { readonly rows: Uint32Array; readonly n: number } | undefined;

  /**
   * @param dimensions shared by all indexes and the parser of the ingestion
   * @param arena belongs to the caller, who resets it when no view is out any more
   * @param compileFilter for filtered metrics
   */
  constructor(
    schema: RowSchema,
    dimensions: DimensionList,
    arena: BumpArena,
    identity: IndexIdentity,
    compileFilter: IngestFilterCompiler,
  ) {
    this.identity = identity;
    this.#arena = arena;
    this.#granularity = granularityFromJson(schema.queryGranularity);
    const metrics = schema.metrics.map((metric) => ({ name: metric.name, type: storedType(metric) }));
    this.#columns = new ColumnSet(dimensions, metrics, arena, this.#key);
    const perRow = schema.rollup ? undefined : rowMetrics(schema.metrics);
    this.#reservedBytes = perRow ? 0 : Math.floor(arena.maxBytes / 4);
    this.#store = perRow
      ? new AppendStore(this.#columns, perRow)
      : new RollupStore(this.#columns, dimensions, schema.metrics, schema.rollup, compileFilter);
  }

  /** Rows stored: input rows, or groups under rollup. */
  get numRows(): number {
    return this.#store.numRows;
  }

  /** Rows added. */
  get numInputRows(): number {
    return this.#numInputRows;
  }

  /** Bytes of the arena that this index has taken. */
  get bytes(): number {
    return this.#usedBytes;
  }

  /** Smallest __time, at query granularity; +Infinity without rows. */
  get minTimeMs(): number {
    return this.#minTimeMs;
  }

  get maxTimeMs(): number {
    return this.#maxTimeMs;
  }

  /** Types as far as known: an `auto` dimension may still widen. */
  get columnTypes(): Readonly<Record<string, ColumnType>> {
    return this.#columns.columnTypes();
  }

  /** @returns false when the arena is full: the row is not in the index, and none will be added any more */
  add(row: InputRow): boolean {
    if (this.#isFull || this.#arena.maxBytes - this.#arena.usedBytes < this.#reservedBytes) return false;
    const before = this.#arena.usedBytes;
    // A bucket coarser than the segment's begins with the segment, as in Druid.
    const timeMs = Math.max(this.#granularity.bucketStart(row.timestampMs), this.identity.intervalStartMs);
    try {
      this.#store.add(row, timeMs);
    } catch (error) {
      // ArenaFull comes from anywhere within writing a row; the stores count a row only once it is whole.
      if (!(error instanceof ArenaFull)) throw error;
      this.#isFull = true;
      return false;
    } finally {
      this.#usedBytes += this.#arena.usedBytes - before;
    }
    this.#numInputRows++;
    if (timeMs < this.#minTimeMs) this.#minTimeMs = timeMs;
    if (timeMs > this.#maxTimeMs) this.#maxTimeMs = timeMs;
    return true;
  }

  /**
   * Prepares rows of a batch, so that `commit` adds them and cannot fail: a batch whose rows go to several indexes is added to all or to none.
   * @param rows numbers of the rows: the first `n`, at most `MAX_STAGED_ROWS`
   * @returns false when there is no room: nothing is added, and single rows may still be
   */
  stage(batch: RowBatch, rows: Uint32Array, n: number): boolean {
    if (this.#isFull || this.#arena.maxBytes - this.#arena.usedBytes < this.#reservedBytes) return false;
    const before = this.#arena.usedBytes;
    const times = this.#stagedTimes;
    const { intervalStartMs } = this.identity;
    for (let i = 0; i < n; i++) {
      const row = rows[i]!;
      times[row] = Math.max(this.#granularity.bucketStart(batch.times[row]!), intervalStartMs);
    }
    try {
      this.#store.stage({ batch, times, rows, n });
    } catch (error) {
      if (!(error instanceof ArenaFull)) throw error;
      return false;
    } finally {
      this.#usedBytes += this.#arena.usedBytes - before;
    }
    this.#staged = { rows, n };
    return true;
  }

  /** Adds the rows of the last `stage`. */
  commit(): void {
    const { rows, n } = this.#staged!;
    this.#staged = undefined;
    this.#store.commit();
    this.#numInputRows += n;
    for (let i = 0; i < n; i++) {
      const timeMs = this.#stagedTimes[rows[i]!]!;
      if (timeMs < this.#minTimeMs) this.#minTimeMs = timeMs;
      if (timeMs > this.#maxTimeMs) this.#maxTimeMs = timeMs;
    }
  }

  /**
   * All rows added so far, as they will stay. Under rollup this closes the open groups, and equal rows that come later make new ones:
   * a caller that is asked often keeps its last view for a while, or takes `sealedView`.
   * @param columns names to include; null = all
   * @throws DruidError CAPACITY_EXCEEDED when open groups are larger than the part of the arena that is kept for them
   */
  view(columns: readonly string[] | null = null): SegmentBlocks {
    const before = this.#arena.usedBytes;
    try {
      this.#store.seal();
    } catch (error) {
      if (!(error instanceof ArenaFull)) throw error;
      throw new DruidError('Real-time rows do not fit their memory', {
        persona: 'OPERATOR',
        category: 'CAPACITY_EXCEEDED',
        cause: error,
      });
    } finally {
      this.#usedBytes += this.#arena.usedBytes - before;
    }
    return this.sealedView(columns);
  }

  /** The rows of the last `view` (without rollup: all rows), with other columns. */
  sealedView(columns: readonly string[] | null = null): SegmentBlocks {
    const wanted = columns === null ? null : new Set(columns);
    const blocks: BlockRef[] = [];
    let firstRow = 0;
    let minTimeMs = Number.POSITIVE_INFINITY;
    let maxTimeMs = Number.NEGATIVE_INFINITY;
    for (const info of this.#store.blocks) {
      const ref = this.#columns.blockRef(info, firstRow, this.#store.ascending, wanted);
      const key = `${this.#key}/b${info.block}`;
      blocks.push(this.#store.isFixed(info) ? { ...ref, key } : { ...ref, key, mayGrow: true });
      firstRow += info.numRows;
      minTimeMs = Math.min(minTimeMs, info.minTimeMs);
      maxTimeMs = Math.max(maxTimeMs, info.maxTimeMs);
    }
    assert(
      blocks.every((block) => block.numRows > 0),
      'A view has an empty block',
    );
    const { segmentId, dataSource, intervalStartMs, intervalEndMs } = this.identity;
    return {
      segmentId,
      dataSource,
      intervalStartMs,
      intervalEndMs,
      minTimeMs: blocks.length === 0 ? intervalStartMs : minTimeMs,
      maxTimeMs: blocks.length === 0 ? intervalStartMs : maxTimeMs,
      columnTypes: this.#columns.columnTypes(),
      immutable: false,
      blocks,
    };
  }
}
