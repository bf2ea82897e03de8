import { SeededRandomness } from '../../src/platform/randomness.js';
import { SimulatedClock } from '../../src/platform/simulated-clock.js';

/** Turns of the event loop in which everything that is ready settles. */
const TURNS = 24;
const STEP_MS = 10;

/** Clock, randomness and trace of one simulated run; everything that can differ between runs comes from the seed. */
export class World {
  readonly clock = new SimulatedClock();
  readonly random: SeededRandomness;
  readonly trace: string[] = [];
  /** Whether faults are injected; off while the cluster is to recover. */
  faults = true;
  /** What no fault explains: a failed assertion, say. */
  readonly bugs: unknown[] = [];
  readonly #outside: (() => Promise<void>)[] = [];

  constructor(seed: number) {
    this.random = new SeededRandomness(seed);
  }

  below(limit: number): number {
    return Math.floor(this.random.nextDouble() * limit);
  }

  chance(probability: number): boolean {
    return this.random.nextDouble() < probability;
  }

  /** A chance that is none while faults are off. */
  fault(probability: number): boolean {
    return this.chance(probability) && this.faults;
  }

  note(text: string): void {
    this.trace.push(`${String(this.clock.monotonicMs()).padStart(7)} ${text}`);
  }

  delay(maxMs: number): Promise<void> {
    return this.clock.sleep(this.below(maxMs + 1));
  }

  /** Work that takes real time in other threads of the runtime: simulated time stands still, and the result comes at a simulated moment. */
  async outside<T>(work: () => Promise<T>): Promise<T> {
    const delayMs = 1 + this.below(200);
    const result = await new Promise<T>((resolve, reject) => {
      this.#outside.push(() => work().then(resolve, reject));
    });
    await this.clock.sleep(delayMs);
    return result;
  }

  async advance(byMs: number): Promise<void> {
    for (let done = 0; done < byMs; done += STEP_MS) {
      await this.#settle();
      await this.clock.advance(Math.min(STEP_MS, byMs - done));
    }
    await this.#settle();
  }

  /** Moves time until the work is done. @throws what it throws, or that it did not end in simulated time */
  async finish<T>(work: Promise<T>, limitMs: number): Promise<T> {
    const state = { isDone: false };
    const settled = work.finally(() => {
      state.isDone = true;
    });
    settled.catch(() => {});
    for (let waited = 0; !state.isDone; waited += STEP_MS) {
      if (waited > limitMs) throw new Error(`Work has not ended after ${limitMs} ms`);
      await this.advance(STEP_MS);
    }
    return settled;
  }

  /** Work outside is done one after another while nothing else runs, so that how long it takes changes nothing. */
  async #settle(): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < TURNS; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
      const work = this.#outside.shift();
      if (work === undefined) return;
      await work();
    }
  }
}
