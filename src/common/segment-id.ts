/** Druid's text form of a segment's identity: `dataSource_start_end_version[_partitionNum]`. */
import { formatIso, parseIsoInstant } from './iso-time.js';
import type { Interval } from './interval.js';

export interface SegmentId {
  readonly dataSource: string;
  readonly interval: Interval;
  readonly version: string;
  readonly partitionNum: number;
}

const INSTANT = String.raw`-?\d{4,9}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
const SEGMENT_ID = new RegExp(`^(.+?)_(${INSTANT})_(${INSTANT})_(.+?)(?:_(\\d+))?$`, 's');

/** Partition 0 is not written. */
export function formatSegmentId(id: SegmentId): string {
  const start = formatIso(id.interval.startMs);
  const end = formatIso(id.interval.endMs);
  const partition = id.partitionNum === 0 ? '' : `_${id.partitionNum}`;
  return `${id.dataSource}_${start}_${end}_${id.version}${partition}`;
}

/** undefined when the text is no segment id. */
export function parseSegmentId(text: string): SegmentId | undefined {
  const match = SEGMENT_ID.exec(text);
  if (!match) return undefined;
  const [, dataSource, start, end, version, partition] = match;
  const startMs = parseIsoInstant(start!);
  const endMs = parseIsoInstant(end!);
  if (startMs === undefined || endMs === undefined) return undefined;
  return {
    dataSource: dataSource!,
    interval: { startMs, endMs },
    version: version!,
    partitionNum: Number(partition ?? 0),
  };
}
