import type { FileSystem } from '../../platform/file-system.js';
import { nodeFileSystem } from '../../platform/node-file-system.js';
import type { MergeJob } from './merge-job.js';
import { mergeRows } from './merge-rows.js';
import { mergeStored } from './merge-stored.js';
import type { BuiltSegment } from './push.js';

/** Makes segment directories of rows in memory or of stored segments, in whatever thread. */
export function runMergeJob(job: MergeJob, files: FileSystem = nodeFileSystem): Promise<readonly BuiltSegment[]> {
  return job.kind === 'rows' ? mergeRows(job, files) : mergeStored(job, files);
}
