import type { MetadataSnapshot, SegmentRow } from './metadata-store.js';
import { segmentExtras } from './rows.js';
import type { SegmentTable } from './schema.js';

/** The used segments, each column of them a JSON array: 10,000 rows pass between threads as 16 texts. */
export type SegmentColumns = Readonly<Record<Exclude<keyof SegmentTable, 'used_to_s'>, string>>;

/** A snapshot as it leaves the database. */
export interface PackedSnapshot extends Omit<MetadataSnapshot, 'segments'> {
  readonly segments: SegmentColumns;
}

export function unpackSnapshot({ segments, ...rest }: PackedSnapshot): MetadataSnapshot {
  return { ...rest, segments: segmentRows(segments) };
}

/** Rows that share what many of them have in common: names of data sources and columns, versions. */
function segmentRows(columns: SegmentColumns): SegmentRow[] {
  const numbers = (column: keyof SegmentColumns): number[] => JSON.parse(columns[column]) as number[];
  const texts = (column: keyof SegmentColumns): string[] => JSON.parse(columns[column]) as string[];
  const dataSources = shared(texts('data_source'), (name) => name);
  const versions = shared(texts('version'), (version) => version);
  const dimensions = shared(texts('dimensions'), nameList);
  const metrics = shared(texts('metrics'), nameList);
  const [starts, ends, partitions, cores] = [
    numbers('start_ms'),
    numbers('end_ms'),
    numbers('partition_num'),
    numbers('core_partitions'),
  ];
  const [rows, sizes, minTimes, maxTimes] = [
    numbers('num_rows'),
    numbers('size_bytes'),
    numbers('min_time_ms'),
    numbers('max_time_ms'),
  ];
  const shardSpecs = JSON.parse(columns.shard_spec) as (string | null)[];
  const compactionStates = JSON.parse(columns.compaction_state) as (string | null)[];
  const [paths, usedFrom, createdAt] = [texts('path'), numbers('used_from_s'), numbers('created_at_ms')];
  return texts('id').map((id, i) => ({
    id,
    dataSource: dataSources[i]!,
    intervalStartMs: starts[i]!,
    intervalEndMs: ends[i]!,
    version: versions[i]!,
    partitionNum: partitions[i]!,
    corePartitions: cores[i]!,
    numRows: rows[i]!,
    sizeBytes: sizes[i]!,
    minTimeMs: minTimes[i]!,
    maxTimeMs: maxTimes[i]!,
    dimensions: dimensions[i]!,
    metrics: metrics[i]!,
    path: paths[i]!,
    usedFromS: usedFrom[i]!,
    usedToS: null,
    createdAtMs: createdAt[i]!,
    ...segmentExtras(shardSpecs[i]!, compactionStates[i]!),
  }));
}

/** One value for all equal texts. */
function shared<T>(texts: readonly string[], make: (text: string) => T): T[] {
  const known = new Map<string, T>();
  return texts.map((text) => {
    let value = known.get(text);
    if (value === undefined) known.set(text, (value = make(text)));
    return value;
  });
}

function nameList(json: string): readonly string[] {
  return JSON.parse(json) as string[];
}
