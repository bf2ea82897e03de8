import type { Clock } from '../platform/clock.js';

/** So long a topic is believed to be the one that was seen: nobody deletes, makes and fills a topic, and we fetch from it, in less. */
const SEEN_MS = 50;

/** Whether a topic is still the one that it was when it was first looked at. */
export class KafkaTopicLife {
  readonly #idOf: () => Promise<string | undefined>;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #id: Promise<string | undefined> | undefined;
  #seenAtMs = Number.NEGATIVE_INFINITY;
  #looking: { readonly startedAtMs: number; readonly id: Promise<string | undefined> } | undefined;

  constructor(idOf: () => Promise<string | undefined>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#idOf = idOf;
    this.#clock = clock;
  }

  /** As it was first answered. */
  get id(): Promise<string | undefined> {
    this.#id ??= this.#look();
    this.#id.catch(() => {
      this.#id = undefined;
    });
    return this.#id;
  }

  /** What is fetched from now on may be of another life, whenever the topic was seen last. */
  doubt(): void {
    this.#seenAtMs = Number.NEGATIVE_INFINITY;
    this.#looking = undefined;
  }

  /** @returns the other id when it is another topic now */
  async changed(): Promise<string | undefined> {
    const first = await this.id;
    if (this.#clock.monotonicMs() - this.#seenAtMs < SEEN_MS) return undefined;
    const found = await this.#look();
    return found === first ? undefined : (found ?? 'none');
  }

  async #look(): Promise<string | undefined> {
    this.#looking ??= { startedAtMs: this.#clock.monotonicMs(), id: this.#idOf() };
    const looking = this.#looking;
    try {
      const id = await looking.id;
      // Not when it was doubted meanwhile.
      if (this.#looking === looking) this.#seenAtMs = looking.startedAtMs;
      return id;
    } finally {
      if (this.#looking === looking) this.#looking = undefined;
    }
  }
}
