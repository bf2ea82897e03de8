import { type ConnectionState, LiveClient } from '../client/live-client.js';

export type { ConnectionState };

/** One answer of a live query. */
export interface LiveAnswer {
  readonly result: readonly unknown[];
  /** The server's time at which the query was evaluated. */
  readonly evaluatedAtMs: number;
}

export interface LiveConnectionListener {
  readonly onState: (state: ConnectionState) => void;
  /** Why a watched query cannot be answered now; undefined when all can. */
  readonly onProblem: (message: string | undefined) => void;
}

export interface Watch {
  readonly query: object;
  readonly periodMs: number;
  /** ISO period that the query looks back over; without it, the query's own interval holds. */
  readonly window?: string;
  readonly onAnswer: (answer: LiveAnswer) => void;
}

/** A server that comes back is noticed at once: the page is one of few clients, and a look at a closed port costs nothing. */
const LONGEST_RETRY_MS = 2000;

/** What the page watches. */
export class LiveConnection {
  readonly #client: LiveClient;
  readonly #listener: LiveConnectionListener;
  /** What ends each. */
  readonly #watches = new Set<() => void>();
  /** Watched queries that failed when they were last evaluated. */
  readonly #problems = new Map<Watch, string>();

  constructor(listener: LiveConnectionListener) {
    this.#listener = listener;
    const onState = (state: ConnectionState): void => {
      if (state === 'live') this.#forgetProblems();
      listener.onState(state);
    };
    this.#client = new LiveClient(new URL('/', location.href), { onState, longestRetryMs: LONGEST_RETRY_MS });
  }

  get live(): boolean {
    return this.#client.state === 'live';
  }

  watch(watch: Watch): void {
    const { query, periodMs, window, onAnswer } = watch;
    const end = this.#client.subscribe(
      { query, periodMs, ...(window !== undefined && { window }) },
      {
        onAnswer: ({ result, state }) => {
          if (this.#problems.delete(watch)) this.#tellProblem();
          onAnswer({ result, evaluatedAtMs: Date.parse(state.evaluatedAt) });
        },
        onProblem: ({ errorMessage }) => {
          this.#problems.set(watch, errorMessage ?? 'The server does not say why.');
          this.#tellProblem();
        },
      },
    );
    this.#watches.add(end);
  }

  unwatchAll(): void {
    for (const end of this.#watches) end();
    this.#watches.clear();
    this.#forgetProblems();
  }

  #forgetProblems(): void {
    this.#problems.clear();
    this.#tellProblem();
  }

  #tellProblem(): void {
    this.#listener.onProblem(this.#problems.values().next().value);
  }
}
