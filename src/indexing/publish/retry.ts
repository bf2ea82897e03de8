import type { Clock } from '../../platform/clock.js';
import { type Randomness, systemRandomness } from '../../platform/randomness.js';

const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 10_000;

export interface RetryOptions {
  readonly clock: Clock;
  /** The system's when absent. */
  readonly randomness?: Randomness | undefined;
  readonly signal: AbortSignal;
  /** Called after each failure, before the wait. */
  readonly onFailure: (error: unknown, attempt: number) => void;
  /** Attempts in all; Infinity while only time can help. */
  readonly attempts: number;
  /** Failures that end by themselves, and do not count as attempts. */
  readonly isTemporary?: (error: unknown) => boolean;
}

/**
 * Does work against a service that may be away, again and again with growing pauses.
 * @throws the last error, or the signal's reason
 */
export async function withRetries<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  let counted = 0;
  for (let attempt = 1; ; attempt++) {
    options.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (options.isTemporary?.(error) !== true) counted++;
      if (counted >= options.attempts || options.signal.aborted) throw error;
      options.onFailure(error, attempt);
      const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
      // Nodes that failed together do not come back together.
      await options.clock.sleep(
        delayMs * (0.5 + (options.randomness ?? systemRandomness).nextDouble() / 2),
        options.signal,
      );
    }
  }
}
