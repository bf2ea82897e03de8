import { parentPort } from 'node:worker_threads';
import { type RemapJob, runRemapJob } from '../../../../src/engine/spaces/remap-job.js';

parentPort!.on('message', ({ job, memory }: { job: RemapJob; memory: SharedArrayBuffer }) => {
  parentPort!.postMessage(runRemapJob(job, () => memory));
});
