// Load test: dashboard queries over HTTP while events stream in. Starts its own server in a fresh directory on a free port of
// this machine, checks every answer's status and, at the end, that no event was lost or counted twice.
// usage: npm run bench:load -- [--seconds 20] [--connections 16] [--rate 5000] [--preload 500000] [--bin PATH] [--json FILE]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { dashboard, EventStream } from '../lib/dashboard-stream.js';
import { machine } from '../lib/machine.js';
import { commitOf, OWN_BIN, startMillrace } from '../lib/millrace-server.js';
import { schedulerTimes } from '../lib/run-queue.js';
import { percentile } from '../lib/statistics.js';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '16' },
    rate: { type: 'string', default: '5000' },
    preload: { type: 'string', default: '500000' },
    bin: { type: 'string', default: OWN_BIN },
    json: { type: 'string' },
  },
});
const seconds = Number(options.seconds);
const preload = Number(options.preload);
const bin = resolvePath(options.bin);

const directory = await mkdtemp(join(tmpdir(), 'millrace-load-'));
const server = await startMillrace({ bin, dataDir: directory, args: [] });
try {
  const stream = new EventStream(server.client);
  await stream.create();
  process.stdout.write(`preloading ${preload.toLocaleString('en')} events `);
  const preloadStartedAt = performance.now();
  for (let left = preload; left > 0; left -= 5000) await stream.push(Math.min(5000, left));
  await stream.untilCounted();
  const preloadRate = preload / ((performance.now() - preloadStartedAt) / 1000);
  console.log(`(${Math.round(preloadRate).toLocaleString('en')} events/s, pushed to queryable)`);

  const cpuBefore = schedulerTimes([server.pid])?.cpuMs ?? 0;
  const feeder = stream.feed(Number(options.rate));
  const latencies: number[] = [];
  const statuses: Record<number, number> = {};
  const { errors } = await autocannonRun((_client, status, _bytes, ms) => {
    latencies.push(ms);
    statuses[status] = (statuses[status] ?? 0) + 1;
  });
  const held = await feeder.stop();
  const cpuMs = (schedulerTimes([server.pid])?.cpuMs ?? 0) - cpuBefore;
  await stream.untilCounted();
  const figures = {
    command: `npm run bench:load -- ${process.argv.slice(2).join(' ')}`.trim(),
    commit: commitOf(bin),
    machine: machine(),
    events: preload,
    connections: Number(options.connections),
    queriesPerSecond: Math.round(latencies.length / seconds),
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
    p99Ms: percentile(latencies, 0.99),
    ingestAskedPerSecond: Number(options.rate),
    ingestHeldPerSecond: Math.round(held),
    serverCpuShare: cpuMs / 1000 / seconds,
    statuses,
    errors,
  };
  console.log(`
  queries/s      ${figures.queriesPerSecond.toLocaleString('en')}  (${figures.connections} connections, ${dashboard().length} dashboard queries in turn, no cache of real-time rows)
  p50 p95 p99    ${[figures.p50Ms, figures.p95Ms, figures.p99Ms].map((ms) => ms.toFixed(1)).join('  ')} ms
  ingest held    ${figures.ingestHeldPerSecond.toLocaleString('en')} of ${figures.ingestAskedPerSecond.toLocaleString('en')} events/s
  server CPU     ${figures.serverCpuShare.toFixed(2)} cores
  answers        ${JSON.stringify(figures.statuses)}, ${errors} connection errors
  counted        every event once, at the end
`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
  if (errors > 0 || Object.keys(statuses).some((status) => status !== '200')) process.exitCode = 1;
} finally {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

function autocannonRun(onResponse: (client: unknown, status: number, bytes: number, ms: number) => void) {
  const requests = dashboard().map(({ query }) => ({
    method: 'POST' as const,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(query),
  }));
  const url = `http://127.0.0.1:${server.port}/druid/v2`;
  return new Promise<autocannon.Result>((resolve, reject) => {
    const settings = { url, connections: Number(options.connections), duration: seconds, requests };
    const run = autocannon(settings, (error, result) => (error ? reject(error as Error) : resolve(result)));
    run.on('response', onResponse);
  });
}
