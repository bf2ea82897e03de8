/** Rows of a closed sequence merged into the segment that is published: sorted, encoded, compressed and written. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMergeJob } from '../../src/indexing/publish/run-merge-job.js';
import type { SupervisorSpec } from '../../src/indexing/spec/supervisor-spec.js';
import { checkSegments } from './check.js';
import type { Events } from './events.js';
import type { Taken } from './intake.js';

/** Milliseconds of CPU time of the process, of all its threads. */
export async function mergeMillis(events: Events, { dataSchema }: SupervisorSpec, taken: Taken): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-merge-'));
  try {
    const before = process.cpuUsage();
    const built = await runMergeJob({
      kind: 'rows',
      directory,
      parts: taken.blocks.map((segment) => ({
        interval: { startMs: segment.intervalStartMs, endMs: segment.intervalEndMs },
        segments: [segment],
      })),
      arenas: [taken.arena.handle],
      dataSchema,
      maxRowsPerSegment: 5_000_000,
      state: undefined,
    });
    const { user, system } = process.cpuUsage(before);
    await checkSegments(
      events,
      built.map((segment) => segment.directory),
    );
    return (user + system) / 1000;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
