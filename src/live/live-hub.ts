import { invalidInput } from '../common/druid-error.js';
import type { Clock, Timer } from '../platform/clock.js';
import { EvaluationTurns } from './evaluation-turns.js';
import type { LiveClient } from './live-client.js';
import type { LiveSource } from './live-source.js';
import { SharedEvaluation } from './shared-evaluation.js';
import { VersionBudget } from './version-log.js';

export const MIN_PERIOD_MS = 100;
const MAX_PERIOD_MS = 86_400_000;
const MAX_SUBSCRIPTIONS_PER_CLIENT = 200;
/** How long versions that nobody watches are kept for clients that come back. */
const KEEP_UNWATCHED_MS = 60_000;
const MAX_UNWATCHED = 1000;
/** Its multiples fill the unit interval evenly, however many there are. */
const GOLDEN_RATIO = 0.618_033_988_749_895;

export interface Subscription {
  /** Chosen by the client; answers carry it. */
  readonly id: string;
  readonly source: LiveSource;
  /** Answers come at most once a period. */
  readonly periodMs: number;
  /** Every message has the whole answer. */
  readonly wholeOnly: boolean;
  /** The cursor of the last message that the client has; null = it has none. */
  readonly resume: string | null;
}

export interface LiveHubOptions {
  readonly describeError: (error: unknown) => unknown;
  readonly clock: Clock;
  /** Text that no other hub has, of this or another process. */
  readonly instance: string;
}

/** Live queries: who watches what. Equal subscriptions share one evaluation. */
export class LiveHub {
  readonly #options: LiveHubOptions;
  readonly #evaluations = new Map<string, SharedEvaluation>();
  readonly #byClient = new Map<LiveClient, Map<string, string>>();
  /** Of evaluations that nobody watches, in the order in which they were left: what will forget them. */
  readonly #unwatched = new Map<string, Timer>();
  readonly #budget = new VersionBudget();
  readonly #turns: EvaluationTurns;
  #named = 0;

  constructor(options: LiveHubOptions) {
    this.#options = options;
    this.#turns = new EvaluationTurns(options.clock);
  }

  /** Evaluations that run now, for metrics. */
  get evaluations(): number {
    return this.#evaluations.size - this.#unwatched.size;
  }

  get clients(): number {
    return this.#byClient.size;
  }

  /**
   * Starts a subscription; one of the same id and client is replaced.
   * @returns whether it goes on where `resume` says; otherwise it begins with a snapshot
   * @throws DruidError INVALID_INPUT
   */
  subscribe(client: LiveClient, { id, source, periodMs, wholeOnly, resume }: Subscription): boolean {
    if (!(periodMs >= MIN_PERIOD_MS && periodMs <= MAX_PERIOD_MS)) {
      throw invalidInput(`Period [${periodMs}] must be between [${MIN_PERIOD_MS}] and [${MAX_PERIOD_MS}] ms`);
    }
    this.unsubscribe(client, id);
    const mine = this.#byClient.get(client) ?? new Map<string, string>();
    if (mine.size >= MAX_SUBSCRIPTIONS_PER_CLIENT) {
      throw invalidInput(`Connection has [${mine.size}] subscriptions, the most that one may have`);
    }
    const key = `${periodMs}|${source.key}`;
    const evaluation = this.#watched(key, source, periodMs);
    mine.set(id, key);
    this.#byClient.set(client, mine);
    return evaluation.add({ client, id, wholeOnly, resume });
  }

  unsubscribe(client: LiveClient, id: string): void {
    const mine = this.#byClient.get(client);
    const key = mine?.get(id);
    if (mine === undefined || key === undefined) return;
    mine.delete(id);
    if (mine.size === 0) this.#byClient.delete(client);
    const evaluation = this.#evaluations.get(key);
    evaluation?.remove(client, id);
    if (evaluation?.empty === true) this.#leave(key);
  }

  /** The connection is gone. */
  leave(client: LiveClient): void {
    for (const id of this.#byClient.get(client)?.keys() ?? []) this.unsubscribe(client, id);
  }

  /** The connection can take messages again. */
  drained(client: LiveClient): void {
    for (const key of new Set(this.#byClient.get(client)?.values())) this.#evaluations.get(key)?.drained(client);
  }

  stop(): void {
    for (const timer of this.#unwatched.values()) this.#options.clock.clearTimeout(timer);
    for (const evaluation of this.#evaluations.values()) evaluation.stop();
    this.#unwatched.clear();
    this.#evaluations.clear();
    this.#byClient.clear();
  }

  #watched(key: string, source: LiveSource, periodMs: number): SharedEvaluation {
    const timer = this.#unwatched.get(key);
    if (timer !== undefined) this.#options.clock.clearTimeout(timer);
    this.#unwatched.delete(key);
    let evaluation = this.#evaluations.get(key);
    if (evaluation === undefined) {
      const { describeError, clock, instance } = this.#options;
      const phase = (this.#named * GOLDEN_RATIO) % 1;
      const name = `${instance}.${++this.#named}`;
      const [budget, turns] = [this.#budget, this.#turns];
      evaluation = new SharedEvaluation({ name, source, describeError, periodMs, phase, clock, budget, turns });
      this.#evaluations.set(key, evaluation);
    }
    return evaluation;
  }

  #leave(key: string): void {
    this.#unwatched.set(
      key,
      this.#options.clock.setTimeout(() => this.#forget(key), KEEP_UNWATCHED_MS),
    );
    const [oldest] = this.#unwatched;
    if (this.#unwatched.size <= MAX_UNWATCHED || oldest === undefined) return;
    this.#options.clock.clearTimeout(oldest[1]);
    this.#forget(oldest[0]);
  }

  #forget(key: string): void {
    this.#evaluations.get(key)?.stop();
    this.#unwatched.delete(key);
    this.#evaluations.delete(key);
  }
}
