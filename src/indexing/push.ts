import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { formatIso } from '../common/iso-time.js';
import type { DeepStorage } from '../deep-storage/deep-storage.js';
import type { NewSegment } from '../metadata/metadata-store.js';
import { DATA_FILE, DESCRIPTOR_FILE, INDEX_FILE } from '../segments/format/segment-schema.js';

/** A finished segment in a local directory, on its way to deep storage. */
export interface BuiltSegment extends Omit<NewSegment, 'path'> {
  /** Holds `data.arrow`, `index.roaring` and `segment.bin`. */
  readonly directory: string;
}

/** In the order in which they are pushed: a descriptor that is there means that the rest is. */
const FILES = [DATA_FILE, INDEX_FILE, DESCRIPTOR_FILE] as const;

/** Uploads segments, each under a path that no other attempt has. @throws what deep storage throws after its own retries */
export async function pushSegments(
  deepStorage: DeepStorage,
  dataSource: string,
  segments: readonly BuiltSegment[],
): Promise<NewSegment[]> {
  const pushed: NewSegment[] = [];
  for (const { directory, ...segment } of segments) {
    const interval = `${formatIso(segment.intervalStartMs)}_${formatIso(segment.intervalEndMs)}`;
    const path = `${dataSource}/${interval}/${randomUUID()}`;
    for (const file of FILES) await deepStorage.putFile(`${path}/${file}`, join(directory, file));
    pushed.push({ ...segment, path });
  }
  return pushed;
}
