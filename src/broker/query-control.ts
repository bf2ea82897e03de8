import { DruidError } from '../common/druid-error.js';

/** How often a query that is stopped may say why: its id, its limits and the signal that all its work listens to. */
export class QueryControl {
  readonly queryId: string;
  /** Epoch ms; 0 = none. */
  readonly deadlineMs: number;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(queryId: string, timeoutMs: number, nowMs: number) {
    this.queryId = queryId;
    this.deadlineMs = timeoutMs > 0 ? nowMs + timeoutMs : 0;
    if (timeoutMs > 0) {
      this.#timer = setTimeout(() => this.#abort.abort(timedOut(queryId)), Math.min(timeoutMs, 2 ** 31 - 1));
      this.#timer.unref();
    }
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Stops the query's work: its client asked for it or went away. */
  cancel(): void {
    this.#abort.abort(queryCancelled(this.queryId));
  }

  /** Must be called when the query is over. */
  finish(): void {
    clearTimeout(this.#timer);
  }
}

/** @source Druid `query/QueryTimeoutException.java` */
function timedOut(queryId: string): DruidError {
  return new DruidError(`Query [${queryId}] timed out`, {
    category: 'TIMEOUT',
    persona: 'OPERATOR',
    errorCode: 'legacyQueryException',
    legacy: { error: 'Query timeout', errorClass: 'org.apache.druid.query.QueryTimeoutException' },
  });
}

/** @source Druid `query/QueryInterruptedException.java` */
export function queryCancelled(queryId: string): DruidError {
  return new DruidError(`Query [${queryId}] was cancelled`, {
    category: 'CANCELED',
    persona: 'OPERATOR',
    errorCode: 'legacyQueryException',
    legacy: { error: 'Query cancelled', errorClass: 'java.util.concurrent.CancellationException' },
  });
}
