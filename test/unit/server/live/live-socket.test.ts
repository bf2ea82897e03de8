import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { applyDelta, type Delta } from '../../../../src/client/apply-delta.js';
import { LiveHub } from '../../../../src/live/live-hub.js';
import { Watermarks } from '../../../../src/live/watermarks.js';
import { systemClock } from '../../../../src/platform/clock.js';
import { asDruidError, errorBody } from '../../../../src/server/http/errors.js';
import { addLiveSocket } from '../../../../src/server/live/live-socket.js';
import type { SqlService } from '../../../../src/server/sql/sql-service.js';
import { isTrustedOrigin } from '../../../../src/server/trusted-origin.js';
import { serve } from '../serve.js';

interface Message {
  readonly type: string;
  readonly id?: string | null;
  readonly result?: readonly unknown[];
  readonly delta?: Delta;
  readonly state?: unknown;
  readonly error?: { readonly errorMessage: string };
}

const QUERY = {
  queryType: 'timeseries',
  dataSource: 'wikipedia',
  intervals: ['2024-01-01/2025-01-01'],
  granularity: 'all',
  aggregations: [{ type: 'count', name: 'n' }],
};

/** A live server whose queries all answer `world.value`. */
async function liveServer(): Promise<{
  readonly world: { value: unknown; evaluations: number };
  readonly hub: LiveHub;
  readonly url: string;
  readonly bugs: unknown[];
  readonly connect: (options?: { readonly origin?: string }) => Promise<Viewer>;
}> {
  const world = { value: 0 as unknown, evaluations: 0 };
  const bugs: unknown[] = [];
  const describeError = (error: unknown): unknown => errorBody(asDruidError(error));
  const hub = new LiveHub({ clock: systemClock, describeError, instance: 'hub' });
  const sources = {
    // No statement is planned here: e2e tests watch SQL on a whole server.
    sql: undefined as unknown as SqlService,
    clock: systemClock,
    watermarks: new Watermarks(systemClock, () => Promise.resolve(0)),
    answer: () => {
      world.evaluations++;
      const state = { s: world.evaluations, offsets: {}, evaluatedAt: '' };
      return Promise.resolve({ text: JSON.stringify([{ timestamp: '', value: world.value }]), state });
    },
  };
  onTestFinished(() => hub.stop());
  const { port } = await serve((_, server) =>
    addLiveSocket(server.app, { hub, sources, onBug: (error) => bugs.push(error) }),
  );
  const url = `ws://127.0.0.1:${port}/v1/live`;
  return { world, hub, url, bugs, connect: (options) => Viewer.connect(url, options) };
}

class Viewer {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => this.messages.push(JSON.parse(String(data)) as Message));
  }

  static async connect(url: string, options: { readonly origin?: string } = {}): Promise<Viewer> {
    const socket = new WebSocket(url, options);
    onTestFinished(() => socket.terminate());
    const viewer = new Viewer(socket);
    await once(socket, 'open');
    return viewer;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  subscribe(id: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.send({ type: 'subscribe', id, query: QUERY, periodMs: 100, ...fields });
  }

  /** The values that were answered, put together from snapshots and deltas. */
  get results(): unknown[] {
    let rows: readonly unknown[] = [];
    return this.messages.flatMap(({ type, result, delta }) => {
      if (result === undefined && delta === undefined) return [];
      rows = type === 'snapshot' ? result! : applyDelta(rows, delta!);
      return rows.map((row) => (row as { value: unknown }).value);
    });
  }
}

async function eventually(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 30_000, interval: 10 });
}

describe('a subscription', () => {
  test('is confirmed, answered at once, and again when the answer changes', async () => {
    const { world, connect } = await liveServer();
    const viewer = await connect();
    viewer.subscribe('a');
    await eventually(() => expect(viewer.results).toEqual([0]));
    expect(viewer.messages).toEqual([
      { type: 'subscribed', id: 'a', resumed: false },
      {
        type: 'snapshot',
        id: 'a',
        cursor: 'hub.1.1',
        state: { s: 1, offsets: {}, evaluatedAt: '' },
        watermark: '1970-01-01T00:00:00.000Z',
        result: [{ timestamp: '', value: 0 }],
      },
    ]);
    world.value = { n: 'é' };
    await eventually(() => expect(viewer.results).toEqual([0, { n: 'é' }]));
  });

  test('shared by many costs one evaluation a period', async () => {
    const { world, hub, connect } = await liveServer();
    const viewers = await Promise.all(Array.from({ length: 20 }, () => connect()));
    for (const [i, viewer] of viewers.entries()) {
      viewer.send(
        JSON.stringify({
          type: 'subscribe',
          id: `viewer ${i}`,
          periodMs: 60_000,
          query: { ...QUERY, context: { queryId: `${i}` } },
        }),
      );
    }
    await eventually(() => expect(viewers.map((viewer) => viewer.results)).toEqual(viewers.map(() => [0])));
    expect([world.evaluations, hub.evaluations, hub.clients]).toEqual([1, 1, 20]);
  });

  test('ends with unsubscribe, and with the connection', async () => {
    const { hub, connect } = await liveServer();
    const viewer = await connect();
    viewer.subscribe('a');
    viewer.subscribe('b', { periodMs: 500 });
    await eventually(() => expect(hub.evaluations).toBe(2));
    viewer.send({ type: 'unsubscribe', id: 'a' });
    await eventually(() => expect(hub.evaluations).toBe(1));
    expect(viewer.messages).toContainEqual({ type: 'unsubscribed', id: 'a' });
    viewer.socket.terminate();
    await eventually(() => expect([hub.evaluations, hub.clients]).toEqual([0, 0]));
  });
});

