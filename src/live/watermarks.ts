import type { Clock } from '../platform/clock.js';

/** An answer this young is shared by all that ask. */
const SHARED_FOR_MS = 50;

/** The newest event times of data sources, asked for at most once in a while, however many queries want them. */
export class Watermarks {
  readonly #clock: Clock;
  readonly #newestEventMs: (dataSource: string) => Promise<number | null>;
  readonly #asked = new Map<string, { readonly atMs: number; readonly answer: Promise<number | null> }>();

  /** @param newestEventMs epoch ms of the newest event of a data source that can be queried; null = none */
  constructor(clock: Clock, newestEventMs: (dataSource: string) => Promise<number | null>) {
    this.#clock = clock;
    this.#newestEventMs = newestEventMs;
  }

  /** Every event time that is up to here was seen by queries that begin from now on: the oldest watermark of the data sources; null = one has no event. */
  async of(dataSources: readonly string[]): Promise<number | null> {
    const all = await Promise.all(dataSources.map((dataSource) => this.#one(dataSource)));
    return all.reduce((least, one) => (least === null || one === null ? null : Math.min(least, one)), all[0] ?? null);
  }

  #one(dataSource: string): Promise<number | null> {
    const nowMs = this.#clock.monotonicMs();
    const asked = this.#asked.get(dataSource);
    if (asked !== undefined && nowMs - asked.atMs <= SHARED_FOR_MS) return asked.answer;
    const answer = this.#newestEventMs(dataSource);
    this.#asked.set(dataSource, { atMs: nowMs, answer });
    // A failure is the query's that asked, and nobody else's.
    answer.catch(() => this.#asked.delete(dataSource));
    return answer;
  }
}
