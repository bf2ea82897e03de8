/** Worker-thread entry: makes segment directories of rows in memory or of stored segments. */
import type { MergeJob } from './merge-job.js';
import { mergeRows } from './merge-rows.js';
import { mergeStored } from './merge-stored.js';
import type { BuiltSegment } from './push.js';

export default function runMergeJob(job: MergeJob): Promise<readonly BuiltSegment[]> {
  return job.kind === 'rows' ? mergeRows(job) : mergeStored(job);
}
