/** Worker-thread entry of one batch task: files to segment directories. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../common/assert.js';
import { runInBackground } from '../../platform/thread-priority.js';
import { runBatchTask } from '../batch/run-batch-task.js';
import type { BatchJob, FromBatch } from '../batch/batch-job.js';

runInBackground();
assert(parentPort !== null, 'A batch task runs in a worker thread');
const port = parentPort;
const { spec, access, tempDir, storedInputs, letters, answers } = workerData as BatchJob;

const send = (message: FromBatch): void => port.postMessage(message);
const PROGRESS_MS = 500;
let nextProgressMs = 0;
runBatchTask(spec, {
  access,
  tempDir,
  storedInputs,
  ...(letters && { letters }),
  ...(answers && { answers }),
  nowMs: () => Date.now(),
  logParseException: (reason) => send({ kind: 'log', message: reason }),
  progress: (rowStats) => {
    if (performance.now() < nextProgressMs) return;
    nextProgressMs = performance.now() + PROGRESS_MS;
    send({ kind: 'progress', rowStats });
  },
}).then(
  (result) => send({ kind: 'done', ...result }),
  (error: unknown) => send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
);
