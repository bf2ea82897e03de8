// Live queries: thousands of WebSocket viewers of a hundred queries while events are pushed. Time from the push of an event to the answer that has it at the
// viewer; CPU and memory of the server. Answers of one viewer of each query are compared with a count of the events, at the state of each message.
// usage: npm run bench:live -- [--viewers 10000] [--processes 2] [--rate 50000] [--seconds 30] [--period 500] [--bin PATH] [--json FILE]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LineProcess } from '../lib/line-process.js';
import { machine } from '../lib/machine.js';
import { commitOf, type MillraceServer, OWN_BIN, sleep, startMillrace } from '../lib/millrace-server.js';
import { residentBytes, schedulerTimes } from '../lib/run-queue.js';
import { DATA_SOURCE, lines, SUPERVISOR, watchedQueries } from './edits.js';
import type { Delays, Push } from './viewers.js';

const { values: options } = parseArgs({
  options: {
    viewers: { type: 'string', default: '10000' },
    processes: { type: 'string', default: '2' },
    rate: { type: 'string', default: '50000' },
    seconds: { type: 'string', default: '30' },
    period: { type: 'string', default: '500' },
    bin: { type: 'string', default: OWN_BIN },
    json: { type: 'string' },
  },
});
const [viewers, processes, rate, seconds, periodMs] = [
  options.viewers,
  options.processes,
  options.rate,
  options.seconds,
  options.period,
].map(Number) as [number, number, number, number, number];
const bin = resolvePath(options.bin);
/** Events of one push; more when the server was late. */
const BATCH = 1000;
const LARGEST_BATCH = 10_000;
/** Of the run, before anything is measured. */
const WARM_SECONDS = 10;

class Feed {
  readonly pushes: Push[] = [];
  #pushed = 0;
  readonly #server: MillraceServer;

  constructor(server: MillraceServer) {
    this.#server = server;
  }

  async push(count: number): Promise<void> {
    this.pushes.push({ atMs: performance.timeOrigin + performance.now(), first: this.#pushed });
    const { status, text } = await this.#server.client.post(`/v1/push/${DATA_SOURCE}`, lines(this.#pushed, count));
    if (status !== 200) throw new Error(`push: ${status} ${text}`);
    this.#pushed += count;
  }

  /** @returns the rate that was held, events a second */
  async run(forSeconds: number): Promise<number> {
    const startedAt = performance.now();
    const before = this.#pushed;
    const passed = (): number => (performance.now() - startedAt) / 1000;
    while (passed() < forSeconds) {
      const owed = Math.floor(passed() * rate) - (this.#pushed - before);
      if (owed >= BATCH) await this.push(Math.min(owed, LARGEST_BATCH));
      else await sleep(2);
    }
    return (this.#pushed - before) / passed();
  }
}

const directory = await mkdtemp(join(tmpdir(), 'millrace-live-'));
const server = await startMillrace({ bin, dataDir: directory, args: [] });
const script = fileURLToPath(new URL('viewers.ts', import.meta.url));
const children = Array.from(
  { length: processes },
  () => new LineProcess(process.execPath, ['--import', 'tsx', script]),
);
try {
  const made = await server.client.post('/druid/indexer/v1/supervisor', JSON.stringify(SUPERVISOR));
  if (made.status !== 200) throw new Error(`supervisor: ${made.status} ${made.text}`);
  const feed = new Feed(server);
  await feed.push(BATCH);
  await untilTable();
  const url = `ws://127.0.0.1:${server.port}/v1/live`;
  const emptyBytes = residentBytes(server.pid) ?? 0;
  await ask((i) => ({ kind: 'open', url, count: share(i), periodMs }));
  const openBytes = residentBytes(server.pid) ?? 0;
  await feed.run(WARM_SECONDS);
  const sinceMs = performance.timeOrigin + performance.now();
  const times = schedulerTimes([server.pid]);
  const held = await feed.run(seconds);
  const after = schedulerTimes([server.pid]);
  const bytes = residentBytes(server.pid) ?? 0;
  await sleep(5 * periodMs + 2000);
  const delays = sum(await ask<Delays>(() => ({ kind: 'report', pushes: feed.pushes, sinceMs })));
  const cores = (read: (of: { cpuMs: number; waitMs: number }) => number): number =>
    times && after ? (read(after) - read(times)) / 1000 / seconds : Number.NaN;
  const figures = {
    command: `npm run bench:live -- ${process.argv.slice(2).join(' ')}`.trim(),
    commit: commitOf(bin),
    machine: machine(),
    viewers,
    queries: watchedQueries(periodMs).length,
    periodMs,
    eventsAskedPerSecond: rate,
    eventsHeldPerSecond: Math.round(held),
    messagesPerSecond: Math.round(delays.messages / seconds),
    eventToScreenMs: { p50: at(delays.counts, 0.5), p99: at(delays.counts, 0.99), max: delays.counts.length },
    serverCpuCores: cores(({ cpuMs }) => cpuMs),
    serverWaitedForCores: cores(({ waitMs }) => waitMs),
    serverMiB: { empty: mib(emptyBytes), viewersConnected: mib(openBytes), end: mib(bytes) },
    answersCompared: delays.checked,
  };
  console.log(JSON.stringify(figures, null, 2));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  await Promise.all(children.map((child) => child.close()));
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

function share(i: number): number {
  return Math.floor(((i + 1) * viewers) / processes) - Math.floor((i * viewers) / processes);
}

function ask<T>(command: (i: number) => unknown): Promise<T[]> {
  return Promise.all(children.map((child, i) => child.ask<T>(command(i))));
}

/** A data source without rows is no table of SQL yet. */
async function untilTable(): Promise<void> {
  const query = JSON.stringify({ query: `SELECT COUNT(*) FROM ${DATA_SOURCE}` });
  while ((await server.client.post('/druid/v2/sql', query)).status !== 200) await sleep(50);
}

function sum(all: readonly Delays[]): Delays {
  const counts: number[] = [];
  for (const delays of all) for (const [ms, count] of delays.counts.entries()) counts[ms] = (counts[ms] ?? 0) + count;
  const total = (member: 'messages' | 'bytes' | 'checked'): number => all.reduce((n, one) => n + one[member], 0);
  return { counts, messages: total('messages'), bytes: total('bytes'), checked: total('checked') };
}

/** Milliseconds that this part of the counted does not exceed. */
function at(counts: readonly number[], part: number): number {
  const wanted = counts.reduce((n, count) => n + count, 0) * part;
  let seen = 0;
  return counts.findIndex((count) => (seen += count) >= wanted) + 1;
}

function mib(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
