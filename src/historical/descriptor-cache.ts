import type { SegmentRow } from '../metadata/metadata-store.js';
import { parseDescriptor, type SegmentDescriptor } from '../segments/format/descriptor.js';
import type { SegmentFiles } from './segment-files.js';

const MAX_DESCRIPTORS = 20_000;

/** Parsed segment descriptors, read on a segment's first use; least recently used ones are forgotten. */
export class DescriptorCache {
  readonly #files: SegmentFiles;
  readonly #descriptors = new Map<string, Promise<SegmentDescriptor>>();

  constructor(files: SegmentFiles) {
    this.#files = files;
  }

  get(row: SegmentRow): Promise<SegmentDescriptor> {
    let descriptor = this.#descriptors.get(row.path);
    if (descriptor === undefined) {
      descriptor = this.#files.read(row.path, 'segment.bin', 'whole', parseDescriptor);
      // What could not be read is tried again by the next query.
      descriptor.catch(() => this.#descriptors.delete(row.path));
    } else {
      this.#descriptors.delete(row.path);
    }
    this.#descriptors.set(row.path, descriptor);
    if (this.#descriptors.size > MAX_DESCRIPTORS) {
      const oldest = this.#descriptors.keys().next().value;
      if (oldest !== undefined) this.#descriptors.delete(oldest);
    }
    return descriptor;
  }
}
