/** Worker-thread entry of merges. */
import type { MergeJob } from './merge-job.js';
import { runInBackground } from '../../platform/thread-priority.js';
import type { BuiltSegment } from './push.js';
import { runMergeJob } from './run-merge-job.js';

runInBackground();

export default function run(job: MergeJob): Promise<readonly BuiltSegment[]> {
  return runMergeJob(job);
}
