import type { FilterCompiler } from '../../aggregators/create-aggregator.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import { granularityFromJson, toDruidGranularity } from '../../common/granularity.js';
import type { Interval } from '../../common/interval.js';
import type { AggregatorSpec, GranularityJson } from '../../query/native-query.js';
import type { LongVector } from '../../vectors/block.js';
import type { StreamState, WrittenSegment } from '../format/segment-schema.js';
import type { SegmentWriterOptions } from '../format/segment-writer.js';
import { combineMetric } from './combine-metrics.js';
import type { NamedColumn } from './flat-column.js';
import { columnNames, readColumn } from './merge-columns.js';
import type { MergeInput } from './merge-input.js';
import { type Partitioning, partitionRows } from './partition-rows.js';
import { identity, type Ranks, rankRows } from './rank.js';
import { sortRows } from './sort-rows.js';
import { type OutputColumn, writeSegment } from './write-segment.js';

export interface MergeOptions {
  /** Rows outside are left out. */
  readonly interval: Interval;
  /** Stored order, which is the sort order after time; columns that are not listed follow. */
  readonly dimensions: readonly { readonly name: string; readonly createBitmapIndex: boolean }[];
  readonly metrics: readonly AggregatorSpec[];
  /** The metrics as their ingestion spec writes them. */
  readonly metricsSpec: readonly unknown[];
  readonly queryGranularity: GranularityJson;
  /** As in the ingestion spec; absent when it is not known. */
  readonly timestampSpec?: unknown;
  /** Combine rows of equal time and dimensions. */
  readonly rollup: boolean;
  readonly maxRowsPerSegment: number;
  /** How rows are shared out to segments; absent: in order of time, up to maxRowsPerSegment. */
  readonly partitioning?: Partitioning;
  /** Stream ranges that the rows are of. */
  readonly state: readonly StreamState[];
  /** For filtered metrics. */
  readonly compileFilter: FilterCompiler;
  readonly writer?: SegmentWriterOptions;
}

/**
 * Merges rows of any number of inputs into segments: sorted by time and dimensions, equal ones combined under rollup, dictionaries
 * joined. Needs about the size of the inputs in memory. Runs in any thread.
 * @param directoryOf the directory of the n-th segment, empty or absent
 * @returns the segments in order of time, or of their partitions; none when no row lies in the interval
 */
export async function mergeSegments(
  inputs: readonly MergeInput[],
  directoryOf: (n: number) => string,
  options: MergeOptions,
): Promise<readonly WrittenSegment[]> {
  const { times, rows } = await readTimes(inputs, options);
  if (rows.length === 0) return [];
  const metricNames = options.metrics.map((metric) => metric.name);
  const names = columnNames(
    inputs,
    options.dimensions.map((dimension) => dimension.name),
    metricNames,
  );
  const columns: NamedColumn[] = [];
  for (const name of names) columns.push(await readColumn(inputs, name));
  const metrics = columns.filter((column) => metricNames.includes(column.name));
  const dimensions = columns.filter((column) => !metricNames.includes(column.name));

  const sorted = sortAndGroup(times, rows, dimensions, options.rollup);
  const unindexed = new Set(
    options.dimensions.filter((dimension) => !dimension.createBitmapIndex).map((dimension) => dimension.name),
  );
  const output: OutputColumn[] = [
    {
      name: TIME_COLUMN,
      type: 'LONG',
      column: { kind: 'long', values: times, nulls: null },
      rows: sorted.firstRows,
      indexed: false,
    },
    ...dimensions.map((column) => ({ ...column, rows: sorted.firstRows, indexed: !unindexed.has(column.name) })),
    ...metrics.map((column) => outputMetric(column, sorted, options)),
  ];
  const info = {
    dimensions: dimensions.map((column) => column.name),
    metrics: metrics.map((column) => column.name),
    rollup: options.rollup,
    queryGranularity: toDruidGranularity(options.queryGranularity),
    ...(options.timestampSpec !== undefined && { timestampSpec: options.timestampSpec }),
    metricsSpec: options.metricsSpec,
    state: options.state,
  };
  const written: WrittenSegment[] = [];
  const numRows = sorted.firstRows.length;
  if (options.partitioning !== undefined) {
    for (const { positions, shardSpec } of partitionRows(options.partitioning, dimensions, times, sorted.firstRows)) {
      const part = output.map((column) => ({ ...column, rows: positions.map((position) => column.rows[position]!) }));
      const directory = directoryOf(written.length);
      const segment = await writeSegment(directory, part, 0, positions.length, info, options.writer ?? {});
      written.push({ ...segment, shardSpec });
    }
    return written;
  }
  for (let from = 0; from < numRows; from += options.maxRowsPerSegment) {
    const to = Math.min(from + options.maxRowsPerSegment, numRows);
    written.push(await writeSegment(directoryOf(written.length), output, from, to, info, options.writer ?? {}));
  }
  return written;
}

