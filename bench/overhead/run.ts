// What a query costs beside its work: one that finds nothing, and one whose answers per segment are cached.
// usage: npm run bench:overhead -- [--seconds 5] [--bin PATH] [--json FILE]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { type HourlyTable, ingestHourlyTable } from '../lib/hourly-table.js';
import { machine } from '../lib/machine.js';
import { commitOf, type MillraceServer, OWN_BIN, startMillrace } from '../lib/millrace-server.js';
import { schedulerTimes } from '../lib/run-queue.js';
import { percentile } from '../lib/statistics.js';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    bin: { type: 'string', default: OWN_BIN },
    json: { type: 'string' },
  },
});
const ROUNDS = 2000;
const TABLE: HourlyTable = { dataSource: 'overhead', hours: 48, rowsPerHour: 2000 };

const bin = resolve(options.bin);
const directory = await mkdtemp(join(tmpdir(), 'millrace-overhead-'));
const server = await startMillrace({ bin, dataDir: join(directory, 'data'), args: ['--allow-local', directory] });
try {
  await ingestHourlyTable(server, TABLE, directory);
  const empty = query({ queryType: 'groupBy', intervals: ['2001-01-01/2002-01-01'], dimensions: ['color'] });
  const emptyLatency = await latencies(server, empty, (rows) => rows.length === 0);
  const emptyRate = await rate(server, empty);
  const context = { useCache: true, populateCache: true };
  const cached = query({ queryType: 'topN', context, dimension: 'color', metric: 'n', threshold: 10 });
  const cachedLatency = await latencies(server, cached, (rows) => rows.length === 1);
  const figures = {
    command: `npm run bench:overhead -- ${process.argv.slice(2).join(' ')}`.trim(),
    commit: commitOf(bin),
    machine: machine(),
    empty: { ...emptyLatency, ...emptyRate },
    cached: cachedLatency,
  };
  const { p50Ms, p99Ms } = emptyLatency;
  console.log(`empty result    p50 ${p50Ms.toFixed(3)} ms (asked: 1), p99 ${p99Ms.toFixed(3)} ms`);
  console.log(
    `                ${emptyRate.perCpuSecond?.toFixed(0)} requests per second of server CPU (asked: 8000); ${emptyRate.perSecond.toFixed(0)}/s beside the client`,
  );
  console.log(
    `cached topN     p50 ${cachedLatency.p50Ms.toFixed(3)} ms (asked: 2), p99 ${cachedLatency.p99Ms.toFixed(3)} ms`,
  );
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

function query(more: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    dataSource: TABLE.dataSource,
    intervals: ['2020-01-01/2020-02-01'],
    granularity: 'all',
    aggregations: [
      { type: 'count', name: 'n' },
      { type: 'doubleSum', name: 'price', fieldName: 'price' },
    ],
    ...more,
  });
}

/** One request after the other; @throws Error when an answer is not what it should be */
async function latencies(
  { client }: MillraceServer,
  body: string,
  isRight: (rows: readonly unknown[]) => boolean,
): Promise<{ p50Ms: number; p99Ms: number }> {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS * 2; i++) {
    const answer = await client.query(body);
    if (answer.status !== 200 || !isRight(answer.json as unknown[])) {
      throw new Error(`${answer.status} ${JSON.stringify(answer.json).slice(0, 300)}`);
    }
    if (i >= ROUNDS) times.push(answer.ms);
  }
  return { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
}

/** `perCpuSecond` is what one core gives that does nothing but serve: the client runs beside it. */
async function rate(
  { pid, port }: MillraceServer,
  body: string,
): Promise<{ perSecond: number; perCpuSecond?: number }> {
  const seconds = Number(options.seconds);
  const before = schedulerTimes([pid]);
  const result = await autocannon({
    url: `http://127.0.0.1:${port}/druid/v2`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    connections: 32,
    duration: seconds,
  });
  const after = schedulerTimes([pid]);
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} bad answers, ${result.errors} errors`);
  const requests = result.requests.total;
  const known = before !== undefined && after !== undefined;
  return {
    perSecond: requests / seconds,
    ...(known ? { perCpuSecond: requests / ((after.cpuMs - before.cpuMs) / 1000) } : {}),
  };
}
