// Dashboards at half of what the server can do, while events come in at half of what it can take: open loop, so a query that is
// late delays no other, and its wait counts from when it was due. Both halves, with the client that makes them, are the whole of a
// machine: --share says another part.
// usage: npm run bench:concurrency -- [--seconds 30] [--preload 4000000] [--share 0.5] [--bin PATH] [--json FILE]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { dashboard, EventStream, random } from '../lib/dashboard-stream.js';
import { HttpClient } from '../lib/http-client.js';
import { machine } from '../lib/machine.js';
import { commitOf, OWN_BIN, sleep, startMillrace } from '../lib/millrace-server.js';
import { percentile } from '../lib/statistics.js';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    // Many more than come in meanwhile, so that queries cost at the end about what they cost when they were measured alone.
    preload: { type: 'string', default: '4000000' },
    share: { type: 'string', default: '0.5' },
    bin: { type: 'string', default: OWN_BIN },
    json: { type: 'string' },
  },
});
const CALIBRATION_MS = 5000;
const CLIENTS = 8;
const PUSH = 5000;
/** Fewer queries of a class say nothing about their slowest hundredth. */
const ENOUGH = 100;
const share = Number(options.share);
const bin = resolve(options.bin);

const directory = await mkdtemp(join(tmpdir(), 'millrace-concurrency-'));
const server = await startMillrace({ bin, dataDir: directory, args: [] });
const client = new HttpClient(server.port);
try {
  const stream = new EventStream(server.client);
  await stream.create();
  const startedAt = performance.now();
  while (stream.pushed < Number(options.preload)) await stream.push(PUSH);
  await stream.untilCounted();
  const ingestCapacity = stream.pushed / ((performance.now() - startedAt) / 1000);
  const queryCapacity = await closedLoop();
  console.log(
    `alone: ${queryCapacity.toFixed(0)} queries/s, ${ingestCapacity.toFixed(0)} events/s; now ${share} of each`,
  );
  const feeder = stream.feed(ingestCapacity * share);
  const latencies = await openLoop(queryCapacity * share, Number(options.seconds) * 1000);
  const held = await feeder.stop();
  await stream.untilCounted();
  await report({ queryCapacity, ingestCapacity, held, latencies });
} finally {
  client.close();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

async function ask(query: unknown): Promise<void> {
  const answer = await client.query(JSON.stringify(query));
  if (answer.status !== 200) throw new Error(`query: ${answer.status} ${JSON.stringify(answer.json).slice(0, 300)}`);
}

/** Queries per second with clients that each wait for their answer. */
async function closedLoop(): Promise<number> {
  const endsAt = performance.now() + CALIBRATION_MS;
  let answered = 0;
  const one = async (offset: number): Promise<void> => {
    for (let i = offset; performance.now() < endsAt; i++) {
      const queries = dashboard();
      await ask(queries[i % queries.length]!.query);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => one(i)));
  return answered / (CALIBRATION_MS / 1000);
}

/** Queries at times that were fixed before, at random distances; @returns milliseconds from due to answered, by query */
async function openLoop(perSecond: number, ms: number): Promise<Map<string, number[]>> {
  const latencies = new Map(dashboard().map(({ name }) => [name, [] as number[]]));
  const running: Promise<void>[] = [];
  const startedAt = performance.now();
  let due = 0;
  for (let i = 0; due < ms; i++) {
    const waitMs = startedAt + due - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    const queries = dashboard();
    const { name, query } = queries[Math.floor(random(i * 2 + 1) * queries.length)]!;
    const dueAt = startedAt + due;
    running.push(ask(query).then(() => void latencies.get(name)!.push(performance.now() - dueAt)));
    due += (-Math.log(1 - random(i * 2)) * 1000) / perSecond;
  }
  await Promise.all(running);
  return latencies;
}

async function report(measured: {
  readonly queryCapacity: number;
  readonly ingestCapacity: number;
  readonly held: number;
  readonly latencies: ReadonlyMap<string, readonly number[]>;
}): Promise<void> {
  const classes = [...measured.latencies].map(([name, ms]) => {
    const [p50Ms, p99Ms] = [percentile(ms, 0.5), percentile(ms, 0.99)];
    return { name, queries: ms.length, p50Ms, p99Ms, p99ToP50: p99Ms / p50Ms };
  });
  for (const { name, queries, p50Ms, p99Ms, p99ToP50 } of classes) {
    const known = p99ToP50 <= 5 ? 'reached' : 'missed';
    const verdict = queries < ENOUGH ? 'too few for a p99' : known;
    console.log(
      `  ${name.padEnd(24)} ${String(queries).padStart(6)}  p50 ${p50Ms.toFixed(2).padStart(8)} ms  p99 ${p99Ms.toFixed(2).padStart(8)} ms  ${p99ToP50.toFixed(1)}x (asked: 5x, ${verdict})`,
    );
  }
  console.log(
    `  ingest held ${measured.held.toFixed(0)} of ${(measured.ingestCapacity * share).toFixed(0)} events/s; every event counted once`,
  );
  if (options.json === undefined) return;
  const command = `npm run bench:concurrency -- ${process.argv.slice(2).join(' ')}`.trim();
  const figures = { ...measured, command, commit: commitOf(bin), machine: machine(), latencies: undefined, classes };
  await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
}
