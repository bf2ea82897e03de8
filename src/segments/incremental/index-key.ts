import { threadId } from 'node:worker_threads';

let issued = 0;

/** A name for an index that no other of this process has, whichever thread made it. Node never reuses thread numbers. */
export function nextIndexKey(): string {
  issued++;
  return `rt/${threadId}/${issued}`;
}
