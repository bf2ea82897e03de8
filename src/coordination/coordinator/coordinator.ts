import type { Clock, Timer } from '../../platform/clock.js';
import type { Logger } from '../../telemetry/logger.js';
import type { Leadership } from './leader.js';

/** Work that the cluster needs done by one node, again and again. */
export interface Duty {
  readonly name: string;
  readonly periodMs: number;
  /** @param epoch the leader's epoch, for whatever fences its writes */
  run(epoch: number): Promise<void>;
}

export interface CoordinatorOptions {
  readonly leadership: Pick<Leadership, 'epoch'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly duties: readonly Duty[];
}

/** Runs each duty at its own period while this node leads. A duty that fails is logged and runs again at its next turn. */
export class Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #timers = new Map<Duty, Timer>();
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
  }

  start(): void {
    for (const duty of this.#options.duties) this.#schedule(duty);
  }

  /** Waits for the duties under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.values()) this.#options.clock.clearTimeout(timer);
    await Promise.all(this.#running);
  }

  #schedule(duty: Duty): void {
    if (this.#stopped) return;
    const timer = this.#options.clock.setTimeout(() => {
      const turn = this.#turn(duty).finally(() => {
        this.#running.delete(turn);
        this.#schedule(duty);
      });
      this.#running.add(turn);
    }, duty.periodMs);
    this.#timers.set(duty, timer);
  }

  async #turn(duty: Duty): Promise<void> {
    const epoch = this.#options.leadership.epoch;
    if (epoch === undefined) return;
    try {
      await duty.run(epoch);
    } catch (error) {
      this.#options.logger.error('Duty failed', { duty: duty.name, err: error });
    }
  }
}
