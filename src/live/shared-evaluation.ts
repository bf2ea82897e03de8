import { invalidInput } from '../common/druid-error.js';
import type { Clock, Timer } from '../platform/clock.js';
import type { AnswerState } from '../protocol/leaf.js';
import type { LiveClient } from './live-client.js';
import { Subscriber, type Version } from './subscriber.js';

/** A full answer as JSON text, with the state that it is exact at. */
export interface LiveAnswer {
  readonly result: string;
  readonly state: AnswerState;
}

export interface SharedEvaluationOptions {
  /** `signal` aborts when nobody waits for the answer any more. */
  readonly evaluate: (signal: AbortSignal) => Promise<LiveAnswer>;
  /** JSON data that tells a client why an evaluation failed. */
  readonly describeError: (error: unknown) => unknown;
  readonly periodMs: number;
  readonly clock: Clock;
}

/** A client is sent whole answers only, so this is what one subscription may have waiting in a socket. */
const MAX_ANSWER_CHARS = 1024 * 1024;

/**
 * One query evaluated once a period for all its subscribers. A new version exists when the answer's text changed; each
 * subscriber is sent the newest version that it lacks, never a backlog.
 */
export class SharedEvaluation {
  readonly #options: SharedEvaluationOptions;
  readonly #subscribers = new Map<LiveClient, Map<string, Subscriber>>();
  readonly #abort = new AbortController();
  #latest: (Version & { readonly comparable: string }) | undefined;
  #timer: Timer | undefined;

  constructor(options: SharedEvaluationOptions) {
    this.#options = options;
    void this.#tick();
  }

  get empty(): boolean {
    return this.#subscribers.size === 0;
  }

  /** The newest version is sent in a later turn, so that the subscription can be confirmed first. */
  add(client: LiveClient, id: string): void {
    const { periodMs, clock } = this.#options;
    const subscriber = new Subscriber(client, id, periodMs, clock);
    const ofClient = this.#subscribers.get(client);
    if (ofClient === undefined) this.#subscribers.set(client, new Map([[id, subscriber]]));
    else ofClient.set(id, subscriber);
    queueMicrotask(() => this.#offer(subscriber));
  }

  remove(client: LiveClient, id: string): void {
    const ofClient = this.#subscribers.get(client);
    ofClient?.get(id)?.stop();
    ofClient?.delete(id);
    if (ofClient?.size === 0) this.#subscribers.delete(client);
  }

  /** The client's socket has room again: it gets the newest version if it missed any. */
  drained(client: LiveClient): void {
    for (const subscriber of this.#subscribers.get(client)?.values() ?? []) this.#offer(subscriber);
  }

  /** Ends the evaluation, also one under way. */
  stop(): void {
    this.#abort.abort();
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    for (const ofClient of this.#subscribers.values()) for (const subscriber of ofClient.values()) subscriber.stop();
    this.#subscribers.clear();
  }

  async #tick(): Promise<void> {
    const { clock, periodMs } = this.#options;
    const startedAtMs = clock.monotonicMs();
    const found = await this.#evaluated();
    if (this.#abort.signal.aborted) return;
    if (found.comparable !== this.#latest?.comparable) {
      this.#latest = { ...found, number: (this.#latest?.number ?? 0) + 1 };
      for (const ofClient of this.#subscribers.values()) {
        for (const subscriber of ofClient.values()) this.#offer(subscriber);
      }
    }
    // A client may have left because of what it was sent.
    if (this.#abort.signal.aborted) return;
    const pauseMs = Math.max(0, periodMs - (clock.monotonicMs() - startedAtMs));
    this.#timer = clock.setTimeout(() => void this.#tick(), pauseMs);
  }

  async #evaluated(): Promise<Omit<Version, 'number'> & { readonly comparable: string }> {
    const { evaluate, describeError } = this.#options;
    try {
      const { result, state } = await evaluate(this.#abort.signal);
      if (result.length > MAX_ANSWER_CHARS) {
        const message = `Answer of [${result.length}] characters exceeds the limit of [${MAX_ANSWER_CHARS}] for live queries`;
        return failure(describeError(invalidInput(message)));
      }
      return { type: 'answer', comparable: result, members: `"state":${JSON.stringify(state)},"result":${result}` };
    } catch (error) {
      return failure(describeError(error));
    }
  }

  #offer(subscriber: Subscriber): void {
    subscriber.offer(() => this.#latest);
  }
}

function failure(description: unknown): Omit<Version, 'number'> & { readonly comparable: string } {
  const members = `"error":${JSON.stringify(description)}`;
  return { type: 'error', comparable: members, members };
}
