import { applyDelta, type Delta } from './apply-delta.js';
import type { LiveProblem, LiveState, ServerMessage } from './messages.js';

export type { Delta, LiveProblem, LiveState };
export { applyDelta };

/** What to watch: a native query or a statement of SQL. */
export type LiveQuery = {
  /** Answers come at most once in this time; the server's default is 1000 ms, its least 100. */
  readonly periodMs?: number;
} & (
  | {
      readonly query: object;
      /** ISO period: the query looks back over it from each evaluation, instead of over its own intervals. */
      readonly window?: string;
    }
  | { readonly sql: string; readonly context?: object; readonly parameters?: readonly object[] }
);

export interface LiveAnswer<Row> {
  /** As `POST /druid/v2` or `POST /druid/v2/sql` would answer at this state. Rows that did not change since the last answer are the same objects. */
  readonly result: readonly Row[];
  readonly state: LiveState;
  /** The newest event time that had been seen before the query was evaluated; null = none yet. */
  readonly watermark: Date | null;
  /** How this answer came from the one before; undefined when it came whole. */
  readonly delta: Delta | undefined;
}

export interface LiveObserver<Row> {
  readonly onAnswer: (answer: LiveAnswer<Row>) => void;
  /** There is no answer now; the subscription goes on, and an answer follows when there is one again. */
  readonly onProblem?: (problem: LiveProblem) => void;
}

/** `lost`: it was or could not be made, and is tried again. */
export type ConnectionState = 'connecting' | 'live' | 'lost' | 'closed';

/** What of a WebSocket is used: a browser's, or that of the package `ws`. */
export interface SocketLike {
  readonly readyState: number;
  send(data: string): void;
  close(): void;
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

export interface LiveClientOptions {
  /** Absent: the global one, which browsers have and Node 20 has not. */
  readonly WebSocket?: new (
    url: string,
  ) => SocketLike;
  /** Of every change; a client begins as `connecting`. */
  readonly onState?: (state: ConnectionState) => void;
  /** Pauses before connecting again double from the first to the longest; absent = 250 and 10,000 ms. */
  readonly firstRetryMs?: number;
  readonly longestRetryMs?: number;
}

interface Watch {
  readonly query: LiveQuery;
  readonly observer: LiveObserver<unknown>;
  result: readonly unknown[];
  cursor: string | undefined;
}

const OPEN = 1;

/** One connection with any number of live queries. It connects again by itself and goes on where it was. */
export class LiveClient {
  readonly #url: string;
  readonly #options: LiveClientOptions;
  /** By subscription id. An id is never used again, so that no late message is taken for one of another query. */
  readonly #watches = new Map<string, Watch>();
  #socket: SocketLike | undefined;
  #state: ConnectionState = 'connecting';
  #retryMs: number;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #lastId = 0;

  /** @param url of the server (`http://127.0.0.1:8888`), or of its socket (`wss://host/v1/live`) */
  constructor(url: string | URL, options: LiveClientOptions = {}) {
    const target = new URL(url);
    target.protocol = target.protocol.replace(/^http/, 'ws');
    if (target.pathname === '/') target.pathname = '/v1/live';
    this.#url = target.href;
    this.#options = options;
    this.#retryMs = options.firstRetryMs ?? 250;
    this.#connect();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Begins to watch. @returns what ends it */
  subscribe<Row = unknown>(query: LiveQuery, observer: LiveObserver<Row>): () => void {
    const id = String(++this.#lastId);
    const watch: Watch = { query, observer: observer as LiveObserver<unknown>, result: [], cursor: undefined };
    this.#watches.set(id, watch);
    this.#send({ type: 'subscribe', id, ...query });
    return () => {
      if (this.#watches.delete(id)) this.#send({ type: 'unsubscribe', id });
    };
  }

  /** Ends the connection and all that is watched. */
  close(): void {
    this.#watches.clear();
    clearTimeout(this.#retry);
    this.#tell('closed');
    this.#socket?.close();
  }

  #connect(): void {
    const Socket = this.#options.WebSocket ?? (globalThis as { WebSocket?: new (url: string) => SocketLike }).WebSocket;
    if (Socket === undefined) {
      throw new Error("No WebSocket here: pass one, for example { WebSocket } from the package 'ws'");
    }
    const socket = new Socket(this.#url);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#retryMs = this.#options.firstRetryMs ?? 250;
      this.#tell('live');
      for (const [id, { query, cursor }] of this.#watches) {
        this.#send({ type: 'subscribe', id, ...query, ...(cursor !== undefined && { resume: cursor }) });
      }
    });
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data)) as ServerMessage));
    // What went wrong is told by the closing that follows.
    socket.addEventListener('error', () => {});
    socket.addEventListener('close', () => {
      if (this.#state === 'closed') return;
      this.#tell('lost');
      // A server that comes back is not to meet all of its clients at once.
      this.#retry = setTimeout(() => this.#connect(), this.#retryMs * (0.75 + Math.random() / 2));
      this.#retryMs = Math.min(this.#retryMs * 2, this.#options.longestRetryMs ?? 10_000);
    });
  }

  #receive(message: ServerMessage): void {
    if (message.type === 'pong' || message.id === null) return;
    const watch = this.#watches.get(message.id);
    if (watch === undefined) return;
    switch (message.type) {
      case 'snapshot':
        this.#show(watch, message, message.result, undefined);
        return;
      case 'delta':
        if (message.from === watch.cursor)
          this.#show(watch, message, applyDelta(watch.result, message.delta), message.delta);
        // Never seen to happen; a wrong answer would be worse than a new one.
        else this.#send({ type: 'subscribe', id: message.id, ...watch.query });
        return;
      case 'error':
        watch.observer.onProblem?.(message.error);
        return;
      default:
    }
  }

  #show(
    watch: Watch,
    {
      cursor,
      state,
      watermark,
    }: { readonly cursor: string; readonly state: LiveState; readonly watermark: string | null },
    result: readonly unknown[],
    delta: Delta | undefined,
  ): void {
    watch.result = result;
    watch.cursor = cursor;
    watch.observer.onAnswer({ result, state, watermark: watermark === null ? null : new Date(watermark), delta });
  }

  /** What is sent before the connection is there is sent by `open`. */
  #send(message: object): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(message));
  }

  #tell(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}
