/** One answer of a live query. */
export interface LiveAnswer {
  readonly result: readonly unknown[];
  /** The server's time at which the query was evaluated. */
  readonly evaluatedAtMs: number;
}

export type ConnectionState = 'connecting' | 'live' | 'lost';

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

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly result: readonly unknown[];
  readonly state: { readonly evaluatedAt: string };
  readonly error?: { readonly errorMessage?: string | null };
}

const FIRST_RETRY_MS = 250;
/** A server that comes back is noticed at once: the page is one of few clients, and a look at a closed port costs nothing. */
const LONGEST_RETRY_MS = 2000;

/** The page's WebSocket: subscribes, and does so again after every reconnect. */
export class LiveConnection {
  readonly #listener: LiveConnectionListener;
  /** By subscription id. An id is never used again, so that no late answer is taken for one to another query. */
  readonly #watches = new Map<string, Watch>();
  /** Watched queries that failed when they were last evaluated. */
  readonly #problems = new Map<string, string>();
  #socket: WebSocket | undefined;
  #retryMs = FIRST_RETRY_MS;
  #lastId = 0;

  constructor(listener: LiveConnectionListener) {
    this.#listener = listener;
    this.#connect();
  }

  get live(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  watch(watch: Watch): void {
    const id = String(++this.#lastId);
    this.#watches.set(id, watch);
    if (this.live) this.#subscribe(id, watch);
  }

  unwatchAll(): void {
    if (this.live) {
      for (const id of this.#watches.keys()) this.#socket?.send(JSON.stringify({ type: 'unsubscribe', id }));
    }
    this.#watches.clear();
    this.#forgetProblems();
  }

  #connect(): void {
    const url = new URL('/v1/live', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#retryMs = FIRST_RETRY_MS;
      this.#listener.onState('live');
      this.#forgetProblems();
      for (const [id, watch] of this.#watches) this.#subscribe(id, watch);
    });
    socket.addEventListener('message', (event) => this.#receive(JSON.parse(String(event.data)) as Message));
    socket.addEventListener('close', () => {
      this.#listener.onState('lost');
      setTimeout(() => this.#connect(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    });
  }

  #subscribe(id: string, { query, periodMs, window }: Watch): void {
    this.#socket?.send(JSON.stringify({ type: 'subscribe', id, query, periodMs, window }));
  }

  #receive(message: Message): void {
    const id = message.id ?? '';
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    if (message.type === 'answer') {
      if (this.#problems.delete(id)) this.#tellProblem();
      watch.onAnswer({ result: message.result, evaluatedAtMs: Date.parse(message.state.evaluatedAt) });
    } else if (message.type === 'error') {
      this.#problems.set(id, message.error?.errorMessage ?? 'The server does not say why.');
      this.#tellProblem();
    }
  }

  #forgetProblems(): void {
    this.#problems.clear();
    this.#tellProblem();
  }

  #tellProblem(): void {
    this.#listener.onProblem(this.#problems.values().next().value);
  }
}
