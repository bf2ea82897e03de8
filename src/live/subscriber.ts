import { jsonString } from '../common/json-write.js';
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
  /** The version that the client has already; 0 = none. */
  readonly has: number;
}

/** One viewer of one evaluation: is told of the newest version that it lacks, while its socket takes it. */
export class Subscriber {
  readonly #options: SubscriberOptions;
  #has: number;
  /** Number of the problem that the client was told of last and that is not over for it. */
  #toldProblem: number | undefined;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#has = options.has;
  }

  offer(offer: Offer): void {
    if (!this.#lacks(offer) || this.#options.client.congested) return;
    this.#toldProblem = offer.problem?.number;
    if (offer.problem !== undefined) {
      this.#send(offer.problem.members);
      return;
    }
    const from = this.#options.wholeOnly ? 0 : this.#has;
    this.#has = offer.newest;
    this.#send(offer.update(from));
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
