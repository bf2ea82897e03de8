import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { applyDelta, type Delta } from '../../src/client/apply-delta.js';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';
import type { Pusher } from '../support/pusher.js';
import { pushedTable } from '../support/pushed-table.js';

const DATA_SOURCE = 'edits';
const base = { dataSource: DATA_SOURCE, intervals: ['2000-01-01/2100-01-01'], granularity: 'all' };
const aggregations = [{ type: 'count', name: 'count' }];
const totals = { ...base, queryType: 'timeseries', aggregations };
const statement = `SELECT page, COUNT(*) AS c FROM ${DATA_SOURCE} GROUP BY 1`;

type Message = Readonly<Record<string, unknown>>;

/** The schema that docs/live-queries.md ends with. */
const schema = JSON.parse(
  (await readFile('docs/live-queries.md', 'utf8')).split('```json').at(-1)!.split('```')[0]!,
) as { readonly $defs: object };
const ajv = new Ajv2020({
  allowUnionTypes: true,
  strictRequired: false,
  formats: { 'date-time': /^\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ },
});
const fromClient = ajv.compile({ ...schema, $ref: '#/$defs/fromClient' });
const fromServer = ajv.compile({ ...schema, $ref: '#/$defs/fromServer' });

let directory: string;
let server: MillraceProcess;
let pusher: Pusher;
const viewers: Viewer[] = [];

