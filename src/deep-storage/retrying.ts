import { DruidError } from '../common/druid-error.js';
import type { Clock } from '../platform/clock.js';
import type { Randomness } from '../platform/randomness.js';
import type { DeepStorage } from './deep-storage.js';

export interface RetryOptions {
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Attempts in all. */
  readonly maxAttempts: number;
  /** Longest wait before the second attempt; it doubles with each further one. */
  readonly firstDelayMs: number;
  /** From the first attempt on: no operation takes longer, whatever the storage does. */
  readonly deadlineMs: number;
  /** Whether another attempt can help. Damage and refusals are never retried. */
  isTransient(error: unknown): boolean;
}

/**
 * Tries operations again that failed for a passing reason, with full jitter, a limit and a deadline.
 * Every operation is safe to repeat: an object is written whole, and always with the same bytes.
 */
export class RetryingDeepStorage implements DeepStorage {
  readonly #inner: DeepStorage;
  readonly #options: RetryOptions;

  constructor(inner: DeepStorage, options: RetryOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  get location(): string {
    return this.#inner.location;
  }

  putFile(key: string, localPath: string): Promise<void> {
    return this.#retrying(() => this.#inner.putFile(key, localPath));
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#retrying(() => this.#inner.put(key, bytes));
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#retrying(() => this.#inner.get(key));
  }

  getRange(key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    return this.#retrying(() => this.#inner.getRange(key, offset, length));
  }

  getFile(key: string, localPath: string): Promise<boolean> {
    return this.#retrying(() => this.#inner.getFile(key, localPath));
  }

  size(key: string): Promise<number | undefined> {
    return this.#retrying(() => this.#inner.size(key));
  }

  /** Begins again after a failure, leaving out what it gave already. */
  async *list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }> {
    const given = new Set<string>();
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const found of this.#inner.list(prefix)) {
          if (given.has(found.key)) continue;
          given.add(found.key);
          yield found;
        }
        return;
      } catch (error) {
        if (!this.#options.isTransient(error)) throw error;
        if (attempt >= this.#options.maxAttempts) throw this.#unavailable(error);
        await this.#options.clock.sleep(this.#delayMs(attempt));
      }
    }
  }

  delete(key: string): Promise<void> {
    return this.#retrying(() => this.#inner.delete(key));
  }

  async #retrying<T>(work: () => Promise<T>): Promise<T> {
    const { clock, deadlineMs, maxAttempts } = this.#options;
    const endMs = clock.monotonicMs() + deadlineMs;
    for (let attempt = 1; ; attempt++) {
      let failure: unknown;
      try {
        return await this.#within(work(), endMs - clock.monotonicMs());
      } catch (error) {
        failure = error;
      }
      if (failure instanceof DeadlinePassed) throw this.#unavailable(failure);
      if (!this.#options.isTransient(failure)) throw failure;
      const delayMs = this.#delayMs(attempt);
      if (attempt >= maxAttempts || clock.monotonicMs() + delayMs >= endMs) throw this.#unavailable(failure);
      await clock.sleep(delayMs);
    }
  }

  /** The attempt's own result, or a failure when it takes too long; what it does afterwards is of no interest. */
  async #within<T>(attempt: Promise<T>, limitMs: number): Promise<T> {
    const { clock } = this.#options;
    let timer: ReturnType<Clock['setTimeout']> | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = clock.setTimeout(() => reject(new DeadlinePassed('no answer in time')), limitMs);
    });
    try {
      return await Promise.race([attempt, tooLate]);
    } finally {
      if (timer !== undefined) clock.clearTimeout(timer);
    }
  }

  #delayMs(attempt: number): number {
    return this.#options.firstDelayMs * 2 ** (attempt - 1) * this.#options.randomness.nextDouble();
  }

  #unavailable(cause: unknown): DruidError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new DruidError(`Deep storage [${this.location}] is not available: ${reason}`, {
      persona: 'OPERATOR',
      category: 'SERVICE_UNAVAILABLE',
      cause,
    });
  }
}

class DeadlinePassed extends Error {}