describe('a client that stops reading', () => {
  test('has a bounded amount waiting, holds up nobody, and gets the newest answer when it reads on', async () => {
    const { world, connect } = await liveServer();
    const padding = 'x'.repeat(900_000);
    world.value = { version: 0, padding };
    const [stalled, reading] = [await connect(), await connect()];
    stalled.subscribe('a');
    reading.subscribe('a');
    await eventually(() => expect(stalled.results.length).toBeGreaterThan(0));
    stalled.socket.pause();
    for (let version = 1; version <= 50; version++) {
      world.value = { version, padding };
      await eventually(() => expect(reading.results.length).toBe(version + 1));
    }
    stalled.socket.resume();
    const versions = (): number[] => stalled.results.map((result) => (result as { version: number }).version);
    await eventually(() => expect(versions().at(-1)).toBe(50));
    // What the kernel took of 45 MB, some MB on loopback, and at most one answer of the server's own.
    expect(versions().length).toBeLessThan(30);
    expect(reading.results).toHaveLength(51);
    expect(stalled.socket.readyState).toBe(WebSocket.OPEN);
  });

  test('and still asks for much is disconnected', async () => {
    const { connect, hub } = await liveServer();
    const viewer = await connect();
    viewer.subscribe('a');
    await eventually(() => expect(hub.clients).toBe(1));
    viewer.socket.pause();
    // Each of these is answered by an error that repeats it.
    const question = JSON.stringify({ type: 'x'.repeat(500_000) });
    for (let i = 0; i < 60 && viewer.socket.readyState === WebSocket.OPEN; i++) viewer.send(question);
    await eventually(() => expect(hub.clients).toBe(0));
  });
});

describe('messages', () => {
  test.each([
    ['not JSON', '{', null, 'JSON'],
    ['no object', '[1', null, ''],
    ['null', 'null', null, 'Message must be a JSON object'],
    ['an unknown type', '{"type":"query","id":"a"}', 'a', 'Message type [query] is unknown'],
    ['no id', `{"type":"subscribe","query":${JSON.stringify(QUERY)}}`, null, 'Member [id]'],
    ['no query', '{"type":"subscribe","id":"a"}', 'a', 'one of [query]'],
    ['a query and a statement', '{"type":"subscribe","id":"a","query":{},"sql":""}', 'a', 'one of [query]'],
    [
      'a window for a statement',
      '{"type":"subscribe","id":"a","sql":"SELECT 1","window":"PT1M"}',
      'a',
      'CURRENT_TIMESTAMP',
    ],
    ['deltas that are no choice', '{"type":"subscribe","id":"a","deltas":1,"query":{}}', 'a', 'Member [deltas]'],
    ['a cursor that is no text', '{"type":"subscribe","id":"a","resume":1,"query":{}}', 'a', 'Member [resume]'],
    ['a broken query', '{"type":"subscribe","id":"a","query":{"queryType":"zzz"}}', 'a', 'zzz'],
    ['a period that is no number', '{"type":"subscribe","id":"a","periodMs":"1","query":{}}', 'a', 'Member [periodMs]'],
    ['a window that is no text', '{"type":"subscribe","id":"a","window":5,"query":{}}', 'a', 'Member [window]'],
  ])('that are wrong get an error: %s', async (_, message, id, text) => {
    const { connect, hub, bugs } = await liveServer();
    const viewer = await connect();
    viewer.send(message);
    viewer.send({ type: 'ping' });
    await eventually(() => expect(viewer.messages).toHaveLength(2));
    expect(viewer.messages).toMatchObject([{ type: 'error', id }, { type: 'pong' }]);
    expect(viewer.messages[0]?.error?.errorMessage).toContain(text);
    expect([hub.evaluations, bugs]).toEqual([0, []]);
  });

  test('that are refused by the hub are not confirmed', async () => {
    const { connect } = await liveServer();
    const viewer = await connect();
    viewer.subscribe('a', { periodMs: 1 });
    await eventually(() => expect(viewer.messages).toHaveLength(1));
    expect(viewer.messages).toMatchObject([{ type: 'error', id: 'a' }]);
  });

  test('a window needs no interval', async () => {
    const { connect } = await liveServer();
    const viewer = await connect();
    const { intervals: _, ...query } = QUERY;
    viewer.subscribe('a', { query, window: 'PT5M' });
    await eventually(() => expect(viewer.results).toEqual([0]));
  });
});

describe('pages of other origins', () => {
  test('cannot open a live connection to the own machine', async () => {
    const { url, connect } = await liveServer();
    await expect(Viewer.connect(url, { origin: 'https://evil.example' })).rejects.toThrow('403');
    const page = await connect({ origin: 'http://localhost:3000' });
    page.subscribe('a');
    await eventually(() => expect(page.results).toEqual([0]));
  });

  test.each([
    ['', 'localhost:8888', true],
    ['http://localhost:8888', 'localhost:8888', true],
    ['http://[::1]:3000', '127.0.0.1:8888', true],
    ['https://druid.example', 'druid.example', true],
    ['https://druid.example:444', 'druid.example', true],
    ['https://evil.example', 'druid.example', false],
    ['https://localhost.evil.example', 'localhost:8888', false],
    ['null', 'localhost:8888', false],
    ['http://localhost', '', false],
  ])('%j asks %j: %j', (origin, host, trusted) => {
    expect(isTrustedOrigin(origin, host)).toBe(trusted);
  });
});
