import { TIME_COLUMN } from '../common/column-type.js';
import { granularityFromJson } from '../common/granularity.js';
import { linearRegex } from '../common/linear-regex.js';
import { stringComparator } from '../common/string-compare.js';
import { mergePartials } from '../engine/merge.js';
import type { VisibleSegment } from '../metadata/metadata-view.js';
import type { GroupedLeaf } from '../plan/leaf-plan.js';
import type { SegmentAnalysis } from '../protocol/segment-analysis.js';
import type { DimensionSpec, SearchQuery } from '../query/native-query.js';
import type { SearchSpec } from '../query/search-spec.js';
import { stringsOf } from '../vectors/ids-column.js';
import type { Table } from '../vectors/table.js';
import type { AnswerBody, SearchHit } from './answer.js';
import type { FixedState } from './fixed-state.js';

/** Segments of one result bucket that are looked at one by one where a limit decides which hits there are. */
const MAX_SINGLE_SEGMENTS = 64;
const lexicographic = stringComparator('lexicographic');

export interface SearchParts {
  readonly fixed: FixedState;
  /** Of rows that are in no segment yet. */
  readonly streamed: StreamedColumns;
  over(plan: GroupedLeaf, fixed: FixedState): Promise<readonly Table[]>;
}

/** What the open segments of streams tell of themselves. */
export interface StreamedColumns {
  readonly dimensions: readonly string[];
  /** Where the first open segment begins; null when there is none. */
  readonly startMs: number | null;
}

/** @param analyses of open segments, with intervals and aggregators */
export function streamedColumns(analyses: readonly SegmentAnalysis[]): StreamedColumns {
  const dimensions = new Set<string>();
  let startMs: number | null = null;
  for (const { columns, aggregators, intervals } of analyses) {
    for (const name of Object.keys(columns)) if (!Object.hasOwn(aggregators ?? {}, name)) dimensions.add(name);
    for (const interval of intervals ?? []) {
      startMs = Math.min(startMs ?? Number.POSITIVE_INFINITY, Date.parse(interval.slice(0, interval.indexOf('/'))));
    }
  }
  return { dimensions: [...dimensions], startMs };
}

/**
 * Values of dimensions that a search finds, with the number of their rows; one result for each bucket of the starts of segments' intervals.
 * A segment gives the first `limit` hits in the order of dimensions and values, and only then they are sorted.
 * @source Druid `UseIndexesStrategy.java`, `SearchBinaryFn.java`, `SearchQueryQueryToolChest.java`
 */
export async function answerSearch(
  query: SearchQuery,
  parts: SearchParts,
): Promise<AnswerBody & { readonly kind: 'search' }> {
  const results = [];
  const compare = stringComparator(query.sort);
  for (const bucket of bucketsOf(query, parts)) {
    const hits = await bucketHits(query, bucket.fixed, parts);
    const sorted = [...hits].sort(
      (a, b) => compare(a.value, b.value) || (a.dimension < b.dimension ? -1 : a.dimension > b.dimension ? 1 : 0),
    );
    results.push({ timestampMs: bucket.timestampMs, hits: sorted.slice(0, query.limit) });
  }
  return { kind: 'search', query, results };
}

interface Bucket {
  readonly timestampMs: number;
  readonly fixed: FixedState;
}

interface OpenBucket {
  timestampMs: number;
  hasStreams: boolean;
  readonly segments: Map<string, VisibleSegment[]>;
}

/** Rows of streams count with the bucket that the first of them is in. */
function bucketsOf(query: SearchQuery, { fixed, streamed }: SearchParts): readonly Bucket[] {
  const granularity = granularityFromJson(query.granularity);
  const buckets = new Map<number, OpenBucket>();
  const bucketAt = (startMs: number): OpenBucket => {
    const key = granularity.isAll ? 0 : granularity.bucketStart(startMs);
    const known = buckets.get(key);
    const timestampMs = granularity.isAll ? Math.min(known?.timestampMs ?? startMs, startMs) : key;
    if (known !== undefined) known.timestampMs = timestampMs;
    else buckets.set(key, { timestampMs, hasStreams: false, segments: new Map() });
    return buckets.get(key)!;
  };
  for (const [dataSource, segments] of fixed.segments) {
    for (const segment of segments) {
      const { segments: of } = bucketAt(segment.row.intervalStartMs);
      of.set(dataSource, [...(of.get(dataSource) ?? []), segment]);
    }
  }
  if (streamed.startMs !== null) bucketAt(streamed.startMs).hasStreams = true;
  if (buckets.size === 0 && query.dataSource.type !== 'tables') bucketAt(query.intervals[0]?.startMs ?? 0);
  const ordered = [...buckets.entries()].sort(([a], [b]) => a - b).map(([, bucket]) => bucket);
  return ordered.map(({ timestampMs, segments, hasStreams }) => {
    const all = new Map([...fixed.segments.keys()].map((name) => [name, segments.get(name) ?? []]));
    return { timestampMs, fixed: { s: fixed.s, segments: all, streams: hasStreams ? fixed.streams : new Map() } };
  });
}