/** Every message of a connection fits the schema, both ways. */
class Viewer {
  readonly socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/live`);
  readonly received: Message[] = [];
  readonly misfits: unknown[] = [];

  constructor() {
    viewers.push(this);
    this.socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Message;
      this.received.push(message);
      if (!fromServer(message)) this.misfits.push({ message, errors: fromServer.errors });
    });
  }

  async opened(): Promise<this> {
    await new Promise((resolve) => this.socket.once('open', resolve));
    return this;
  }

  send(message: object): void {
    if (!fromClient(message)) this.misfits.push({ message, errors: fromClient.errors });
    this.socket.send(JSON.stringify(message));
  }

  /** The first message of these kinds, of this id, that is not older than the first `after`. */
  next(id: string | null, types: readonly string[], after = 0): Promise<Message> {
    return eventually(() =>
      Promise.resolve(
        this.received.slice(after).find((m) => (m['id'] ?? null) === id && types.includes(String(m['type']))),
      ),
    );
  }
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-live-schema-'));
  server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
  await server.start();
  ({ pusher } = await pushedTable(server, { name: DATA_SOURCE, seed: 8, events: 50 }));
});

afterEach(async () => {
  for (const { socket } of viewers.splice(0)) socket.terminate();
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

const WATCHED: Readonly<Record<string, object>> = {
  timeseries: { query: { ...totals, granularity: 'minute' } },
  topN: { query: { ...base, queryType: 'topN', dimension: 'page', metric: 'count', threshold: 1000, aggregations } },
  groupBy: { query: { ...base, queryType: 'groupBy', dimensions: ['page'], aggregations }, deltas: true },
  search: {
    query: { ...base, queryType: 'search', searchDimensions: ['page'], query: { type: 'contains', value: '1' } },
  },
  timeBoundary: { query: { queryType: 'timeBoundary', dataSource: DATA_SOURCE } },
  window: {
    query: { queryType: 'timeseries', dataSource: DATA_SOURCE, granularity: 'second', aggregations },
    window: 'PT1M',
  },
  statement: { sql: statement, context: { sqlTimeZone: 'Europe/Paris' }, resume: null },
  parameters: { sql: `${statement} HAVING COUNT(*) > ?`, parameters: [{ type: 'INTEGER', value: 2 }] },
  whole: { sql: statement, deltas: false },
};

test('subscriptions of every kind: what is sent and what comes is as the schema says', async () => {
  const viewer = await new Viewer().opened();
  for (const [id, what] of Object.entries(WATCHED)) viewer.send({ type: 'subscribe', id, periodMs: 100, ...what });
  viewer.send({ type: 'ping' });
  await viewer.next(null, ['pong']);
  for (const id of Object.keys(WATCHED)) await viewer.next(id, ['snapshot']);
  // Until there was a delta of each, and one inside of a topN.
  const awaited = Object.keys(WATCHED).filter((id) => id !== 'whole');
  await eventually(async () => {
    await pusher.push(20);
    const deltas = viewer.received.filter(({ type }) => type === 'delta');
    const isInside = deltas.some(({ delta }) => 'within' in (delta as object));
    return (isInside && awaited.every((id) => deltas.some((delta) => delta['id'] === id))) || undefined;
  });
  for (const id of Object.keys(WATCHED)) viewer.send({ type: 'unsubscribe', id });
  for (const id of Object.keys(WATCHED)) await viewer.next(id, ['unsubscribed']);
  expect(viewer.misfits).toEqual([]);
});

test('a client that returns, also to another process, is told what the schema says', async () => {
  const subscription = { type: 'subscribe', id: 'a', periodMs: 100, query: totals };
  const first = await new Viewer().opened();
  first.send(subscription);
  const { cursor } = await first.next('a', ['snapshot']);
  first.socket.terminate();
  await pusher.push(20);
  const second = await new Viewer().opened();
  second.send({ ...subscription, resume: cursor });
  expect(await second.next('a', ['subscribed'])).toMatchObject({ resumed: true });
  expect(await second.next('a', ['delta', 'snapshot'])).toMatchObject({ type: 'delta', from: cursor });
  await server.kill();
  await server.start();
  const third = await new Viewer().opened();
  third.send({ ...subscription, resume: cursor });
  expect(await third.next('a', ['subscribed'])).toMatchObject({ resumed: false });
  await third.next('a', ['snapshot', 'delta', 'error']);
  expect([first, second, third].flatMap(({ misfits }) => misfits)).toEqual([]);
});

test('a client that does not read is told the newest answer in one message of the schema', async () => {
  const wide = `SELECT page, REPEAT(page, 40000) AS wide, COUNT(*) AS c FROM ${DATA_SOURCE} WHERE page IN ('page-1', 'page-2', 'page-3') GROUP BY 1, 2`;
  const [slow, quick] = [await new Viewer().opened(), await new Viewer().opened()];
  for (const viewer of [slow, quick]) viewer.send({ type: 'subscribe', id: 'a', periodMs: 100, sql: wide });
  await slow.next('a', ['snapshot']);
  slow.socket.pause();
  // More than sockets of a kernel hold.
  const bytes = (): number => quick.received.reduce((sum, message) => sum + JSON.stringify(message).length, 0);
  await eventually(async () => {
    await pusher.push(200);
    return bytes() > 24_000_000 || undefined;
  });
  slow.socket.resume();
  const newest = { c: 0 };
  await eventually(() => {
    newest.c = totalOf(slow.received);
    return Promise.resolve((newest.c === totalOf(quick.received) && newest.c > 0) || undefined);
  });
  expect(slow.received.length).toBeLessThan(quick.received.length);
  expect([...slow.misfits, ...quick.misfits]).toEqual([]);
});

/** Of the newest answer, put together from the messages; each delta changes the answer before it. */
function totalOf(messages: readonly Message[]): number {
  let rows: readonly unknown[] = [];
  let has: unknown;
  for (const message of messages) {
    if (message['type'] === 'snapshot') rows = message['result'] as readonly unknown[];
    else if (message['type'] === 'delta') {
      expect(message['from']).toBe(has);
      rows = applyDelta(rows, message['delta'] as Delta);
    } else continue;
    has = message['cursor'];
  }
  return (rows as readonly { readonly c: number }[]).reduce((sum, { c }) => sum + c, 0);
}

/** What a client must not send; `inside` = what is wrong is in the query, of which the schema says little. */
const REFUSED: readonly { readonly message: object; readonly inside?: true }[] = [
  { message: {} },
  { message: { type: 'subcribe', id: 'a', sql: statement } },
  { message: { type: 'subscribe', sql: statement } },
  { message: { type: 'subscribe', id: '', sql: statement } },
  { message: { type: 'subscribe', id: 'x'.repeat(201), sql: statement } },
  { message: { type: 'subscribe', id: 7, sql: statement } },
  { message: { type: 'subscribe', id: 'a' } },
  { message: { type: 'subscribe', id: 'a', sql: statement, query: totals } },
  { message: { type: 'subscribe', id: 'a', sql: statement, window: 'PT1M' } },
  { message: { type: 'subscribe', id: 'a', sql: statement, periodMs: 99 } },
  { message: { type: 'subscribe', id: 'a', sql: statement, periodMs: '100' } },
  { message: { type: 'subscribe', id: 'a', sql: statement, deltas: 'no' } },
  { message: { type: 'subscribe', id: 'a', sql: statement, resume: 5 } },
  { message: { type: 'subscribe', id: 'a', query: { queryType: 'timeseries' } } },
  { message: { type: 'unsubscribe' } },
  { message: { type: 'subscribe', id: 'a', sql: 'SELEC 1' }, inside: true },
  { message: { type: 'subscribe', id: 'a', sql: `SELECT * FROM ${DATA_SOURCE}` }, inside: true },
  { message: { type: 'subscribe', id: 'a', query: { ...totals, queryType: 'scan' } }, inside: true },
  { message: { type: 'subscribe', id: 'a', query: totals, window: 'five minutes' }, inside: true },
];

test('what the schema does not allow is refused by the server, with an error as the schema says', async () => {
  const viewer = await new Viewer().opened();
  for (const { message, inside } of REFUSED) {
    expect(fromClient(message), JSON.stringify(message)).toBe(inside === true);
    const before = viewer.received.length;
    viewer.socket.send(JSON.stringify(message));
    const first = await eventually(() => Promise.resolve(viewer.received[before]));
    expect(first, JSON.stringify(message)).toMatchObject({
      type: 'error',
      error: { errorMessage: expect.any(String) as string },
    });
  }
  for (const text of ['{', '[]', '7', 'null', '']) {
    const before = viewer.received.length;
    viewer.socket.send(text);
    expect(await eventually(() => Promise.resolve(viewer.received[before]))).toMatchObject({ type: 'error', id: null });
  }
  // An evaluation that fails.
  const cast = `SELECT SUM(CAST(page AS BIGINT)) / 0 AS x FROM ${DATA_SOURCE} GROUP BY page`;
  viewer.send({ type: 'subscribe', id: 'fails', sql: cast, context: { timeout: 1, maxSubqueryRows: 'x' } });
  await viewer.next('fails', ['error']);
  expect(viewer.misfits).toEqual([]);
});

test('server-sent events are messages of the schema', async () => {
  const body = { periodMs: 100, ...WATCHED['topN'] };
  expect(fromClient({ type: 'subscribe', id: 'of the server', ...body })).toBe(true);
  const leave = new AbortController();
  const answer = await fetch(`${server.url}/v1/live`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: leave.signal,
  });
  const types: unknown[] = [];
  let text = '';
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const ended = text.split('\n\n');
    text = ended.pop()!;
    for (const event of ended) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data === undefined) continue;
      const message = JSON.parse(data) as Message;
      expect(fromServer(message), `${data} ${JSON.stringify(fromServer.errors)}`).toBe(true);
      types.push(message['type']);
    }
    if (types.length > 4) break;
    await pusher.push(10);
  }
  leave.abort();
  expect(types.slice(0, 3)).toEqual(['subscribed', 'snapshot', 'delta']);
});

const STATE = { s: 1, offsets: {}, evaluatedAt: '2026-01-01T00:00:00.000Z' };
const SNAPSHOT = { type: 'snapshot', id: 'a', cursor: 'x.1', state: STATE, watermark: null, result: [] };
const DELTA = { type: 'delta', id: 'a', cursor: 'x.2', from: 'x.1', state: STATE, watermark: null, delta: {} };

test('the schema tells right messages of a server from wrong ones', () => {
  const right = [
    SNAPSHOT,
    DELTA,
    { ...DELTA, delta: { removed: [0], added: [[0, {}]], changed: [[1, {}]], within: [[2, { removed: [1] }]] } },
    { type: 'subscribed', id: 'a', resumed: false },
    { type: 'unsubscribed', id: 'a' },
    { type: 'error', id: null, error: { error: 'druidException', errorMessage: 'x' } },
    { type: 'pong' },
  ];
  for (const message of right) expect(fromServer(message), JSON.stringify(message)).toBe(true);
  const { cursor: _, ...withoutCursor } = SNAPSHOT;
  const { from: __, ...withoutFrom } = DELTA;
  const wrong = [
    withoutCursor,
    withoutFrom,
    { ...SNAPSHOT, type: 'snap' },
    { ...SNAPSHOT, delta: {} },
    { ...SNAPSHOT, result: {} },
    { ...SNAPSHOT, watermark: 5 },
    { ...SNAPSHOT, watermark: 'yesterday' },
    { ...SNAPSHOT, state: { ...STATE, offsets: { a: { stream: 's', incarnation: 'i', partitions: { 0: 'five' } } } } },
    { ...DELTA, delta: { removed: [-1] } },
    { ...DELTA, delta: { added: [[0]] } },
    { ...DELTA, delta: { moved: [] } },
    { ...DELTA, delta: { within: [[0, { added: {} }]] } },
    { type: 'subscribed', id: 'a' },
    { type: 'unsubscribed', id: 'a', resumed: true },
    { type: 'error', id: 'a', error: 'no' },
    { type: 'pong', id: 'a' },
  ];
  for (const message of wrong) expect(fromServer(message), JSON.stringify(message)).toBe(false);
});
