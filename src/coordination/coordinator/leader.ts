import type { MetadataStore } from '../../metadata/metadata-store.js';
import type { Clock, Timer } from '../../platform/clock.js';
import type { Logger } from '../../telemetry/logger.js';

export const COORDINATOR_LEASE = 'coordinator';

export interface LeadershipOptions {
  readonly store: Pick<MetadataStore, 'acquireLease' | 'renewLease' | 'releaseLease'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodeId: string;
  /** How long others wait for a leader that is gone. */
  readonly ttlMs: number;
}

/**
 * One node of the cluster leads: the one that holds the lease. It counts itself as leader only while the lease cannot have run
 * out, by a clock that never goes back and from before each request, so that two nodes never lead at the same time.
 */
export class Leadership {
  readonly #options: LeadershipOptions;
  #timer: Timer | undefined;
  #held: { readonly epoch: number; readonly untilMs: number } | undefined;
  #trying: Promise<void> | undefined;
  #stopped = false;

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** The epoch in which this node leads now; undefined when it does not. */
  get epoch(): number | undefined {
    const held = this.#held;
    return held !== undefined && this.#options.clock.monotonicMs() < held.untilMs ? held.epoch : undefined;
  }

  /** Tries at once, then three times a lease period, to get or keep the lease. Never fails: a store that is away is tried again. */
  async start(): Promise<void> {
    await this.#attempt();
  }

  /** Gives the lease back, so that another node need not wait for it to run out. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    await this.#trying;
    const epoch = this.epoch;
    this.#held = undefined;
    if (epoch === undefined) return;
    const { store, nodeId, logger } = this.#options;
    await store.releaseLease(COORDINATOR_LEASE, nodeId, epoch).catch((error: unknown) => {
      logger.warn('Leadership could not be given back; it runs out by itself', { err: error });
    });
  }

  async #attempt(): Promise<void> {
    this.#trying = this.#getOrKeep().catch((error: unknown) => {
      this.#options.logger.warn('Leadership could not be asked for; it is tried again', { err: error });
    });
    await this.#trying;
    if (this.#stopped) return;
    this.#timer = this.#options.clock.setTimeout(() => void this.#attempt(), this.#options.ttlMs / 3);
  }

  async #getOrKeep(): Promise<void> {
    const { store, clock, logger, nodeId, ttlMs } = this.#options;
    const untilMs = clock.monotonicMs() + ttlMs;
    const held = this.#held;
    if (held !== undefined) {
      if (await store.renewLease(COORDINATOR_LEASE, nodeId, held.epoch, ttlMs)) {
        this.#held = { epoch: held.epoch, untilMs };
        return;
      }
      this.#held = undefined;
      logger.info('Leadership lost', { epoch: held.epoch });
    }
    const lease = await store.acquireLease(COORDINATOR_LEASE, nodeId, ttlMs);
    if (lease === undefined) return;
    this.#held = { epoch: lease.epoch, untilMs };
    logger.info('Leadership taken', { epoch: lease.epoch });
  }
}
