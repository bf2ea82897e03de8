import type { DruidError } from '../common/druid-error.js';
import type { Table } from '../vectors/table.js';
import type { QueryControl } from './query-control.js';

export interface EngineOutcome {
  /** At least one; those of some threads may have been merged already. */
  readonly partials: readonly Table[];
  readonly rowsScanned: number;
  /** Rows of a scan that were left out because the plan's `skipRows` says so: those before the rows of `partials`. */
  readonly rowsSkipped: number;
}

export interface OpenQueryOptions {
  readonly id: number;
  readonly control: QueryControl;
  readonly signal: AbortSignal;
  /** Rejection need not wait for the threads: someone else waits for `onEnd`. */
  readonly rejectsAtOnce: boolean;
  /** Called once, when no thread works on the query any more and none will. */
  readonly onEnd: () => void;
}

/** A query that threads work on, as the main thread sees it: it has ended when all threads that joined have reported. */
export class OpenQuery {
  readonly id: number;
  readonly outcome: Promise<EngineOutcome>;
  readonly #options: OpenQueryOptions;
  readonly #reported = new Set<number>();
  readonly #partials: Table[] = [];
  readonly #onAbort = (): void => this.fail(this.#options.signal.reason);
  #resolve!: (outcome: EngineOutcome) => void;
  #reject!: (error: unknown) => void;
  /** Known when nobody can join any more. */
  #joined: number | undefined;
  #rowsScanned = 0;
  #rowsSkipped = 0;
  #failure: { readonly error: unknown } | undefined;
  #isOver = false;

  constructor(options: OpenQueryOptions) {
    this.id = options.id;
    this.#options = options;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** A thread that joined has left. @param joined from the last to leave: how many did; else 0 */
  left(thread: number, { partials, rowsScanned, rowsSkipped }: EngineOutcome, joined: number): void {
    this.#reported.add(thread);
    this.#partials.push(...partials);
    this.#rowsScanned += rowsScanned;
    this.#rowsSkipped += rowsSkipped;
    if (joined > 0) this.#joined ??= joined;
    this.#endWhenAllReported();
  }

  /** A thread that joined stopped at an error. */
  threadFailed(thread: number, error: unknown): void {
    this.#reported.add(thread);
    this.fail(error);
  }

  /** A thread is gone for good. False when it had no part in the query. */
  threadDied(thread: number, error: DruidError): boolean {
    if (this.#reported.has(thread) || !this.#options.control.hasJoined(thread)) return false;
    this.threadFailed(thread, error);
    return true;
  }

  /** Nobody wants the result any more: threads drop the query before their next block. */
  fail(error: unknown): void {
    const { control, rejectsAtOnce } = this.#options;
    this.#failure ??= { error };
    control.cancel();
    this.#joined ??= control.close();
    if (rejectsAtOnce) this.#reject(error);
    this.#endWhenAllReported();
  }

  /** No thread is left at all. */
  abandon(error: unknown): void {
    this.fail(error);
    this.#end();
  }

  #endWhenAllReported(): void {
    if (this.#reported.size === this.#joined) this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { signal, onEnd } = this.#options;
    signal.removeEventListener('abort', this.#onAbort);
    onEnd();
    if (this.#failure !== undefined) this.#reject(this.#failure.error);
    else {
      this.#resolve({
        partials: this.#partials,
        rowsScanned: this.#rowsScanned,
        rowsSkipped: this.#rowsSkipped,
      });
    }
  }
}
