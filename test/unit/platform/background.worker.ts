/** Tells the nicenesses of its own thread, before and after. */
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { runInBackground } from '../../../src/platform/thread-priority.js';

const niceness = (): number => Number(readFileSync('/proc/thread-self/stat', 'utf8').split(') ')[1]!.split(' ')[16]);
const before = niceness();
runInBackground();
parentPort!.postMessage([before, niceness()]);
