import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type LiveAnswer, LiveClient, type LiveQuery, type SocketLike } from '../../src/client/live-client.js';
import { EventOracle } from '../support/event-oracle.js';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';
import { Pusher, superviseEvents } from '../support/pusher.js';
import { pushedTable } from '../support/pushed-table.js';

const budget = Number(process.env['CI_BUDGET'] ?? 1);
const DATA_SOURCE = 'edits';

let directory: string;
let server: MillraceProcess;
let oracle: EventOracle;
let pusher: Pusher;
const clients: LiveClient[] = [];
/** Those that the clients have open now. */
const sockets = new Set<WebSocket>();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-live-'));
  server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
  await server.start();
  ({ oracle, pusher } = await pushedTable(server, { name: DATA_SOURCE, seed: 8, events: 20 }));
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

class TestSocket extends WebSocket {
  constructor(url: string) {
    super(url);
    this.on('open', () => sockets.add(this));
    this.on('close', () => sockets.delete(this));
  }
}

function connect(): LiveClient {
  const client = new LiveClient(server.url, {
    WebSocket: TestSocket as unknown as new (url: string) => SocketLike,
    firstRetryMs: 20,
    longestRetryMs: 200,
  });
  clients.push(client);
  return client;
}

const base = { dataSource: DATA_SOURCE, intervals: ['2000-01-01/2100-01-01'], granularity: 'all' };
const aggregations = [
  { type: 'count', name: 'count' },
  { type: 'longSum', name: 'added', fieldName: 'added' },
];
type Row = Readonly<Record<string, unknown>>;

/** Queries, and what their answers say by page (all pages: ''). */
const WATCHED: readonly {
  readonly query: LiveQuery;
  readonly counts: (result: readonly Row[]) => Map<string, number>;
}[] = [
  {
    query: { periodMs: 100, query: { ...base, queryType: 'timeseries', aggregations } },
    counts: (result) => new Map(result.map((row) => ['', (row['result'] as { count: number }).count])),
  },
  {
    query: { periodMs: 100, query: { ...base, queryType: 'groupBy', dimensions: ['page'], aggregations } },
    counts: (result) => countsBy(result.map((row) => row['event'] as Row)),
  },
  {
    query: {
      periodMs: 100,
      query: { ...base, queryType: 'topN', dimension: 'page', metric: 'count', threshold: 1000, aggregations },
    },
    counts: (result) => countsBy(result.flatMap((row) => row['result'] as Row[])),
  },
  {
    query: { periodMs: 100, sql: `SELECT page, COUNT(*) AS "count" FROM ${DATA_SOURCE} GROUP BY 1 ORDER BY 2 DESC` },
    counts: countsBy,
  },
];

function countsBy(rows: readonly Row[]): Map<string, number> {
  return new Map(rows.map((row) => [row['page'] as string, row['count'] as number]));
}

test('every answer is exact at its state, through publishing, handoff, broken connections and kill -9', async () => {
  const client = connect();
  const seen = WATCHED.map(() => ({ answers: 0, deltas: 0, whole: 0, vector: '' }));
  const wrong: unknown[] = [];
  const checkAnswer = (index: number, { result, state, delta }: LiveAnswer<Row>): void => {
    const vector = state.offsets[DATA_SOURCE]!.partitions;
    const { count, pages } = oracle.at(vector);
    const { query, counts } = WATCHED[index]!;
    const expected = 'sql' in query || index > 0 ? pages : new Map([['', count]]);
    const found = counts(result);
    const isRight = found.size === expected.size && [...expected].every(([page, n]) => found.get(page) === n);
    if (!isRight) wrong.push({ index, vector, found: [...found], expected: [...expected] });
    const stats = seen[index]!;
    stats.answers++;
    if (delta === undefined) stats.whole++;
    else stats.deltas++;
    stats.vector = JSON.stringify(vector);
  };
  // A push is written to the oracle when it is acknowledged, which an answer may overtake.
  const pending: (() => void)[] = [];
  for (const [index, { query }] of WATCHED.entries()) {
    client.subscribe<Row>(query, { onAnswer: (answer) => pending.push(() => checkAnswer(index, answer)) });
  }
  for (let round = 0; round < Math.max(4, Math.round(6 * budget)); round++) {
    for (let i = 0; i < 20; i++) {
      await pusher.push(60);
      for (const check of pending.splice(0)) check();
    }
    if (round % 3 === 2) {
      await server.kill();
      await server.start();
    } else for (const socket of sockets) socket.terminate();
  }
  const end = JSON.stringify(oracle.end);
  await eventually(async () => {
    for (const check of pending.splice(0)) check();
    return (await Promise.resolve(seen.every(({ vector }) => vector === end))) || undefined;
  });
  expect(wrong).toEqual([]);
  for (const { deltas, whole } of seen) {
    expect(deltas).toBeGreaterThan(0);
    // The first answer, and one for each restart of the server; a broken connection costs none.
    expect(whole).toBeLessThanOrEqual(1 + Math.ceil(6 * budget));
  }
});