async function bucketHits(query: SearchQuery, fixed: FixedState, parts: SearchParts): Promise<readonly SearchHit[]> {
  const together = await hitsOf(query, fixed, parts);
  const singles = [...fixed.segments].flatMap(([name, segments]) => segments.map((segment) => ({ name, segment })));
  if (together.length <= query.limit || singles.length > MAX_SINGLE_SEGMENTS) return together.slice(0, query.limit);
  const found = new Map<string, SearchHit>();
  const add = (hits: readonly SearchHit[]): void => {
    for (const hit of hits.slice(0, query.limit)) {
      const key = `${hit.dimension}\n${hit.value === null ? 0 : 1}${hit.value}`;
      const count = hit.count + (found.get(key)?.count ?? 0);
      found.set(key, { ...hit, count });
    }
  };
  for (const { name, segment } of singles) {
    add(await hitsOf(query, { s: fixed.s, segments: new Map([[name, [segment]]]), streams: new Map() }, parts));
  }
  const nothing = new Map([...fixed.segments.keys()].map((name) => [name, []]));
  if ([...fixed.streams.values()].some((streams) => streams.length > 0)) {
    add(await hitsOf(query, { s: fixed.s, segments: nothing, streams: fixed.streams }, parts));
  }
  return [...found.values()];
}

/** Dimension after dimension, each in the order of its values. */
async function hitsOf(query: SearchQuery, fixed: FixedState, parts: SearchParts): Promise<readonly SearchHit[]> {
  const accepts = searchTest(query.query);
  const hits: SearchHit[] = [];
  for (const dimension of dimensionsOf(query, fixed, parts.streamed)) {
    const plan = countPlan(query, dimension);
    const merged = mergePartials(plan, await parts.over(plan, fixed));
    const found: SearchHit[] = [];
    const column = merged.columns[1] === undefined ? undefined : stringsOf(merged.columns[1]);
    const counts = merged.columns[2];
    if (column?.type !== 'STRING' || counts?.type !== 'LONG') continue;
    for (let row = 0; row < merged.numRows; row++) {
      const id = column.ids[row]!;
      const value = id < 0 ? null : column.dictionary[id]!;
      if (accepts(value)) found.push({ dimension: dimension.outputName, value, count: Number(counts.values[row]) });
    }
    hits.push(...found.sort((a, b) => lexicographic(a.value, b.value)));
  }
  return hits;
}

function countPlan(query: SearchQuery, dimension: DimensionSpec): GroupedLeaf {
  return {
    kind: 'grouped',
    intervals: query.intervals,
    granularity: { type: 'all' },
    filter: query.filter,
    virtualColumns: query.virtualColumns,
    dimensions: [{ ...dimension, outputType: 'STRING' }],
    aggregators: [{ type: 'count', name: 'count' }],
    fillEmptyBuckets: false,
    // Arrays among all columns are searched as text.
    ...(query.dimensions.length > 0 && { refusesArrays: true as const }),
    segmentCut: null,
  };
}

/** Those asked for, or all that the segments have. */
function dimensionsOf(query: SearchQuery, fixed: FixedState, streamed: StreamedColumns): readonly DimensionSpec[] {
  if (query.dimensions.length > 0) return query.dimensions;
  const names = new Set(fixed.streams.size > 0 ? streamed.dimensions : []);
  for (const segments of fixed.segments.values())
    for (const { row } of segments) for (const name of row.dimensions) names.add(name);
  names.delete(TIME_COLUMN);
  return [...names].map((name) => ({ type: 'default', dimension: name, outputName: name, outputType: 'STRING' }));
}

/** @source Druid `query/search/*SearchQuerySpec.java` */
export function searchTest(spec: SearchSpec): (value: string | null) => boolean {
  switch (spec.type) {
    case 'all':
      return () => true;
    case 'contains': {
      const wanted = spec.caseSensitive ? spec.value : spec.value.toLowerCase();
      return (value) => value !== null && (spec.caseSensitive ? value : value.toLowerCase()).includes(wanted);
    }
    case 'fragment': {
      const wanted = spec.caseSensitive ? spec.values : spec.values.map((value) => value.toLowerCase());
      return (value) => {
        if (value === null) return false;
        const text = spec.caseSensitive ? value : value.toLowerCase();
        return wanted.every((part) => text.includes(part));
      };
    }
    case 'regex': {
      const pattern = linearRegex(spec.pattern);
      return (value) => value !== null && pattern.test(value);
    }
  }
}
