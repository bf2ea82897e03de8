import type { Clock, Timer } from '../platform/clock.js';
import type { MetadataStore, NodeRow } from './metadata-store.js';

const HEARTBEAT_MS = 1000;

/** Tells the cluster once a second that this node lives, and the smallest S that its broker still needs. */
export class NodeHeartbeat {
  readonly #store: MetadataStore;
  readonly #clock: Clock;
  readonly #describe: () => Omit<NodeRow, 'heartbeatAtMs'>;
  readonly #onError: (error: unknown) => void;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: {
    readonly store: MetadataStore;
    readonly clock: Clock;
    readonly describe: () => Omit<NodeRow, 'heartbeatAtMs'>;
    readonly onError: (error: unknown) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#describe = options.describe;
    this.#onError = options.onError;
  }

  /** Resolves after the first heartbeat; later ones that fail are reported and tried again a second later. */
  async start(): Promise<void> {
    await this.#store.heartbeat(this.#describe());
    this.#schedule();
  }

  /** Says goodbye: nobody waits for this node's timeout. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    await this.#store.removeNode(this.#describe().id);
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#store
        .heartbeat(this.#describe())
        .catch(this.#onError)
        .finally(() => this.#schedule());
    }, HEARTBEAT_MS);
  }
}
