import { randomUUID } from 'node:crypto';
import type uWS from 'uWebSockets.js';
import { DruidError, invalidInput } from '../../common/druid-error.js';
import { parseJson } from '../../common/json-read.js';
import type { LiveClient } from '../../live/live-client.js';
import type { LiveHub } from '../../live/live-hub.js';
import { parseNativeQuery } from '../../query/parse-native-query.js';
import { asDruidError, errorBody } from '../http/errors.js';
import { isTrustedOrigin } from '../trusted-origin.js';

/** A client that has this much unsent is skipped until it drains: it gets the newest answer then. */
const CONGESTED_BYTES = 64 * 1024;
/** A client that has more unsent than this and is to be told something else (1013, try again later) is disconnected. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_ID_LENGTH = 200;
const IDLE_TIMEOUT_SECONDS = 120;
const DEFAULT_PERIOD_MS = 1000;
const TRY_AGAIN_LATER = 1013;
/** What `WebSocket.send` returns when it did not take the message. */
const DROPPED = 2;

interface SocketData {
  client?: SocketClient;
}

/**
 * `ws://host/v1/live`: live queries; docs/live-queries.md has the protocol.
 * @param onBug called for errors that are bugs
 */
export function addLiveSocket(app: uWS.TemplatedApp, hub: LiveHub, onBug: (error: unknown) => void = () => {}): void {
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
      if (client !== undefined) receive(hub, client, new TextDecoder().decode(message), onBug);
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

  constructor(ws: uWS.WebSocket<SocketData>) {
    this.#ws = ws;
  }

  send(message: string): void {
    if (this.#isClosed) return;
    if (this.#ws.send(message) === DROPPED) this.#ws.end(TRY_AGAIN_LATER, 'client does not read what it is sent');
  }

  get congested(): boolean {
    return this.#isClosed || this.#ws.getBufferedAmount() > CONGESTED_BYTES;
  }

  /** The library throws on any access from now on. */
  closed(): void {
    this.#isClosed = true;
  }
}

function receive(hub: LiveHub, client: LiveClient, text: string, onBug: (error: unknown) => void): void {
  let id: unknown = null;
  try {
    const message = parseJson(text);
    if (typeof message !== 'object' || message === null) throw invalidInput('Message must be a JSON object');
    const fields = message as Readonly<Record<string, unknown>>;
    id = fields['id'] ?? null;
    switch (fields['type']) {
      case 'subscribe':
        subscribe(hub, client, identifier(id), fields);
        return;
      case 'unsubscribe':
        hub.unsubscribe(client, identifier(id));
        reply(client, { type: 'unsubscribed', id });
        return;
      case 'ping':
        reply(client, { type: 'pong' });
        return;
      default:
        throw invalidInput(`Message type [${String(fields['type'])}] is unknown: send subscribe, unsubscribe or ping`);
    }
  } catch (error) {
    if (!(error instanceof DruidError)) onBug(error);
    reply(client, { type: 'error', id: typeof id === 'string' ? id : null, error: errorBody(asDruidError(error)) });
  }
}

function subscribe(hub: LiveHub, client: LiveClient, id: string, fields: Readonly<Record<string, unknown>>): void {
  const window = fields['window'] ?? null;
  if (window !== null && typeof window !== 'string') throw invalidInput('Member [window] must be an ISO period');
  const periodMs = fields['periodMs'] ?? DEFAULT_PERIOD_MS;
  if (typeof periodMs !== 'number') throw invalidInput('Member [periodMs] must be a number of milliseconds');
  const query = parseNativeQuery(withInterval(fields['query'], window), randomUUID);
  hub.subscribe(client, { id, query, periodMs, window });
  reply(client, { type: 'subscribed', id });
}

/** A query with a window needs no interval of its own. */
function withInterval(query: unknown, window: string | null): unknown {
  if (window === null || typeof query !== 'object' || query === null || 'intervals' in query) return query;
  return { ...query, intervals: ['1970-01-01/3000-01-01'] };
}

function identifier(id: unknown): string {
  if (typeof id === 'string' && id.length > 0 && id.length <= MAX_ID_LENGTH) return id;
  throw invalidInput(`Member [id] must be a text of 1 to ${MAX_ID_LENGTH} characters`);
}

/** Not conflated, so a client that sends much and reads nothing is disconnected. */
function reply(client: LiveClient, message: unknown): void {
  client.send(JSON.stringify(message));
}
