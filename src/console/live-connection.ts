/** One answer of a live query. */
export interface LiveAnswer {
  readonly result: readonly unknown[];
  readonly state: unknown;
}

export type ConnectionState = 'connecting' | 'live' | 'lost';

interface Watch {
  readonly message: string;
  readonly onAnswer: (answer: LiveAnswer) => void;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/** The page's WebSocket: subscribes, and does so again after every reconnect. */
export class LiveConnection {
  readonly #onState: (state: ConnectionState) => void;
  readonly #watches = new Map<string, Watch>();
  #socket: WebSocket | undefined;
  #retryMs = FIRST_RETRY_MS;

  constructor(onState: (state: ConnectionState) => void) {
    this.#onState = onState;
    this.#connect();
  }

  /** Starts (or replaces) the live query `id`. `window` is the ISO period that it looks back over; null: the query's own interval. */
  watch(
    id: string,
    query: object,
    periodMs: number,
    window: string | null,
    onAnswer: (answer: LiveAnswer) => void,
  ): void {
    const message = JSON.stringify({ type: 'subscribe', id, query, periodMs, ...(window !== null && { window }) });
    this.#watches.set(id, { message, onAnswer });
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(message);
  }

  #connect(): void {
    const url = new URL('/v1/live', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#retryMs = FIRST_RETRY_MS;
      this.#onState('live');
      for (const watch of this.#watches.values()) socket.send(watch.message);
    });
    socket.addEventListener('message', (event) => this.#receive(String(event.data)));
    socket.addEventListener('close', () => {
      this.#onState('lost');
      setTimeout(() => this.#connect(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    });
  }

  #receive(text: string): void {
    const message = JSON.parse(text) as { type: string; id: string } & LiveAnswer;
    if (message.type === 'answer') this.#watches.get(message.id)?.onAnswer(message);
  }
}
