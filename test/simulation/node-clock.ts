import { abortableSleep, type Clock, type Timer } from '../../src/platform/clock.js';

/**
 * The clock of one process or of the database: its wall clock jumps by itself, and a process that is paused (SIGSTOP, a long collection, a
 * suspended machine) runs none of its timers until it goes on, while everybody else's time passes.
 */
export class NodeClock implements Clock {
  readonly #base: Clock;
  #offsetMs = 0;
  #isPaused = false;
  readonly #waiting: (() => void)[] = [];

  constructor(base: Clock) {
    this.#base = base;
  }

  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const run of this.#waiting.splice(0)) this.#base.setTimeout(run, 0);
  }

  /** Resolves when the process runs: what came from outside waits in its sockets until then. */
  awake(): Promise<void> {
    if (!this.#isPaused) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  nowMs(): number {
    return this.#base.nowMs() + this.#offsetMs;
  }

  monotonicMs(): number {
    return this.#base.monotonicMs();
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    const timer: { current?: Timer } = {};
    const turn = (): void => {
      if (this.#isPaused) this.#waiting.push(() => (cancelled.has(timer) ? undefined : turn()));
      else run();
    };
    timer.current = this.#base.setTimeout(turn, delayMs);
    return timer as unknown as Timer;
  }

  clearTimeout(timer: Timer): void {
    const { current } = timer as unknown as { current?: Timer };
    cancelled.add(timer);
    if (current !== undefined) this.#base.clearTimeout(current);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return abortableSleep(signal, (done) => {
      const timer = this.setTimeout(done, delayMs);
      return () => {
        this.clearTimeout(timer);
      };
    });
  }
}

/** Timers that were cleared, some of them while their run waited for the process to go on. */
const cancelled = new WeakSet<object>();
