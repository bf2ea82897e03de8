import { type RemapJob, runRemapJob } from '../engine/spaces/remap-job.js';
import { type LoadJob, runLoadJob } from '../segments/format/load-job.js';
import type { ThreadMemory } from './thread-memory.js';

/** Runs a job's payload, plain data, in an engine thread between morsels. What it returns is posted back. */
export type JobHandler = (payload: never, memory: ThreadMemory) => unknown;

/** The jobs that engine threads know, by the name that `EnginePool.job` takes. */
export const engineJobs: Readonly<Record<string, JobHandler>> = {
  load: (job: LoadJob, memory) => {
    memory.register(job.arenas);
    return runLoadJob(job, (arena) => memory.buffer(arena));
  },
  remap: (job: RemapJob, memory) => runRemapJob(job, (arena, end) => memory.buffer(arena, end)),
};
