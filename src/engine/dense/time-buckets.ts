import { granularityFromJson } from '../../common/granularity.js';
import { intersect } from '../../common/interval.js';
import type { GroupedLeaf } from '../../plan/leaf-plan.js';
import type { RunSegment } from '../run.js';

/** More buckets than this take the general path, which only numbers those that rows fall into. */
const MAX_BUCKETS = 65_536;

/** First and last time of a segment's rows. */
type DataTimes = Pick<RunSegment, 'minTimeMs' | 'maxTimeMs'>;

/** The time buckets of a task, numbered in order of time and the same in every thread. */
export interface TimeBuckets {
  /** Ascending; under granularity `all` one bucket that begins at minus infinity. */
  readonly starts: Float64Array;
  readonly isAll: boolean;
}

/** Every bucket that rows of the segments within the plan's intervals can lie in; undefined when they are too many to number up front. */
export function timeBuckets(plan: GroupedLeaf, segments: readonly RunSegment[]): TimeBuckets | undefined {
  const granularity = granularityFromJson(plan.granularity);
  if (granularity.isAll) return { starts: Float64Array.of(Number.NEGATIVE_INFINITY), isAll: true };
  const found = new Set<number>();
  for (const range of coveredRanges(plan, segments)) {
    const first = granularity.bucketStart(range.startMs);
    const expected = (range.endMs - first) / (granularity.bucketEnd(first) - first);
    if (expected > MAX_BUCKETS) return undefined;
    for (const start of granularity.bucketStarts(range)) found.add(start);
    if (found.size > MAX_BUCKETS) return undefined;
  }
  return { starts: Float64Array.from(found).sort(), isAll: false };
}

/** The bucket of a time: the last that begins at or before it, -1 before all. */
export function bucketOf(starts: Float64Array, timeMs: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The earliest data time within the intervals: what granularity `all` shows. Infinity when none meets. */
export function earliestTime(plan: GroupedLeaf, segments: readonly DataTimes[]): number {
  let earliestMs = Number.POSITIVE_INFINITY;
  for (const { minTimeMs, maxTimeMs } of segments) {
    for (const { startMs, endMs } of plan.intervals) {
      const coveredMs = Math.max(startMs, minTimeMs);
      if (coveredMs < earliestMs && coveredMs < endMs && coveredMs <= maxTimeMs) earliestMs = coveredMs;
    }
  }
  return earliestMs;
}

/**
 * Marks the buckets that a timeseries shows even without rows: within the query's intervals, from a segment's first time to the end of the
 * bucket of its last.
 */
export function filledBuckets(plan: GroupedLeaf, segments: readonly RunSegment[], buckets: TimeBuckets): Uint8Array {
  const filled = new Uint8Array(buckets.starts.length);
  if (!plan.fillEmptyBuckets) return filled;
  for (const { startMs, endMs } of coveredRanges(plan, segments)) {
    filled.fill(1, Math.max(0, bucketOf(buckets.starts, startMs)), bucketOf(buckets.starts, endMs - 1) + 1);
  }
  return filled;
}

/** Where segments meet the intervals. A segment's last time counts to the end of its bucket, which starts no further bucket. */
function coveredRanges(plan: GroupedLeaf, segments: readonly DataTimes[]): { startMs: number; endMs: number }[] {
  const ranges = new Map<string, { startMs: number; endMs: number }>();
  for (const segment of segments) {
    const data = { startMs: segment.minTimeMs, endMs: segment.maxTimeMs + 1 };
    for (const interval of plan.intervals) {
      const covered = intersect(interval, data);
      if (covered !== undefined) ranges.set(`${covered.startMs}/${covered.endMs}`, covered);
    }
  }
  return [...ranges.values()];
}
