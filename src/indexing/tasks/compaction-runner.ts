import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DruidError } from '../../common/druid-error.js';
import type { DeepStorage } from '../../deep-storage/deep-storage.js';
import type { MetadataStore, SegmentRow } from '../../metadata/metadata-store.js';
import type { FileSystem } from '../../platform/file-system.js';
import { nodeFileSystem } from '../../platform/node-file-system.js';
import { DATA_FILE, DESCRIPTOR_FILE } from '../../segments/format/segment-schema.js';
import type { IndexingLog } from '../indexing-log.js';
import type { Merger } from '../publish/merge-pool.js';
import type { SegmentUploads } from '../publish/segment-uploads.js';

/** Segments of one interval and version that are to become few. */
export interface CompactionJob {
  readonly dataSource: string;
  readonly intervalStartMs: number;
  readonly intervalEndMs: number;
  readonly inputs: readonly SegmentRow[];
}

export interface CompactionServices {
  readonly store: MetadataStore;
  readonly deepStorage: DeepStorage;
  readonly uploads: SegmentUploads;
  readonly merges: Merger;
  /** The machine's own when absent. */
  readonly files?: FileSystem;
  /** Inputs are fetched to, and outputs built in, a directory of the job's own below this one. */
  readonly temporaryDirectory: string;
  readonly maxRowsPerSegment: number;
  readonly log: IndexingLog;
}

/** What merging reads of a segment. */
const INPUT_FILES = [DESCRIPTOR_FILE, DATA_FILE] as const;

/**
 * Runs one compaction job: fetch, merge, push, and one transaction that puts the outputs in the place of exactly these inputs.
 * @returns false when an input was no longer used: others replaced or removed it, and the outputs are deleted
 * @throws DruidError NOT_FOUND when deep storage lacks an input
 */
export async function runCompaction(
  job: CompactionJob,
  services: CompactionServices,
  signal?: AbortSignal,
): Promise<boolean> {
  const { store, deepStorage, uploads, merges, temporaryDirectory, maxRowsPerSegment, log } = services;
  const { dataSource, intervalStartMs, intervalEndMs } = job;
  const files = services.files ?? nodeFileSystem;
  const directory = join(temporaryDirectory, `compaction-${randomUUID()}`);
  const inputs = job.inputs.map((_, i) => join(directory, 'in', String(i)));
  try {
    for (const [i, input] of job.inputs.entries()) await fetchSegment(deepStorage, input, inputs[i]!, files);
    const interval = { startMs: intervalStartMs, endMs: intervalEndMs };
    const built = await merges.merge(
      { kind: 'stored', directory: join(directory, 'out'), interval, inputs, maxRowsPerSegment },
      signal,
    );
    const outcome = await uploads.publish(dataSource, built, (outputs) =>
      store.replaceSegments({ dataSource, inputs: job.inputs.map((input) => input.id), outputs }),
    );
    const fields = { dataSource, inputs: job.inputs.length, outputs: built.length };
    if (outcome.kind === 'published') {
      log('info', 'Segments are compacted', { ...fields, s: outcome.s });
      return true;
    }
    log('info', 'Compaction came too late', { ...fields, detail: outcome.detail });
    return false;
  } finally {
    await files.remove(directory);
  }
}

/** A local copy of what merging and reading again need. @throws DruidError NOT_FOUND when deep storage lacks it */
export async function fetchSegment(
  deepStorage: DeepStorage,
  segment: SegmentRow,
  directory: string,
  files: FileSystem = nodeFileSystem,
): Promise<void> {
  await files.mkdir(directory);
  for (const file of INPUT_FILES) {
    if (await deepStorage.getFile(`${segment.path}/${file}`, join(directory, file))) continue;
    throw new DruidError(`Segment [${segment.id}] lacks [${file}] in deep storage`, {
      category: 'NOT_FOUND',
      persona: 'OPERATOR',
    });
  }
}
