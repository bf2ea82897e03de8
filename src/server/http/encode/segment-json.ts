import { formatInterval } from '../../../common/iso-time.js';
import type { SegmentRow } from '../../../metadata/metadata-store.js';

/** Druid's JSON of a segment. Where it lies is a load spec of Millrace's own. @source Druid `timeline/DataSegment.java` */
export function segmentJson(row: SegmentRow): Readonly<Record<string, unknown>> {
  return {
    dataSource: row.dataSource,
    interval: segmentInterval(row),
    version: row.version,
    loadSpec: { type: 'millrace', path: row.path },
    dimensions: row.dimensions.join(','),
    metrics: row.metrics.join(','),
    shardSpec: { type: 'numbered', partitionNum: row.partitionNum, partitions: row.corePartitions },
    binaryVersion: 9,
    size: row.sizeBytes,
    identifier: row.id,
  };
}

export function segmentInterval(row: SegmentRow): string {
  return formatInterval({ startMs: row.intervalStartMs, endMs: row.intervalEndMs });
}
