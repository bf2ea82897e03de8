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
    shardSpec: shardSpecJson(row),
    binaryVersion: 9,
    ...(row.compactionState !== undefined && { lastCompactionState: row.compactionState }),
    size: row.sizeBytes,
    identifier: row.id,
  };
}

export function segmentInterval(row: SegmentRow): string {
  return formatInterval({ startMs: row.intervalStartMs, endMs: row.intervalEndMs });
}

/** @source Druid `HashBasedNumberedShardSpec.java`, `DimensionRangeShardSpec.java`, `NumberedShardSpec.java` */
function shardSpecJson({ shardSpec, partitionNum, corePartitions }: SegmentRow): Readonly<Record<string, unknown>> {
  switch (shardSpec?.type) {
    case undefined:
      return { type: 'numbered', partitionNum, partitions: corePartitions };
    case 'hashed':
      return {
        type: 'hashed',
        partitionNum,
        partitions: shardSpec.numBuckets,
        bucketId: shardSpec.bucketId,
        numBuckets: shardSpec.numBuckets,
        partitionDimensions: shardSpec.partitionDimensions,
        partitionFunction: 'murmur3_32_abs',
      };
    case 'range': {
      const { dimensions, start, end } = shardSpec;
      const bounds = { dimensions, start, end };
      const [only] = dimensions;
      if (dimensions.length > 1) return { type: 'range', ...bounds, partitionNum, numCorePartitions: corePartitions };
      const single = { dimension: only, start: start?.[0] ?? null, end: end?.[0] ?? null };
      return { type: 'single', ...single, partitionNum, numCorePartitions: corePartitions };
    }
  }
}
