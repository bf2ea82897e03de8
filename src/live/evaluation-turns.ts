import type { Clock } from '../platform/clock.js';

const MAX_AT_ONCE = 32;
/** One that takes longer, perhaps since it waits for something, no longer keeps others waiting. */
const MAX_TURN_MS = 1000;

/**
 * How many evaluations go on at once. A thousand at once would end no sooner than one after another, and each holds memory meanwhile; but none
 * may hold up the others for long.
 */
export class EvaluationTurns {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when there is room, in order of the calls. @returns what gives the turn back */
  async take(): Promise<() => void> {
    if (this.#taken >= MAX_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken++;
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      this.#clock.clearTimeout(timer);
      // The turn is handed on, or is free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken--;
      else next();
    };
    const timer = this.#clock.setTimeout(end, MAX_TURN_MS);
    return end;
  }
}
