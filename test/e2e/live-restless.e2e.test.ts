import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SeededRandomness } from '../../src/platform/randomness.js';
import { faultOf, randomQuery, requestOf } from '../support/live-queries.js';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';
import { compact, pushedTable } from '../support/pushed-table.js';
import { RestlessViewer } from '../support/restless-viewer.js';

const budget = Number(process.env['CI_BUDGET'] ?? 1);
const asked = process.env['PROPERTY_SEED'] ?? '20261124';
const seed = asked === 'random' ? Date.now() % 1_000_000 : Number(asked);
const VIEWERS = 24;
const ROUNDS = Math.max(5, Math.round(6 * budget));
/** Counting every event for every answer is what takes longest: of long runs so many events are counted an answer on average. */
const COUNTED_EVENTS = 4000;

let directory: string;
let server: MillraceProcess;
const viewers: RestlessViewer[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-restless-'));
  server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
  await server.start();
});

afterEach(async () => {
  for (const viewer of viewers.splice(0)) viewer.close();
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

test(`clients that drop, stall and come back with old answers are exact at every message, over handoff, compaction and kill -9 (seed ${seed})`, async () => {
  const random = new SeededRandomness(seed);
  const tables = [
    await pushedTable(server, { name: 'edits', seed, events: 20 }),
    await pushedTable(server, { name: 'minutes', seed, events: 20, isRollup: true }),
  ];
  const faults: unknown[] = [];
  // A push is written to the oracle when it is acknowledged, which an answer may overtake.
  const pending: (() => void)[] = [];
  for (let i = 0; i < VIEWERS; i++) {
    const { name, isRollup, oracle } = tables[i % 2]!;
    const query = randomQuery(random, name, isRollup);
    viewers.push(
      new RestlessViewer({
        url: server.url,
        request: requestOf(query),
        random,
        onFault: (fault) => faults.push({ query, fault }),
        onAnswer: (rows, state) => {
          const { partitions } = state.offsets[name]!;
          const events = Object.values(partitions).reduce((sum, offset) => sum + offset, 0);
          if (random.nextDouble() * events > COUNTED_EVENTS) return;
          pending.push(() => {
            const fault = faultOf(query, oracle.below(partitions), rows);
            if (fault !== undefined) faults.push({ query, fault, partitions, rows: rows.slice(0, 5) });
          });
        },
      }),
    );
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < 20; i++) {
      for (const viewer of viewers) if (random.nextDouble() < 0.4) viewer.act();
      await Promise.all(tables.map(({ pusher }) => pusher.push(1 + Math.floor(random.nextDouble() * 80))));
      for (const check of pending.splice(0)) check();
    }
    if (round % 5 === 3) {
      await server.kill();
      await server.start();
    }
    if (round % 5 === 1) await Promise.all(tables.map((table) => compact(server, table)));
  }
  // Whoever stays is told again; of some queries nothing changes any more.
  const before = viewers.map(({ answers }) => answers);
  await eventually(async () => {
    for (const viewer of viewers) viewer.rest();
    for (const { pusher } of tables) await pusher.push(20);
    for (const check of pending.splice(0)) check();
    return viewers.filter(({ answers }, i) => answers > before[i]!).length > VIEWERS / 2 || undefined;
  });
  expect(faults.slice(0, 3), `${faults.length} faults`).toEqual([]);
  const sum = (count: (viewer: RestlessViewer) => number): number =>
    viewers.reduce((total, viewer) => total + count(viewer), 0);
  expect(sum(({ resumed }) => resumed)).toBeGreaterThan(VIEWERS);
  expect(sum(({ deltas }) => deltas)).toBeGreaterThan(VIEWERS);
  console.info(
    `${sum(({ answers }) => answers)} answers, ${sum(({ deltas }) => deltas)} deltas, ${sum(({ resumed }) => resumed)} resumed`,
  );
});
