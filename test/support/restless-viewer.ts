import { WebSocket } from 'ws';
import { applyDelta, type Delta } from '../../src/client/apply-delta.js';
import type { LiveState, ServerMessage } from '../../src/client/messages.js';
import type { Randomness } from '../../src/platform/randomness.js';

type Row = Readonly<Record<string, unknown>>;

interface Version {
  readonly cursor: string;
  readonly rows: readonly Row[];
}

export interface RestlessOptions {
  /** Of the server: `http://…`. */
  readonly url: string;
  readonly request: object;
  readonly random: Randomness;
  readonly onAnswer: (rows: readonly Row[], state: LiveState) => void;
  /** What the protocol does not allow. */
  readonly onFault: (fault: string) => void;
}

/** Old answers that it may want to go on from. */
const KEPT = 40;

/**
 * One live query as its worst client would watch it, by the bare protocol: it drops connections without a word, comes back with whatever answer it
 * ever had, stops reading, and subscribes anew on the same connection.
 */
export class RestlessViewer {
  readonly #options: RestlessOptions;
  #versions: Version[] = [];
  #socket: WebSocket | undefined;
  /** What the next delta is to be applied to. */
  #base: Version | undefined;
  #subscriptions = 0;
  answers = 0;
  deltas = 0;
  resumed = 0;

  constructor(options: RestlessOptions) {
    this.#options = options;
  }

  /** Does what comes to its mind. */
  act(): void {
    const chance = this.#options.random.nextDouble();
    const socket = this.#socket;
    if (socket === undefined) this.#connect();
    else if (chance < 0.1) this.#drop();
    else if (chance < 0.2) socket.pause();
    else if (chance < 0.5) socket.resume();
    else if (chance < 0.55 && socket.readyState === WebSocket.OPEN) {
      if (chance < 0.52) socket.send(JSON.stringify({ type: 'unsubscribe', id: String(this.#subscriptions) }));
      this.#subscribe(socket);
    }
  }

  /** Reads on where it had stopped, and stays. */
  rest(): void {
    if (this.#socket === undefined) this.#connect();
    this.#socket?.resume();
  }

  close(): void {
    this.#drop();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }

  #connect(): void {
    const socket = new WebSocket(`${this.#options.url.replace('http', 'ws')}/v1/live`);
    this.#socket = socket;
    socket.on('open', () => this.#subscribe(socket));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    socket.on('message', (data: Buffer) => {
      if (this.#socket === socket) this.#receive(JSON.parse(data.toString()) as ServerMessage);
    });
  }

  #subscribe(socket: WebSocket): void {
    const { random, request } = this.#options;
    const chance = random.nextDouble();
    // The newest answer, any that it had, or none.
    const back = chance < 0.6 ? 1 : 1 + Math.floor(random.nextDouble() * this.#versions.length);
    this.#base = chance < 0.9 ? this.#versions.at(-back) : undefined;
    const resume = this.#base?.cursor ?? null;
    socket.send(JSON.stringify({ type: 'subscribe', id: String(++this.#subscriptions), ...request, resume }));
  }

  #receive(message: ServerMessage): void {
    const { onFault } = this.#options;
    if (message.type === 'pong' || message.id !== String(this.#subscriptions)) return;
    switch (message.type) {
      case 'subscribed':
        if (message.resumed) this.resumed++;
        if (message.resumed && this.#base === undefined) onFault('resumed from nothing');
        if (!message.resumed) this.#base = undefined;
        return;
      case 'snapshot':
        this.#take(message, message.result as readonly Row[]);
        return;
      case 'delta':
        if (message.from !== this.#base?.cursor) {
          onFault(`delta from ${message.from} came to who has ${this.#base?.cursor}`);
          return;
        }
        this.deltas++;
        this.#take(message, applyDelta(this.#base.rows, message.delta satisfies Delta) as readonly Row[]);
        return;
      case 'error':
        onFault(message.error.errorMessage ?? message.error.error);
        return;
      default:
    }
  }

  #take({ cursor, state }: { readonly cursor: string; readonly state: LiveState }, rows: readonly Row[]): void {
    this.answers++;
    this.#base = { cursor, rows };
    this.#versions = [...this.#versions.slice(1 - KEPT), this.#base];
    this.#options.onAnswer(rows, state);
  }
}
