// Loaded before the program (`NODE_OPTIONS=--import=…`), in every thread of it: says at which point the process is to die.
// TEST_KILL_POINT=<number of the point, counted over all threads>:<before|after>[:<kind of the points that count>]
import { isMainThread, setEnvironmentData } from 'node:worker_threads';

if (isMainThread) {
  const [dieAt, when, kind] = process.env.TEST_KILL_POINT.split(':');
  const reached = new Int32Array(new SharedArrayBuffer(4));
  // The name is src/platform/kill-point.ts's KILL_PLAN.
  setEnvironmentData('millrace.killPlan', { reached, dieAt: Number(dieAt), when, kind });
}
