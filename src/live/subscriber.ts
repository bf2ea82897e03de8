import { jsonString } from '../common/json-write.js';
import type { Clock, Timer } from '../platform/clock.js';
import type { LiveClient } from './live-client.js';

/** What an evaluation has for its subscribers now. */
export interface Offer {
  /** Number of the newest version; 0 = none. */
  readonly newest: number;
  /** Why there is no newer one: the last evaluation failed. */
  readonly problem: { readonly number: number; readonly members: string } | undefined;
  /** Members of the message to the newest version for who has version `from`, 0 = none. */
  update(from: number): string;
}

export interface SubscriberOptions {
  readonly client: LiveClient;
  readonly id: string;
  /** Every message has the whole answer. */
  readonly wholeOnly: boolean;
  readonly periodMs: number;
  readonly clock: Clock;
  /** The version that the client has already; 0 = none. */
  readonly has: number;
}

/** One viewer of one evaluation: is told of the newest version that it lacks, at most once a period, while its socket takes it. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  #has: number;
  /** Number of the problem that the client was told of last and that is not over for it. */
  #toldProblem: number | undefined;
  #notBeforeMs = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#has = options.has;
  }

  /** @param current gives what there is; asked again when it is too early to send now */
  offer(current: () => Offer | undefined): void {
    const { client, clock, periodMs, wholeOnly } = this.#options;
    const offer = current();
    if (this.#stopped || offer === undefined || client.congested || !this.#lacks(offer)) return;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#notBeforeMs) {
      this.#timer ??= clock.setTimeout(() => {
        this.#timer = undefined;
        this.offer(current);
      }, this.#notBeforeMs - nowMs);
      return;
    }
    this.#notBeforeMs = nowMs + periodMs;
    this.#toldProblem = offer.problem?.number;
    if (offer.problem !== undefined) {
      this.#send(offer.problem.members);
      return;
    }
    const from = wholeOnly ? 0 : this.#has;
    this.#has = offer.newest;
    this.#send(offer.update(from));
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
  }

  /** An answer follows a problem even when it is what it was before. */
  #lacks({ problem, newest }: Offer): boolean {
    if (problem !== undefined) return problem.number !== this.#toldProblem;
    return newest !== 0 && (newest !== this.#has || this.#toldProblem !== undefined);
  }

  #send(members: string): void {
    this.#options.client.send(`{"id":${jsonString(this.#options.id)},${members}}`);
  }
}
