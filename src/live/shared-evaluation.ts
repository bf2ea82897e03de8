import { invalidInput } from '../common/druid-error.js';
import type { Clock, Timer } from '../platform/clock.js';
import type { EvaluationTurns } from './evaluation-turns.js';
import type { LiveClient } from './live-client.js';
import type { LiveSource } from './live-source.js';
import { type Offer, Subscriber } from './subscriber.js';
import { type VersionBudget, VersionLog } from './version-log.js';

export interface SharedEvaluationOptions {
  /** Begins every cursor: unlike that of any other evaluation, also of another process. */
  readonly name: string;
  readonly source: LiveSource;
  /** JSON data that tells a client why an evaluation failed. */
  readonly describeError: (error: unknown) => unknown;
  readonly periodMs: number;
  /** 0 to 1, 1 excluded: the part of a period by which the second evaluation comes sooner, so that those of different queries spread over time. */
  readonly phase: number;
  readonly clock: Clock;
  readonly budget: VersionBudget;
  readonly turns: EvaluationTurns;
}

/** What one client asks of an evaluation. */
export interface View {
  readonly client: LiveClient;
  readonly id: string;
  readonly wholeOnly: boolean;
  /** A cursor that the client has been given before. */
  readonly resume: string | null;
}

/** What one subscription may have waiting in a socket. */
const MAX_ANSWER_CHARS = 1024 * 1024;

/**
 * One query evaluated once a period for all its subscribers. A new version exists when the answer changed; each subscriber is told what
 * changed since the version that it has, never a backlog. Without subscribers nothing is evaluated, but the versions are kept.
 */
export class SharedEvaluation {
  readonly #options: SharedEvaluationOptions;
  readonly #subscribers = new Map<LiveClient, Map<string, Subscriber>>();
  readonly #log: VersionLog;
  #problem: Offer['problem'];
  #problems = 0;
  /** Of the evaluation that goes on; undefined while nobody watches. */
  #running: AbortController | undefined;
  /** False until the first answer since somebody watches: what was found before is too old to be shown. */
  #isFresh = false;
  #timer: Timer | undefined;

  constructor(options: SharedEvaluationOptions) {
    this.#options = options;
    this.#log = new VersionLog(options.budget);
  }

  get empty(): boolean {
    return this.#subscribers.size === 0;
  }

  /** @returns whether the client goes on from its cursor. The newest version is sent in a later turn, so that this can be told first. */
  add({ client, id, wholeOnly, resume }: View): boolean {
    const has = this.#versionOf(resume);
    const subscriber = new Subscriber({ client, id, wholeOnly, has });
    const ofClient = this.#subscribers.get(client);
    if (ofClient === undefined) this.#subscribers.set(client, new Map([[id, subscriber]]));
    else ofClient.set(id, subscriber);
    if (this.#running === undefined) this.#start();
    else queueMicrotask(() => this.#offerLater(client, id, subscriber));
    return has !== 0;
  }

  remove(client: LiveClient, id: string): void {
    const ofClient = this.#subscribers.get(client);
    ofClient?.delete(id);
    if (ofClient?.size === 0) this.#subscribers.delete(client);
    if (this.empty) this.#pause();
  }

  /** The client's socket has room again: it gets the newest version if it missed any. */
  drained(client: LiveClient): void {
    if (!this.#isFresh) return;
    const offer = this.#current();
    for (const subscriber of this.#subscribers.get(client)?.values() ?? []) subscriber.offer(offer);
  }

  /** Ends the evaluation, also one under way, and forgets its versions. */
  stop(): void {
    this.#pause();
    this.#subscribers.clear();
    this.#log.clear();
  }

  #start(): void {
    this.#running = new AbortController();
    this.#isFresh = false;
    const { periodMs, phase } = this.#options;
    void this.#tick(this.#running.signal, periodMs * (1 - phase));
  }

  #pause(): void {
    this.#running?.abort();
    this.#running = undefined;
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #tick(signal: AbortSignal, nextInMs: number): Promise<void> {
    const { clock, periodMs } = this.#options;
    const startedAtMs = clock.monotonicMs();
    await this.#evaluate(signal);
    if (signal.aborted) return;
    this.#isFresh = true;
    const offer = this.#current();
    for (const ofClient of this.#subscribers.values()) {
      for (const subscriber of ofClient.values()) subscriber.offer(offer);
    }
    // A client may have left because of what it was sent.
    if (signal.aborted) return;
    const pauseMs = Math.max(0, nextInMs - (clock.monotonicMs() - startedAtMs));
    this.#timer = clock.setTimeout(() => void this.#tick(signal, periodMs), pauseMs);
  }

  async #evaluate(signal: AbortSignal): Promise<void> {
    const { source, describeError, turns } = this.#options;
    const endTurn = await turns.take();
    try {
      if (signal.aborted) return;
      const answer = await source.evaluate(signal);
      if (signal.aborted) return;
      const length = answer.rows.reduce((sum, { text }) => sum + text.length + 1, 0);
      if (length > MAX_ANSWER_CHARS) {
        throw invalidInput(
          `Answer of [${length}] characters exceeds the limit of [${MAX_ANSWER_CHARS}] for live queries`,
        );
      }
      this.#log.add(answer);
      this.#problem = undefined;
    } catch (error) {
      if (signal.aborted) return;
      const members = `"type":"error","error":${JSON.stringify(describeError(error))}`;
      if (members !== this.#problem?.members) this.#problem = { number: ++this.#problems, members };
    } finally {
      endTurn();
    }
  }

  /** Unless it has left meanwhile. */
  #offerLater(client: LiveClient, id: string, subscriber: Subscriber): void {
    if (this.#isFresh && this.#subscribers.get(client)?.get(id) === subscriber) subscriber.offer(this.#current());
  }

  #current(): Offer {
    const cursor = (number: number): string => `${this.#options.name}.${number}`;
    return {
      newest: this.#log.newest,
      problem: this.#problem,
      update: (from) => (from === 0 ? this.#log.snapshot(cursor) : this.#log.since(from, cursor)),
    };
  }

  /** The version that a cursor names, if it is still held; else 0. */
  #versionOf(cursor: string | null): number {
    const prefix = `${this.#options.name}.`;
    if (cursor?.startsWith(prefix) !== true) return 0;
    const number = Number(cursor.slice(prefix.length));
    return this.#log.holds(number) ? number : 0;
  }
}
