/** Entry of an engine thread: piscina runs its default export, once for the thread's whole life. */
import { createLeafRun } from '../engine/leaf-run.js';
import { engineJobs } from './engine-jobs.js';
import { serveEngine } from './serve-engine.js';
import type { ThreadTask } from './thread-messages.js';

export default function runEngineThread(task: ThreadTask): Promise<void> {
  return serveEngine(task, { makeRun: createLeafRun, jobs: engineJobs });
}
