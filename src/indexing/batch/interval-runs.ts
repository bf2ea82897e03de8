import { join } from 'node:path';
import { compileFilter } from '../../engine/filter/compile-filter.js';
import type { Interval } from '../../common/interval.js';
import { BumpArena } from '../../memory/bump-arena.js';
import type { DimensionList } from '../../segments/incremental/dimension-list.js';
import { IncrementalIndex } from '../../segments/incremental/incremental-index.js';
import type { RowBatch } from '../../segments/incremental/row-batch.js';
import type { BatchPart } from '../intake/batch-parts.js';
import type { InputRow } from '../../segments/incremental/input-row.js';
import type { WrittenSegment } from '../../segments/format/segment-schema.js';
import { inputFromBlocks, type MergeInput } from '../../segments/merge/merge-input.js';
import { type MergeOptions, mergeSegments } from '../../segments/merge/merge-segments.js';
import { inputFromSegmentDirectory, type SegmentInput } from '../../segments/merge/segment-input.js';
import { openBlock } from '../../vectors/block-view.js';
import { type DataSchema, rowSchemaOf } from '../spec/data-schema.js';
import type { TuningConfig } from '../spec/tuning-config.js';

interface Bucket {
  readonly interval: Interval;
  index: IncrementalIndex | undefined;
  /** Directories of sorted runs. */
  readonly runs: string[];
}

export interface FinishedInterval {
  readonly interval: Interval;
  readonly segments: readonly WrittenSegment[];
}

/** Rows of a batch task by segment interval: in memory up to a limit, beyond it as sorted runs on disk, in the end as segments. */
export class IntervalRuns {
  readonly #schema: DataSchema;
  readonly #dimensions: DimensionList;
  readonly #directory: string;
  readonly #arena: BumpArena;
  readonly #buckets = new Map<number, Bucket>();
  /** The bucket of the last row: rows mostly come in order of time. */
  #last: Bucket | undefined;
  #numRows = 0;
  #numRuns = 0;

  /** @param directory for runs and segments, of this object's own */
  constructor(schema: DataSchema, dimensions: DimensionList, directory: string, arenaBytes: number) {
    this.#schema = schema;
    this.#dimensions = dimensions;
    this.#directory = directory;
    this.#arena = BumpArena.create(arenaBytes);
  }

  /** Rows (groups under rollup) in memory. */
  get numRows(): number {
    return this.#numRows;
  }

  get usedBytes(): number {
    return this.#arena.usedBytes;
  }

  /** @returns false when the row must wait for `spill` */
  add(row: InputRow, interval: Interval): boolean {
    const bucket = this.#last?.interval.startMs === interval.startMs ? this.#last : this.#bucketOf(interval);
    this.#last = bucket;
    bucket.index ??= this.#makeIndex(interval);
    const before = bucket.index.numRows;
    if (!bucket.index.add(row)) return false;
    this.#numRows += bucket.index.numRows - before;
    return true;
  }

  /** @returns false when there is no room for all of the rows: none was taken */
  addBatch(batch: RowBatch, parts: readonly BatchPart[]): boolean {
    const indexes = parts.map(({ interval }) => {
      const bucket = this.#bucketOf(interval);
      bucket.index ??= this.#makeIndex(interval);
      return bucket.index;
    });
    if (!indexes.every((index, i) => index.stage(batch, parts[i]!.rows, parts[i]!.n))) return false;
    for (const index of indexes) {
      const before = index.numRows;
      index.commit();
      this.#numRows += index.numRows - before;
    }
    return true;
  }

  /** Writes what is in memory as runs. */
  async spill(): Promise<void> {
    for (const bucket of this.#buckets.values()) {
      if (bucket.index === undefined) continue;
      const [run] = await mergeSegments(
        [this.#inputOf(bucket.index)],
        () => join(this.#directory, `run-${this.#numRuns}`),
        this.#options(bucket.interval, Number.MAX_SAFE_INTEGER),
      );
      this.#numRuns++;
      if (run !== undefined) bucket.runs.push(run.directory);
      bucket.index = undefined;
    }
    this.#arena.reset();
    this.#numRows = 0;
  }

  /** Makes the segments of all intervals, in order of time. @param afterInterval what it throws ends the work */
  async finish(config: TuningConfig, afterInterval: () => void): Promise<readonly FinishedInterval[]> {
    // With runs on disk memory is wanted for merging them; without, rows need not take the way over the disk.
    if (this.#numRuns > 0) await this.spill();
    const buckets = [...this.#buckets.values()].sort((a, b) => a.interval.startMs - b.interval.startMs);
    const finished: FinishedInterval[] = [];
    for (const bucket of buckets) {
      const segments = await this.#finishBucket(bucket, config);
      if (segments.length > 0) finished.push({ interval: bucket.interval, segments });
      afterInterval();
    }
    return finished;
  }

  async #finishBucket(
    bucket: Bucket,
    { maxRowsPerSegment, partitioning }: TuningConfig,
  ): Promise<readonly WrittenSegment[]> {
    const runs: SegmentInput[] = [];
    try {
      for (const directory of bucket.runs) runs.push(await inputFromSegmentDirectory(directory));
      const inputs: MergeInput[] = bucket.index === undefined ? runs : [...runs, this.#inputOf(bucket.index)];
      const name = `segment-${bucket.interval.startMs}`;
      return await mergeSegments(inputs, (n) => join(this.#directory, `${name}-${n}`), {
        ...this.#options(bucket.interval, maxRowsPerSegment),
        ...(partitioning !== null && { partitioning }),
      });
    } finally {
      for (const run of runs) await run.close();
    }
  }

  #bucketOf(interval: Interval): Bucket {
    let bucket = this.#buckets.get(interval.startMs);
    if (bucket === undefined) {
      bucket = { interval, index: undefined, runs: [] };
      this.#buckets.set(interval.startMs, bucket);
    }
    return bucket;
  }

  #makeIndex(interval: Interval): IncrementalIndex {
    const { dataSource } = this.#schema;
    const identity = {
      segmentId: dataSource,
      dataSource,
      intervalStartMs: interval.startMs,
      intervalEndMs: interval.endMs,
    };
    return new IncrementalIndex(rowSchemaOf(this.#schema), this.#dimensions, this.#arena, identity, compileFilter);
  }

  #inputOf(index: IncrementalIndex): MergeInput {
    const view = index.view();
    return inputFromBlocks(
      view.columnTypes,
      view.blocks.map((ref) => openBlock(ref, () => this.#arena.buffer)),
    );
  }

  #options(interval: Interval, maxRowsPerSegment: number): MergeOptions {
    const { metricsSpec, granularitySpec, json } = this.#schema;
    return {
      interval,
      dimensions: this.#dimensions.schemas,
      metrics: metricsSpec,
      metricsSpec: json['metricsSpec'] as readonly unknown[],
      queryGranularity: granularitySpec.queryGranularity,
      timestampSpec: json['timestampSpec'],
      rollup: granularitySpec.rollup,
      maxRowsPerSegment,
      state: [],
      compileFilter,
    };
  }
}