interface SortedRows {
  /** Row numbers in sorted order. */
  readonly rows: Uint32Array;
  /** Positions in `rows` where groups of equal rows begin, and the end. */
  readonly groupStarts: Uint32Array;
  /** The first row of each group. */
  readonly firstRows: Uint32Array;
}

/** Times of all rows at query granularity, and the numbers of those in the interval. */
async function readTimes(
  inputs: readonly MergeInput[],
  options: MergeOptions,
): Promise<{ readonly times: Float64Array; readonly rows: Uint32Array }> {
  const { interval } = options;
  let numRows = 0;
  for (const input of inputs) for (const n of input.blockRows) numRows += n;
  const times = new Float64Array(numRows);
  const rows = new Uint32Array(numRows);
  const granularity = granularityFromJson(options.queryGranularity);
  let row = 0;
  let kept = 0;
  for (const input of inputs) {
    const vectors = await input.column(TIME_COLUMN);
    const { startMs, endMs } = input.clip ?? interval;
    input.blockRows.forEach((n, block) => {
      readBlockTimes(vectors[block] as LongVector, n, times, row);
      for (let i = row; i < row + n; i++) {
        const timeMs = times[i]!;
        if (timeMs < interval.startMs || timeMs >= interval.endMs || timeMs < startMs || timeMs >= endMs) continue;
        if (!granularity.isNone) times[i] = Math.max(interval.startMs, granularity.bucketStart(timeMs));
        rows[kept++] = i;
      }
      row += n;
    });
  }
  return { times, rows: rows.subarray(0, kept) };
}

function readBlockTimes({ values, base }: LongVector, n: number, into: Float64Array, at: number): void {
  if (values instanceof BigInt64Array) for (let i = 0; i < n; i++) into[at + i] = Number(values[i]!);
  else for (let i = 0; i < n; i++) into[at + i] = base + values[i]!;
}

function sortAndGroup(
  times: Float64Array,
  rows: Uint32Array,
  dimensions: readonly NamedColumn[],
  rollup: boolean,
): SortedRows {
  const ownTimes = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) ownTimes[i] = times[rows[i]!]!;
  const keys = dimensions.map(({ column }) => rankRows(column, rows));
  const order = sortRows(ownTimes, keys);
  const sorted = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) sorted[i] = rows[order[i]!]!;
  if (!rollup) {
    const groupStarts = identity(rows.length + 1);
    return { rows: sorted, groupStarts, firstRows: sorted };
  }
  const groupStarts = findGroups(ownTimes, keys, order);
  const firstRows = new Uint32Array(groupStarts.length - 1);
  for (let group = 0; group < firstRows.length; group++) firstRows[group] = sorted[groupStarts[group]!]!;
  return { rows: sorted, groupStarts, firstRows };
}

function findGroups(times: Float64Array, keys: readonly Ranks[], order: Uint32Array): Uint32Array {
  const n = order.length;
  const begins = new Uint8Array(n);
  begins[0] = 1;
  for (let i = 1; i < n; i++) if (times[order[i]!] !== times[order[i - 1]!]) begins[i] = 1;
  for (const { ranks } of keys) {
    for (let i = 1; i < n; i++) if (ranks[order[i]!] !== ranks[order[i - 1]!]) begins[i] = 1;
  }
  const starts = new Uint32Array(n + 1);
  let count = 0;
  for (let i = 0; i < n; i++) if (begins[i] === 1) starts[count++] = i;
  starts[count++] = n;
  return starts.slice(0, count);
}

function outputMetric(column: NamedColumn, sorted: SortedRows, options: MergeOptions): OutputColumn {
  const { rows, groupStarts, firstRows } = sorted;
  if (firstRows.length === rows.length) return { ...column, rows: firstRows, indexed: false };
  const spec = options.metrics.find((metric) => metric.name === column.name)!;
  const combined = combineMetric(spec, column, rows, groupStarts, options.compileFilter);
  return { ...column, column: combined, rows: identity(firstRows.length), indexed: false };
}
