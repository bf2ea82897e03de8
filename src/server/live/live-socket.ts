import type uWS from 'uWebSockets.js';
import { DruidError, invalidInput } from '../../common/druid-error.js';
import { parseJson } from '../../common/json-read.js';
import type { LiveClient } from '../../live/live-client.js';
import type { LiveHub } from '../../live/live-hub.js';
import type { JsonObject } from '../../query/json-fields.js';
import { asDruidError, errorBody } from '../http/errors.js';
import { isTrustedOrigin } from '../trusted-origin.js';
import { type LiveSources, parseSubscription } from './subscription-request.js';

/** A client that has this much unsent is skipped until it drains: it gets the newest answer then. */
const CONGESTED_BYTES = 64 * 1024;
/** A client that has more unsent than this and is to be told something else (1013, try again later) is disconnected. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_ID_LENGTH = 200;
/** Messages of one client that wait for those before them, such as statements that are planned. */
const MAX_WAITING = 1000;
const IDLE_TIMEOUT_SECONDS = 120;
const TRY_AGAIN_LATER = 1013;
/** What `WebSocket.send` returns: all is with the system; the message was not taken. Between them: some of it waits. */
const SENT = 1;
const DROPPED = 2;

interface SocketData {
  client?: SocketClient;
}

export interface LiveSocketOptions {
  readonly hub: LiveHub;
  readonly sources: LiveSources;
  /** Called for errors that are bugs. */
  readonly onBug?: (error: unknown) => void;
}

/** `ws://host/v1/live`: live queries; docs/live-queries.md has the protocol. */
export function addLiveSocket(app: uWS.TemplatedApp, options: LiveSocketOptions): void {
  const { hub } = options;
  app.ws<SocketData>('/v1/live', {
    maxPayloadLength: MAX_MESSAGE_BYTES,
    maxBackpressure: MAX_BUFFERED_BYTES,
    idleTimeout: IDLE_TIMEOUT_SECONDS,
    sendPingsAutomatically: true,
    upgrade,
    open: (ws) => {
      ws.getUserData().client = new SocketClient(ws);
    },
    message: (ws, message) => {
      const { client } = ws.getUserData();
      const text = new TextDecoder().decode(message);
      client?.inOrder(() => receive(client, text, options));
    },
    drain: (ws) => {
      const { client } = ws.getUserData();
      if (client !== undefined && !client.congested) hub.drained(client);
    },
    close: (ws) => {
      const { client } = ws.getUserData();
      if (client === undefined) return;
      client.closed();
      hub.leave(client);
    },
  });
}

function upgrade(res: uWS.HttpResponse, req: uWS.HttpRequest, context: uWS.us_socket_context_t): void {
  if (!isTrustedOrigin(req.getHeader('origin'), req.getHeader('host'))) {
    res.writeStatus('403 Forbidden').end();
    return;
  }
  const data: SocketData = {};
  const key = req.getHeader('sec-websocket-key');
  res.upgrade(data, key, req.getHeader('sec-websocket-protocol'), req.getHeader('sec-websocket-extensions'), context);
}

class SocketClient implements LiveClient {
  readonly #ws: uWS.WebSocket<SocketData>;
  #isClosed = false;
  /** Something was not sent at once when a message was given to the socket last. */
  #mayHoldSome = false;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(ws: uWS.WebSocket<SocketData>) {
    this.#ws = ws;
  }

  send(message: string): void {
    if (this.#isClosed) return;
    const status = this.#ws.send(message);
    this.#mayHoldSome = status !== SENT;
    if (status === DROPPED) this.#ws.end(TRY_AGAIN_LATER, 'client does not read what it is sent');
  }

  get congested(): boolean {
    return this.#isClosed || (this.#mayHoldSome && this.#ws.getBufferedAmount() > CONGESTED_BYTES);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Runs what a message asks for once that of the messages before it is done. */
  inOrder(run: () => Promise<void>): void {
    if (++this.#waiting > MAX_WAITING) {
      this.#ws.end(TRY_AGAIN_LATER, 'client sends faster than it is served');
      return;
    }
    this.#last = this.#last.then(async () => {
      if (!this.#isClosed) await run();
      this.#waiting--;
    });
  }

  /** The library throws on any access from now on. */
  closed(): void {
    this.#isClosed = true;
  }
}

/** Never rejects. */
async function receive(client: SocketClient, text: string, options: LiveSocketOptions): Promise<void> {
  let id: unknown = null;
  try {
    const message = parseJson(text);
    if (typeof message !== 'object' || message === null) throw invalidInput('Message must be a JSON object');
    const fields = message as JsonObject;
    id = fields['id'] ?? null;
    switch (fields['type']) {
      case 'subscribe':
        await subscribe(client, identifier(id), fields, options);
        return;
      case 'unsubscribe':
        options.hub.unsubscribe(client, identifier(id));
        reply(client, { type: 'unsubscribed', id });
        return;
      case 'ping':
        reply(client, { type: 'pong' });
        return;
      default:
        throw invalidInput(`Message type [${String(fields['type'])}] is unknown: send subscribe, unsubscribe or ping`);
    }
  } catch (error) {
    if (!(error instanceof DruidError)) options.onBug?.(error);
    reply(client, { type: 'error', id: typeof id === 'string' ? id : null, error: errorBody(asDruidError(error)) });
  }
}

async function subscribe(
  client: SocketClient,
  id: string,
  fields: JsonObject,
  { hub, sources }: LiveSocketOptions,
): Promise<void> {
  const subscription = await parseSubscription(fields, sources);
  if (client.isClosed) return;
  const resumed = hub.subscribe(client, { id, ...subscription });
  reply(client, { type: 'subscribed', id, resumed });
}

/** Not conflated, so a client that sends much and reads nothing is disconnected. */
function reply(client: LiveClient, message: unknown): void {
  client.send(JSON.stringify(message));
}

function identifier(id: unknown): string {
  if (typeof id === 'string' && id.length > 0 && id.length <= MAX_ID_LENGTH) return id;
  throw invalidInput(`Member [id] must be a text of 1 to ${MAX_ID_LENGTH} characters`);
}
