import { randomUUID } from 'node:crypto';
import type { Interval } from '../../common/interval.js';
import { formatIso } from '../../common/iso-time.js';
import type { DeepStorage } from '../../deep-storage/deep-storage.js';
import type { NewSegment } from '../../metadata/metadata-store.js';
import { DATA_FILE, DESCRIPTOR_FILE, INDEX_FILE, type WrittenSegment } from '../../segments/format/segment-schema.js';

/** A finished segment in a local directory, on its way to deep storage. */
export interface BuiltSegment extends Omit<NewSegment, 'path'> {
  /** Holds `data.arrow`, `index.roaring` and `segment.bin`. */
  readonly directory: string;
}

/** In the order in which they are pushed: a descriptor that is there means that the rest is. */
export const SEGMENT_FILES = [DATA_FILE, INDEX_FILE, DESCRIPTOR_FILE] as const;

/** A built segment and where it goes in deep storage. */
export type PlacedSegment = BuiltSegment & Pick<NewSegment, 'path'>;

/** Gives segments paths that no others have; once, so that what is pushed again takes the place of what a failed attempt left. */
export function placeSegments(dataSource: string, segments: readonly BuiltSegment[]): PlacedSegment[] {
  return segments.map((segment) => {
    const interval = `${formatIso(segment.intervalStartMs)}_${formatIso(segment.intervalEndMs)}`;
    return { ...segment, path: `${dataSource}/${interval}/${randomUUID()}` };
  });
}

/** Deletes a segment's objects, the descriptor first: a segment without one is none. @throws what deep storage throws */
export async function deletePushed(deepStorage: DeepStorage, path: string): Promise<void> {
  for (const file of [...SEGMENT_FILES].reverse()) await deepStorage.delete(`${path}/${file}`);
}

/** A segment as its writer reports it, in the interval that it is for. */
export function builtSegment(written: WrittenSegment, interval: Interval): BuiltSegment {
  const { directory, numRows, sizeBytes, minTimeMs, maxTimeMs, dimensions, metrics, shardSpec } = written;
  const times = { intervalStartMs: interval.startMs, intervalEndMs: interval.endMs, minTimeMs, maxTimeMs };
  return { directory, ...times, numRows, sizeBytes, dimensions, metrics, ...(shardSpec && { shardSpec }) };
}
