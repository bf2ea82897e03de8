/** Calls between two looks at whether the work is to stop: a look costs about as much as so many calls. */
const CALLS_PER_LOOK = 256;

/** The result of the work under way is not wanted any more; nobody is told. */
export class WorkStopped extends Error {
  override readonly name = 'WorkStopped';
}

let isStopped: (() => boolean) | null = null;
let calls = 0;

/** Does a piece of synchronous work of this thread that `checkStop` ends as soon as `stopped` says so. @throws WorkStopped */
export function untilStopped<T>(stopped: () => boolean, work: () => T): T {
  const before = isStopped;
  isStopped = stopped;
  try {
    return work();
  } finally {
    isStopped = before;
  }
}

/**
 * To be called once per value in loops that can be long (a value of a dictionary, an expression of a row), where what is left behind is fit
 * for the next query. @throws WorkStopped
 */
export function checkStop(): void {
  if (++calls % CALLS_PER_LOOK === 0 && isStopped !== null && isStopped()) throw new WorkStopped();
}

/** The same between pieces of work that each take long: looks every time. @throws WorkStopped */
export function checkStopNow(): void {
  if (isStopped?.() === true) throw new WorkStopped();
}
