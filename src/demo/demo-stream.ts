import type { Clock, Timer } from '../platform/clock.js';
import type { Randomness } from '../platform/randomness.js';
import { DemoEvents } from './demo-events.js';

const TICK_MS = 50;
/** After a pause (a suspended laptop) the stream goes on, it does not catch up. */
const LONGEST_CATCH_UP_MS = 1000;

export interface DemoStreamOptions {
  readonly eventsPerSecond: number;
  readonly clock: Clock;
  readonly random: Randomness;
  /** Appends events to the demo's stream; resolves when they are durable. */
  readonly push: (lines: readonly string[]) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Pushes demo events at a steady mean rate with some swing, until it is stopped. */
export class DemoStream {
  readonly #options: DemoStreamOptions;
  readonly #events: DemoEvents;
  #timer: Timer | undefined;
  #running = true;
  #lastMs: number;
  #owed = 0;

  constructor(options: DemoStreamOptions) {
    this.#options = options;
    this.#events = new DemoEvents(options.random);
    this.#lastMs = options.clock.nowMs();
    void this.#tick();
  }

  stop(): void {
    this.#running = false;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
  }

  async #tick(): Promise<void> {
    const { clock, random, eventsPerSecond, push, onError } = this.#options;
    const nowMs = clock.nowMs();
    const passedMs = Math.min(LONGEST_CATCH_UP_MS, Math.max(0, nowMs - this.#lastMs));
    this.#lastMs = nowMs;
    this.#owed += (passedMs / 1000) * eventsPerSecond * swing(nowMs);
    const count = Math.floor(this.#owed);
    this.#owed -= count;
    if (count > 0) {
      try {
        await push(Array.from({ length: count }, () => this.#events.line(nowMs - random.nextDouble() * passedMs)));
      } catch (error) {
        onError(error);
      }
    }
    if (this.#running) this.#timer = clock.setTimeout(() => void this.#tick(), TICK_MS);
  }
}

/** Two overlaid waves of 20 and 7 seconds, so that the line on the page moves: 0.6 to 1.4 of the mean. */
function swing(nowMs: number): number {
  return 1 + 0.25 * Math.sin(nowMs / 3183) + 0.15 * Math.sin(nowMs / 1114);
}
