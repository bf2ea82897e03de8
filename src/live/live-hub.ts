import { invalidInput } from '../common/druid-error.js';
import { addPeriod, parsePeriod } from '../common/period.js';
import { UTC } from '../common/time-zone.js';
import { canonicalQueryKey } from '../plan/canonical-query-key.js';
import type { Clock } from '../platform/clock.js';
import type { NativeQuery } from '../query/native-query.js';
import type { LiveClient } from './live-client.js';
import { type LiveAnswer, SharedEvaluation } from './shared-evaluation.js';

export const MIN_PERIOD_MS = 100;
const MAX_PERIOD_MS = 86_400_000;
const MAX_SUBSCRIPTIONS_PER_CLIENT = 200;

export interface Subscription {
  /** Chosen by the client; answers carry it. */
  readonly id: string;
  readonly query: NativeQuery;
  /** Answers come at most once a period. */
  readonly periodMs: number;
  /** ISO period: the query's interval is the last `window` before each evaluation, instead of its own. */
  readonly window: string | null;
}

export interface LiveHubOptions {
  /** `signal` aborts when nobody waits for the answer any more. */
  readonly evaluate: (query: NativeQuery, signal: AbortSignal) => Promise<LiveAnswer>;
  readonly describeError: (error: unknown) => unknown;
  readonly clock: Clock;
}

/** Live queries: who watches what. Equal subscriptions share one evaluation. */
export class LiveHub {
  readonly #options: LiveHubOptions;
  readonly #evaluations = new Map<string, SharedEvaluation>();
  readonly #byClient = new Map<LiveClient, Map<string, string>>();

  constructor(options: LiveHubOptions) {
    this.#options = options;
  }

  /** Evaluations that run now, for metrics. */
  get evaluations(): number {
    return this.#evaluations.size;
  }

  get clients(): number {
    return this.#byClient.size;
  }

  /** Starts a subscription; one of the same id and client is replaced. @throws DruidError INVALID_INPUT */
  subscribe(client: LiveClient, subscription: Subscription): void {
    const { id, periodMs } = subscription;
    if (!(periodMs >= MIN_PERIOD_MS && periodMs <= MAX_PERIOD_MS)) {
      throw invalidInput(`Period [${periodMs}] must be between [${MIN_PERIOD_MS}] and [${MAX_PERIOD_MS}] ms`);
    }
    if (subscription.query.queryType === 'scan')
      throw invalidInput('Query type [scan] cannot be live: subscribe to an aggregate');
    const evaluate = this.#evaluator(subscription);
    this.unsubscribe(client, id);
    const mine = this.#byClient.get(client) ?? new Map<string, string>();
    if (mine.size >= MAX_SUBSCRIPTIONS_PER_CLIENT) {
      throw invalidInput(`Connection has [${mine.size}] subscriptions, the most that one may have`);
    }
    const key = `${subscription.window ?? ''}|${periodMs}|${canonicalQueryKey(subscription.query)}`;
    let evaluation = this.#evaluations.get(key);
    if (evaluation === undefined) {
      const { describeError, clock } = this.#options;
      evaluation = new SharedEvaluation({ evaluate, describeError, periodMs, clock });
      this.#evaluations.set(key, evaluation);
    }
    mine.set(id, key);
    this.#byClient.set(client, mine);
    evaluation.add(client, id);
  }

  unsubscribe(client: LiveClient, id: string): void {
    const mine = this.#byClient.get(client);
    const key = mine?.get(id);
    if (mine === undefined || key === undefined) return;
    mine.delete(id);
    if (mine.size === 0) this.#byClient.delete(client);
    const evaluation = this.#evaluations.get(key);
    evaluation?.remove(client, id);
    if (evaluation?.empty === true) {
      evaluation.stop();
      this.#evaluations.delete(key);
    }
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
    for (const evaluation of this.#evaluations.values()) evaluation.stop();
    this.#evaluations.clear();
    this.#byClient.clear();
  }

  #evaluator(subscription: Subscription): (signal: AbortSignal) => Promise<LiveAnswer> {
    const { query, window } = subscription;
    const { clock, evaluate } = this.#options;
    if (window === null) return (signal) => evaluate(query, signal);
    const period = parsePeriod(window);
    if (period === undefined || addPeriod(0, period, 1, UTC) <= 0) {
      throw invalidInput(`Window [${window}] is not an ISO period of some length`);
    }
    return (signal) => {
      const nowMs = clock.nowMs();
      const interval = { startMs: addPeriod(nowMs, period, -1, UTC), endMs: nowMs + 1 };
      return evaluate({ ...query, intervals: [interval] }, signal);
    };
  }
}
