import { threadId } from 'node:worker_threads';
import { assert } from '../common/assert.js';

const IDS_PER_THREAD = 65_536;
let issued = 0;

/**
 * A number for a new arena, unique in the process and never given out again. Node numbers threads from 0 and never
 * reuses a number, so that every thread counts within its own range and none has to ask another.
 */
export function nextArenaId(): number {
  assert(issued < IDS_PER_THREAD, `Thread [${threadId}] has issued all of its [${IDS_PER_THREAD}] arena ids`);
  return threadId * IDS_PER_THREAD + issued++;
}
