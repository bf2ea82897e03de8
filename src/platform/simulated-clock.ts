import { abortableSleep, type Clock, type Timer } from './clock.js';

interface Pending {
  readonly dueMs: number;
  /** Timers due at the same time run in the order in which they were set. */
  readonly order: number;
  readonly run: () => void;
}

/** A clock that stands still until it is told to move: for tests and simulation. */
export class SimulatedClock implements Clock {
  #nowMs: number;
  readonly #startMs: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  constructor(startMs = Date.UTC(2024, 0, 1)) {
    this.#nowMs = startMs;
    this.#startMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs;
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    const pending: Pending = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#pending.add(pending);
    return pending as unknown as Timer;
  }

  clearTimeout(timer: Timer): void {
    this.#pending.delete(timer as unknown as Pending);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return abortableSleep(signal, (done) => {
      const timer = this.setTimeout(done, delayMs);
      return () => {
        this.clearTimeout(timer);
      };
    });
  }

  /** Number of timers that have not run. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Moves time forward, running each timer at its own moment; promises settle in between. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      // What has been resolved so far may set timers of its own.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const next = this.#earliest();
      if (!next || next.dueMs > untilMs) break;
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.run();
    }
    this.#nowMs = untilMs;
  }

  #earliest(): Pending | undefined {
    let earliest: Pending | undefined;
    for (const pending of this.#pending) {
      if (
        !earliest ||
        pending.dueMs < earliest.dueMs ||
        (pending.dueMs === earliest.dueMs && pending.order < earliest.order)
      ) {
        earliest = pending;
      }
    }
    return earliest;
  }
}
