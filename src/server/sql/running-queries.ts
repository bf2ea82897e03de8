import type { Clock } from '../../platform/clock.js';

const LOOK_MS = 20;

/** A query that is planned, run or sent. */
export interface RunningQuery {
  /** `sqlQueryId` or `queryId`. */
  readonly id: string;
  /** How it came: SQL over HTTP, by JDBC, or as native JSON. */
  readonly type: 'sql' | 'jdbc' | 'native';
  /** Text of SQL; the query type of a native one. */
  readonly statement: string;
  readonly startedAtMs: number;
}

/** The queries that a broker is busy with: what `sys.queries` lists and what can be cancelled. */
export class RunningQueries {
  readonly #queries = new Set<RunningQuery>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  has(id: string): boolean {
    return this.list().some((query) => query.id === id);
  }

  /** In order of their begin. */
  list(): readonly RunningQuery[] {
    return [...this.#queries];
  }

  /** Waits for the queries of this moment, not for later ones. @returns how many of them are not over after `limitMs` */
  async settled(clock: Clock, limitMs: number): Promise<number> {
    const deadlineMs = clock.monotonicMs() + limitMs;
    for (let left = this.list(); ; left = left.filter((query) => this.#queries.has(query))) {
      if (left.length === 0 || clock.monotonicMs() >= deadlineMs) return left.length;
      await clock.sleep(LOOK_MS);
    }
  }

  /** @returns to be called when it is over; calling again changes nothing */
  enter(query: Omit<RunningQuery, 'startedAtMs'>): () => void {
    const running = { ...query, startedAtMs: this.#nowMs() };
    this.#queries.add(running);
    return () => {
      this.#queries.delete(running);
    };
  }
}
