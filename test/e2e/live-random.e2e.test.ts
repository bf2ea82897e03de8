import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type LiveAnswer, LiveClient, type SocketLike } from '../../src/client/live-client.js';
import { SeededRandomness } from '../../src/platform/randomness.js';
import { faultOf, randomQuery, type RandomQuery, requestOf } from '../support/live-queries.js';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';
import { compact, pushedTable, type PushedTable } from '../support/pushed-table.js';

const budget = Number(process.env['CI_BUDGET'] ?? 1);
const asked = process.env['PROPERTY_SEED'] ?? '20261123';
const seed = asked === 'random' ? Date.now() % 1_000_000 : Number(asked);
const QUERIES = 24;
const CLIENTS = 6;
const ROUNDS = Math.max(6, Math.round(8 * budget));

let directory: string;
let server: MillraceProcess;
const clients: LiveClient[] = [];
const sockets = new Set<WebSocket>();

class TestSocket extends WebSocket {
  constructor(url: string) {
    super(url);
    this.on('open', () => sockets.add(this));
    this.on('close', () => sockets.delete(this));
  }
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-live-random-'));
  server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
  await server.start();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

function stateOf(task: string): Promise<string> {
  return server
    .get(`/druid/indexer/v1/task/${encodeURIComponent(task)}/status`)
    .then(({ text }) => (JSON.parse(text) as { readonly status: { readonly status: string } }).status.status);
}

test(`random queries are exact at every message, over cut connections, handoff, compaction and kill -9 (seed ${seed})`, async () => {
  const random = new SeededRandomness(seed);
  const tables = [
    await pushedTable(server, { name: 'edits', seed, events: 20 }),
    await pushedTable(server, { name: 'minutes', seed, events: 20, isRollup: true }),
  ];
  const faults: unknown[] = [];
  const seen = Array.from({ length: QUERIES }, () => ({ answers: 0, deltas: 0, upTo: '' }));
  // A push is written to the oracle when it is acknowledged, which an answer may overtake.
  const pending: (() => void)[] = [];
  const checkAnswer = (
    i: number,
    { oracle, name }: PushedTable,
    query: RandomQuery,
    answer: LiveAnswer<Record<string, unknown>>,
  ): void => {
    const { partitions } = answer.state.offsets[name]!;
    const fault = faultOf(query, oracle.below(partitions), answer.result);
    if (fault !== undefined) faults.push({ query, fault, delta: answer.delta, result: answer.result.slice(0, 5) });
    seen[i]!.answers++;
    if (answer.delta !== undefined) seen[i]!.deltas++;
  };
  for (let i = 0; i < CLIENTS; i++) {
    const options = {
      firstRetryMs: 20,
      longestRetryMs: 200,
      WebSocket: TestSocket as unknown as new (url: string) => SocketLike,
    };
    clients.push(new LiveClient(server.url, options));
  }
  for (let i = 0; i < QUERIES; i++) {
    const table = tables[i % 2]!;
    const query = randomQuery(random, table.name, table.isRollup);
    clients[i % CLIENTS]!.subscribe<Record<string, unknown>>(requestOf(query), {
      onAnswer: (answer) => pending.push(() => checkAnswer(i, table, query, answer)),
      onProblem: ({ errorMessage }) => faults.push({ query, errorMessage }),
    });
  }
  const tasks: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < 20; i++) {
      await Promise.all(tables.map(({ pusher }) => pusher.push(1 + Math.floor(random.nextDouble() * 80))));
      for (const check of pending.splice(0)) check();
      for (const socket of sockets) if (random.nextDouble() < 0.05) socket.terminate();
    }
    if (round === Math.floor(ROUNDS / 2)) {
      await server.kill();
      await server.start();
    }
    if (round === 2 || round === ROUNDS - 2)
      tasks.push(...(await Promise.all(tables.map((table) => compact(server, table)))));
  }
  for (const task of tasks) await eventually(async () => ((await stateOf(task)) === 'RUNNING' ? undefined : true));
  for (const check of pending.splice(0)) check();
  expect(faults.slice(0, 3), `${faults.length} faults`).toEqual([]);
  expect(seen.filter(({ answers }) => answers > 1).length).toBeGreaterThan(QUERIES / 2);
  expect(seen.reduce((sum, { deltas }) => sum + deltas, 0)).toBeGreaterThan(QUERIES);
  expect(await Promise.all(tasks.slice(-2).map(stateOf))).toEqual(['SUCCESS', 'SUCCESS']);
});
