import { granularityFromJson } from '../../common/granularity.js';
import type { Interval } from '../../common/interval.js';
import type { SegmentRow } from '../../metadata/metadata-store.js';
import type { GranularitySpec } from '../spec/granularity-spec.js';

/** Finds the segment interval of a timestamp; undefined when the spec's intervals leave it out. */
export type IntervalOf = (timestampMs: number) => Interval | undefined;

/** @param spec `uniform` cuts by segmentGranularity, `arbitrary` by its own intervals */
export function segmentIntervals(spec: GranularitySpec): IntervalOf {
  const { intervals, segmentGranularity } = spec;
  const within = (timestampMs: number): Interval | undefined =>
    intervals?.find(({ startMs, endMs }) => startMs <= timestampMs && timestampMs < endMs);
  if (segmentGranularity === null) return within;
  const granularity = granularityFromJson(segmentGranularity);
  const bucket = (timestampMs: number): Interval => {
    const startMs = granularity.bucketStart(timestampMs);
    return { startMs, endMs: granularity.bucketEnd(startMs) };
  };
  if (intervals === null) return bucket;
  return (timestampMs) => (within(timestampMs) === undefined ? undefined : bucket(timestampMs));
}

/**
 * Cuts an interval so that each part lies inside one chunk of the newest used segments there, or where there are none: the parts
 * that rows are appended to when the granularity of a data source has changed. In time order, without gaps.
 */
export function splitBySegments(interval: Interval, used: readonly SegmentRow[]): Interval[] {
  const there = used.filter((row) => row.intervalStartMs < interval.endMs && interval.startMs < row.intervalEndMs);
  const newest = there.reduce((version, row) => (row.version > version ? row.version : version), '');
  const chunks = there.filter((row) => row.version === newest).sort((a, b) => a.intervalStartMs - b.intervalStartMs);
  if (chunks.length === 0) return [interval];
  const rest = there.filter((row) => row.version !== newest);
  const parts: Interval[] = [];
  let atMs = interval.startMs;
  for (const chunk of chunks) {
    if (chunk.intervalEndMs <= atMs || atMs >= interval.endMs) continue;
    if (atMs < chunk.intervalStartMs)
      parts.push(...splitBySegments({ startMs: atMs, endMs: chunk.intervalStartMs }, rest));
    const startMs = Math.max(atMs, chunk.intervalStartMs);
    atMs = Math.min(interval.endMs, chunk.intervalEndMs);
    parts.push({ startMs, endMs: atMs });
  }
  if (atMs < interval.endMs) parts.push(...splitBySegments({ startMs: atMs, endMs: interval.endMs }, rest));
  return parts;
}
