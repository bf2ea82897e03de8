import { jsonString } from '../common/json-write.js';
import type { AnswerState } from '../protocol/leaf.js';
import type { LiveClient } from './live-client.js';

/** A full answer as JSON text, with the state that it is exact at. */
export interface LiveAnswer {
  readonly result: string;
  readonly state: AnswerState;
}

interface Subscriber {
  readonly client: LiveClient;
  readonly id: string;
  /** Number of the last version sent; a congested client skips versions and gets the newest when it can take one. */
  sentVersion: number;
}

/**
 * One query evaluated once a period for all its subscribers. A new version exists when the answer's text changed; each
 * subscriber is sent the newest version that it lacks, never a backlog.
 */
export class SharedEvaluation {
  readonly #evaluate: () => Promise<LiveAnswer>;
  readonly #describeError: (error: unknown) => unknown;
  readonly #periodMs: number;
  readonly #subscribers = new Map<LiveClient, Map<string, Subscriber>>();
  #version = 0;
  #latest: { readonly body: string; readonly comparable: string } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: {
    readonly evaluate: () => Promise<LiveAnswer>;
    /** JSON data that tells a client why an evaluation failed. */
    readonly describeError: (error: unknown) => unknown;
    readonly periodMs: number;
  }) {
    this.#evaluate = options.evaluate;
    this.#describeError = options.describeError;
    this.#periodMs = options.periodMs;
    void this.#tick();
  }

  get empty(): boolean {
    return this.#subscribers.size === 0;
  }

  add(client: LiveClient, id: string): void {
    const subscriber: Subscriber = { client, id, sentVersion: 0 };
    const ofClient = this.#subscribers.get(client);
    if (ofClient === undefined) this.#subscribers.set(client, new Map([[id, subscriber]]));
    else ofClient.set(id, subscriber);
    this.#offer(subscriber);
  }

  remove(client: LiveClient, id: string): void {
    const ofClient = this.#subscribers.get(client);
    ofClient?.delete(id);
    if (ofClient?.size === 0) this.#subscribers.delete(client);
  }

  /** The client's socket has room again: it gets the newest version if it missed any. */
  drained(client: LiveClient): void {
    for (const subscriber of this.#subscribers.get(client)?.values() ?? []) this.#offer(subscriber);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #tick(): Promise<void> {
    const startedAt = performance.now();
    let comparable: string;
    let body: string;
    try {
      const answer = await this.#evaluate();
      comparable = answer.result;
      body = `"state":${JSON.stringify(answer.state)},"result":${answer.result}`;
    } catch (error) {
      comparable = `error:${String(error)}`;
      body = `"error":${JSON.stringify(this.#describeError(error))}`;
    }
    if (this.#stopped) return;
    if (comparable !== this.#latest?.comparable) {
      this.#version++;
      this.#latest = { body, comparable };
      for (const ofClient of this.#subscribers.values()) {
        for (const subscriber of ofClient.values()) this.#offer(subscriber);
      }
    }
    const pauseMs = Math.max(0, this.#periodMs - (performance.now() - startedAt));
    this.#timer = setTimeout(() => void this.#tick(), pauseMs);
  }

  #offer(subscriber: Subscriber): void {
    if (this.#latest === undefined || subscriber.sentVersion === this.#version || subscriber.client.congested) return;
    subscriber.sentVersion = this.#version;
    const type = this.#latest.body.startsWith('"error"') ? 'error' : 'answer';
    subscriber.client.send(`{"type":"${type}","id":${jsonString(subscriber.id)},${this.#latest.body}}`);
  }
}
