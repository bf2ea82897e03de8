import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Linux gives such a thread a third of what an ordinary one gets of a core that both want. */
const BACKGROUND_NICENESS = 5;

/**
 * Lets threads that answer queries or read streams go before the calling thread. Linux has a priority for each thread; elsewhere, and where
 * that is not allowed, nothing changes.
 */
export function runInBackground(): void {
  try {
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(threadId, BACKGROUND_NICENESS);
  } catch {
    // Slower answers, none wrong.
  }
}