test('answers are exact while blocks of many rows grow and fill', async () => {
  await superviseEvents(server, 'crowd', 'PT1H');
  const crowd = new EventOracle(9);
  const pushes = new Pusher(server, 'crowd', crowd);
  await pushes.push(20_000);
  const client = connect();
  const pending: (() => void)[] = [];
  const wrong: unknown[] = [];
  const ends = WATCHED.map(() => 0);
  for (const [index, { query, counts }] of WATCHED.slice(0, 3).entries()) {
    const asked = { ...query, query: { ...(query as { readonly query: object }).query, dataSource: 'crowd' } };
    client.subscribe<Row>(asked as LiveQuery, {
      onAnswer: ({ result, state }) =>
        pending.push(() => {
          const { count, pages } = crowd.at(state.offsets['crowd']!.partitions);
          const expected = index === 0 ? new Map([['', count]]) : pages;
          const found = counts(result);
          const isRight = found.size === expected.size && [...expected].every(([page, n]) => found.get(page) === n);
          if (!isRight) wrong.push({ index, found: [...found], expected: [...expected] });
          ends[index] = count;
        }),
    });
  }
  // Over two blocks, by steps smaller and larger than those by which partials are made anew.
  for (const rows of [1, 5000, 20_000, 3, 9000, 30_000, 7000, 40_000, 2000, 17_000, 1, 1000]) {
    await pushes.push(rows);
    const { count } = crowd.at(crowd.end);
    await eventually(() => {
      for (const check of pending.splice(0)) check();
      return Promise.resolve(ends.slice(0, 3).every((end) => end === count) || undefined);
    });
  }
  expect(wrong).toEqual([]);
});

test('a connection that breaks costs no snapshot: the client goes on where it was', async () => {
  await pusher.push(100);
  const answers: LiveAnswer<unknown>[] = [];
  connect().subscribe(WATCHED[1]!.query, { onAnswer: (answer) => answers.push(answer) });
  const until = (count: number): Promise<boolean> =>
    eventually(() => {
      const last = answers.at(-1)?.result as readonly { event: { count: number } }[] | undefined;
      const total = (last ?? []).reduce((sum, { event }) => sum + event.count, 0);
      return Promise.resolve(total === count || undefined);
    });
  await until(oracle.at(oracle.end).count);
  for (let i = 0; i < 5; i++) {
    for (const socket of sockets) socket.terminate();
    await pusher.push(10);
    await until(oracle.at(oracle.end).count);
  }
  expect(answers.filter(({ delta }) => delta === undefined)).toHaveLength(1);
});

test('minOffsets waits until the answer has what was just written', async () => {
  for (let i = 0; i < 20; i++) {
    const minOffsets = { [DATA_SOURCE]: await pusher.push(50) };
    const { count } = oracle.at(oracle.end);
    const native = await server.post('/druid/v2', {
      ...base,
      queryType: 'timeseries',
      aggregations,
      context: { minOffsets },
    });
    expect(JSON.parse(native.text)).toMatchObject([{ result: { count } }]);
    const query = `SELECT COUNT(*) AS c FROM ${DATA_SOURCE}`;
    const sql = await server.post('/druid/v2/sql', { query, context: { minOffsets } });
    expect(JSON.parse(sql.text)).toEqual([{ c: count }]);
  }
});

test('minOffsets that are not reached in time are a timeout, and those that make no sense an error', async () => {
  const ask = (context: object): ReturnType<MillraceProcess['post']> =>
    server.post('/druid/v2', { ...base, queryType: 'timeseries', aggregations, context });
  await pusher.push(1);
  expect((await ask({ minOffsets: { [DATA_SOURCE]: { '0': 1_000_000 } }, timeout: 300 })).status).toBe(504);
  const other = await ask({ minOffsets: { other: { '0': 1 } } });
  expect([other.status, other.text]).toEqual([400, expect.stringContaining('Supervisor [other] of [minOffsets]')]);
  expect((await ask({ minOffsets: { [DATA_SOURCE]: 5 } })).status).toBe(400);
});

test('without WebSocket: server-sent events go on where Last-Event-ID says', async () => {
  await pusher.push(10);
  const body = JSON.stringify({ periodMs: 100, sql: `SELECT COUNT(*) AS c FROM ${DATA_SOURCE}` });
  const first = await events(body, {}, 2);
  expect(first[0]).toMatchObject({ type: 'subscribed', resumed: false });
  expect(first[1]).toMatchObject({ type: 'snapshot', result: [{ c: oracle.at(oracle.end).count }] });
  await pusher.push(10);
  const next = await events(body, { 'last-event-id': String(first[1]!['cursor']) }, 2);
  expect(next[0]).toMatchObject({ type: 'subscribed', resumed: true });
  expect(next[1]).toMatchObject({
    type: 'delta',
    from: first[1]!['cursor'],
    delta: { changed: [[0, { c: oracle.at(oracle.end).count }]] },
  });
});

test('statements that cannot be live are refused in words', async () => {
  await pusher.push(1);
  const refused = await server.post('/v1/live', { sql: `SELECT * FROM ${DATA_SOURCE}` });
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('subscribe to an aggregate')]);
  expect((await server.post('/v1/live', { sql: 'SELEC 1' })).status).toBe(400);
  expect((await server.post('/v1/live', {})).status).toBe(400);
});

/** The first messages of a stream of events, which is then left. */
async function events(body: string, headers: Readonly<Record<string, string>>, count: number): Promise<Row[]> {
  const leave = new AbortController();
  const answer = await fetch(`${server.url}/v1/live`, { method: 'POST', body, headers, signal: leave.signal });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const messages: Row[] = [];
  let text = '';
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const ended = text.split('\n\n');
    text = ended.pop()!;
    for (const event of ended) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) messages.push(JSON.parse(data) as Row);
    }
    if (messages.length >= count) break;
  }
  leave.abort();
  return messages;
}
