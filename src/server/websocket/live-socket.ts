import { randomUUID } from 'node:crypto';
import type uWS from 'uWebSockets.js';
import { DruidError, invalidInput } from '../../common/druid-error.js';
import { parseJson } from '../../common/json-read.js';
import type { LiveClient } from '../../live/live-client.js';
import type { LiveHub } from '../../live/live-hub.js';
import { parseNativeQuery } from '../../query/parse-native-query.js';
import { asDruidError, errorBody } from '../http/errors.js';

/** A client that has this much unsent is skipped until it drains: it gets the newest answer then. */
const CONGESTED_BYTES = 64 * 1024;
/** Beyond this the connection is closed (1013, try again later). One answer may be larger than the congestion mark. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
const MAX_MESSAGE_BYTES = 1024 * 1024;
const TRY_AGAIN_LATER = 1013;

interface SocketData {
  client?: LiveClient;
}

/**
 * `ws://host/v1/live`. Client: `{"type":"subscribe","id","query",…native…,"periodMs":1000,"window":"PT5M"?}`, `{"type":"unsubscribe","id"}`,
 * `{"type":"ping"}`. Server: `subscribed`, `answer` (id, state, result), `error` (id, error), `pong`.
 */
export function addLiveSocket(app: uWS.TemplatedApp, hub: LiveHub): void {
  app.ws<SocketData>('/v1/live', {
    maxPayloadLength: MAX_MESSAGE_BYTES,
    maxBackpressure: MAX_BUFFERED_BYTES,
    idleTimeout: 120,
    sendPingsAutomatically: true,
    open: (ws) => {
      ws.getUserData().client = socketClient(ws);
    },
    message: (ws, message) => {
      const { client } = ws.getUserData();
      if (client) receive(hub, client, new TextDecoder().decode(message));
    },
    drain: (ws) => {
      const { client } = ws.getUserData();
      if (client && !client.congested) hub.drained(client);
    },
    close: (ws) => {
      const { client } = ws.getUserData();
      if (client) hub.leave(client);
    },
  });
}

function socketClient(ws: uWS.WebSocket<SocketData>): LiveClient {
  return {
    send: (message) => {
      // 2 = dropped: over the limit, because one answer alone is larger than what may be buffered.
      if (ws.send(message) === 2) ws.end(TRY_AGAIN_LATER, 'answer exceeds the buffer limit');
    },
    get congested() {
      return ws.getBufferedAmount() > CONGESTED_BYTES;
    },
  };
}

function receive(hub: LiveHub, client: LiveClient, text: string): void {
  let id: unknown = null;
  try {
    const message = parseJson(text);
    if (typeof message !== 'object' || message === null) throw invalidInput('Message must be a JSON object');
    const fields = message as Record<string, unknown>;
    id = fields['id'] ?? null;
    switch (fields['type']) {
      case 'subscribe':
        subscribe(hub, client, fields);
        return;
      case 'unsubscribe':
        hub.unsubscribe(client, identifier(id));
        return;
      case 'ping':
        reply(client, { type: 'pong' });
        return;
      default:
        throw invalidInput(`Message type [${String(fields['type'])}] is unknown: send subscribe, unsubscribe or ping`);
    }
  } catch (error) {
    if (!(error instanceof DruidError)) throw error;
    reply(client, { type: 'error', id, error: errorBody(asDruidError(error)) });
  }
}

function subscribe(hub: LiveHub, client: LiveClient, fields: Readonly<Record<string, unknown>>): void {
  const id = identifier(fields['id']);
  const { query, periodMs, window } = fields as { query?: unknown; periodMs?: unknown; window?: unknown };
  if (window !== undefined && typeof window !== 'string') throw invalidInput('Member [window] must be an ISO period');
  const parsed = parseNativeQuery(withInterval(query, window), randomUUID);
  reply(client, { type: 'subscribed', id });
  hub.subscribe(client, { id, query: parsed, periodMs: Number(periodMs ?? 1000), window: window ?? null });
}

/** A query with a window needs no interval of its own. */
function withInterval(query: unknown, window: string | undefined): unknown {
  if (window === undefined || typeof query !== 'object' || query === null || 'intervals' in query) return query;
  return { ...query, intervals: ['1970-01-01/3000-01-01'] };
}

function identifier(id: unknown): string {
  if (typeof id === 'string' && id.length > 0 && id.length <= 200) return id;
  throw invalidInput('Member [id] must be a text of 1 to 200 characters');
}

/** Small control messages are few and bounded by what the client sends; answers alone are conflated. */
function reply(client: LiveClient, message: unknown): void {
  client.send(JSON.stringify(message));
}
