import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EventOracle } from '../support/event-oracle.js';
import { checkExact } from '../support/exact-queries.js';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';
import { Pusher, superviseEvents } from '../support/pusher.js';

const budget = Number(process.env['CI_BUDGET'] ?? 1);
const DATA_SOURCE = 'edits';

let directory: string;
let server: MillraceProcess;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-e2e-'));
  server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
  await server.start();
});

afterEach(async () => {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

test('count, sums and groups are exact and the count never falls while sequences are published, handed off and compacted', async () => {
  await superviseEvents(server, DATA_SOURCE, 'PT2S');
  const oracle = new EventOracle(1);
  const pusher = new Pusher(server, DATA_SOURCE, oracle);
  const endAtMs = Date.now() + 25_000 * budget;
  let lastCount = 0;
  let lastS = 0;
  const states = new Set<number>();
  const enough = (): boolean => states.size > 5 && server.log.includes('Segments are compacted');
  while (Date.now() < endAtMs || !enough()) {
    await pusher.push(200);
    const state = await checkExact(server, DATA_SOURCE, oracle);
    expect(state, server.log.slice(-2000)).toBeDefined();
    expect(state!.count).toBeGreaterThanOrEqual(lastCount);
    expect(state!.s).toBeGreaterThanOrEqual(lastS);
    lastCount = state!.count;
    lastS = state!.s;
    states.add(state!.s);
  }
  await reaches(oracle);
});

test('events acknowledged before kill -9 are all there once after a restart', async () => {
  await superviseEvents(server, DATA_SOURCE, 'PT3S');
  const oracle = new EventOracle(2);
  const pusher = new Pusher(server, DATA_SOURCE, oracle);
  for (let round = 0; round < Math.max(3, Math.round(4 * budget)); round++) {
    const killAtMs = Date.now() + 1000 + round * 1700;
    while (Date.now() < killAtMs) {
      await pusher.push(150);
      await checkExact(server, DATA_SOURCE, oracle);
    }
    await server.kill();
    await server.start();
    await checkExact(server, DATA_SOURCE, oracle);
  }
  await reaches(oracle);
});

test('SIGTERM publishes what was read, and a restart answers the same', async () => {
  await superviseEvents(server, DATA_SOURCE, 'PT1H');
  const oracle = new EventOracle(3);
  const pusher = new Pusher(server, DATA_SOURCE, oracle);
  await pusher.push(1000);
  await reaches(oracle);
  await server.stop();
  await server.start();
  const state = await checkExact(server, DATA_SOURCE, oracle);
  expect(state?.vector).toEqual(oracle.end);
});

test('a query that runs at SIGTERM gets its answer, and the health says meanwhile that no more are wanted', async () => {
  await superviseEvents(server, DATA_SOURCE, 'PT1H');
  const pusher = new Pusher(server, DATA_SOURCE, new EventOracle(4));
  const [[partition, offset] = ['', 0]] = Object.entries(await pusher.push(10));
  const answer = server.post('/druid/v2/sql', {
    query: `SELECT COUNT(*) AS n FROM ${DATA_SOURCE}`,
    context: { minOffsets: { [DATA_SOURCE]: { [partition]: offset + 1 } } },
  });
  await eventually(async () => {
    const { text } = await server.post('/druid/v2/sql', {
      query: "SELECT statement FROM sys.queries WHERE type = 'sql'",
    });
    return text.includes(`FROM ${DATA_SOURCE}`) ? true : undefined;
  });
  const stopped = server.stop();
  await eventually(async () => ((await server.get('/status/health')).status === 503 ? true : undefined));
  await pusher.push(1);
  expect((await answer).text.trim()).toBe('[{"n":11}]');
  await stopped;
});

async function reaches(oracle: EventOracle): Promise<void> {
  await eventually(async () => {
    const state = await checkExact(server, DATA_SOURCE, oracle);
    return state && JSON.stringify(state.vector) === JSON.stringify(oracle.end) ? state : undefined;
  });
}
