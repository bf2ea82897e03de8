/** Time as a dependency, so that a simulation can own it. */

declare const timerBrand: unique symbol;
/** A pending timer; meaningful only to the clock that made it. */
export type Timer = { readonly [timerBrand]: true };

export interface Clock {
  /** Wall clock, epoch ms; may jump. */
  nowMs(): number;
  /** Never goes back; for durations only. */
  monotonicMs(): number;
  /** Runs `run` once after `delayMs`. A pending timer does not keep the process alive. */
  setTimeout(run: () => void, delayMs: number): Timer;
  /** Forgets a timer; a timer that has run is ignored. */
  clearTimeout(timer: Timer): void;
  /** Resolves after `delayMs`. Rejects with the signal's reason when that aborts first. Keeps the process alive. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimeout: (run, delayMs) => setTimeout(run, delayMs).unref() as unknown as Timer,
  clearTimeout: (timer) => {
    clearTimeout(timer as unknown as NodeJS.Timeout);
  },
  sleep: (delayMs, signal) =>
    abortableSleep(signal, (done) => {
      const timer = setTimeout(done, delayMs);
      return () => {
        clearTimeout(timer);
      };
    }),
};

/** A sleep over any kind of timer: `start` begins one that calls `done`, and returns what cancels it. */
export function abortableSleep(
  signal: AbortSignal | undefined,
  start: (done: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = start(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
