import { sql } from '../shared/api.js';

/** A published segment, or one that is being filled. */
export interface Segment {
  readonly segment_id: string;
  readonly datasource: string;
  readonly start: string;
  readonly end: string;
  readonly version: string;
  readonly partition_num: number;
  readonly size: number;
  readonly num_rows: number;
  readonly num_replicas: number;
  readonly is_realtime: number;
}

/** The segments of one stretch of time together. */
export interface Interval {
  readonly start: string;
  readonly end: string;
  readonly segments: readonly Segment[];
  readonly rows: number;
  readonly sizeBytes: number;
  readonly versions: readonly string[];
  /** Of the segment that has the fewest. */
  readonly replicas: number;
}

export interface SourceSummary {
  readonly name: string;
  readonly segments: number;
  readonly rows: number;
  readonly sizeBytes: number;
}

/** Segments that queries see. @throws ApiError */
export function loadSegments(signal: AbortSignal): Promise<readonly Segment[]> {
  return sql<Segment>(
    `SELECT segment_id, datasource, "start", "end", version, partition_num, "size", num_rows, num_replicas, is_realtime
FROM sys.segments WHERE is_overshadowed = 0`,
    signal,
  );
}

/** By interval, newest first. */
export function intervalsOf(segments: readonly Segment[]): readonly Interval[] {
  return [...grouped(segments, ({ start, end }) => `${start}/${end}`).values()]
    .map((group) => ({
      start: group[0]!.start,
      end: group[0]!.end,
      segments: group.toSorted((a, b) => a.partition_num - b.partition_num),
      rows: sum(group, 'num_rows'),
      sizeBytes: sum(group, 'size'),
      versions: [...new Set(group.map(({ version }) => version))].toSorted(),
      replicas: Math.min(...group.map((segment) => segment.num_replicas)),
    }))
    .toSorted((a, b) => Date.parse(b.start) - Date.parse(a.start));
}

/** By data source, with those that have no segment yet. */
export function summaries(segments: readonly Segment[], names: readonly string[]): readonly SourceSummary[] {
  const groups = grouped(segments, ({ datasource }) => datasource);
  return [...new Set([...names, ...groups.keys()])].toSorted().map((name) => {
    const group = groups.get(name) ?? [];
    return { name, segments: group.length, rows: sum(group, 'num_rows'), sizeBytes: sum(group, 'size') };
  });
}

function sum(segments: readonly Segment[], member: 'num_rows' | 'size'): number {
  return segments.reduce((all, segment) => all + segment[member], 0);
}

function grouped(
  segments: readonly Segment[],
  keyOf: (segment: Segment) => string,
): ReadonlyMap<string, readonly Segment[]> {
  const groups = new Map<string, Segment[]>();
  for (const segment of segments) {
    const group = groups.get(keyOf(segment));
    if (group === undefined) groups.set(keyOf(segment), [segment]);
    else group.push(segment);
  }
  return groups;
}
