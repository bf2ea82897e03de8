// Load test: dashboard queries over HTTP while events stream in. Starts its own server in a fresh directory on a free port of
// this machine, checks every answer's status and, at the end, that no event was lost or counted twice.
// usage: npm run bench:load -- [--seconds 20] [--connections 16] [--rate 5000] [--preload 500000] [--json FILE]
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '16' },
    rate: { type: 'string', default: '5000' },
    preload: { type: 'string', default: '500000' },
    json: { type: 'string' },
  },
});
const seconds = Number(options.seconds);
const rate = Number(options.rate);
const preload = Number(options.preload);
const BIN = fileURLToPath(new URL('../../dist/cli/millrace.js', import.meta.url));
const DATA_SOURCE = 'load';
const BATCH = 500;

const directory = await mkdtemp(join(tmpdir(), 'millrace-load-'));
const port = await freePort();
const base = `http://127.0.0.1:${port}`;
const server = spawn(process.execPath, [BIN, 'start', '--port', String(port), '--data-dir', directory], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
try {
  await untilHealthy();
  await createSupervisor();
  let pushed = 0;
  const push = async (count) => {
    const lines = Array.from({ length: count }, () => event(pushed++)).join('\n');
    const answer = await fetch(`${base}/v1/push/${DATA_SOURCE}`, { method: 'POST', body: lines });
    if (answer.status !== 200) throw new Error(`push: ${answer.status} ${await answer.text()}`);
  };
  process.stdout.write(`preloading ${preload.toLocaleString('en')} events `);
  const preloadStartedAt = performance.now();
  for (let left = preload; left > 0; left -= 5000) await push(Math.min(5000, left));
  await untilCounted(pushed);
  const preloadRate = preload / ((performance.now() - preloadStartedAt) / 1000);
  console.log(`(${Math.round(preloadRate).toLocaleString('en')} events/s, pushed to queryable)`);

  const cpuBefore = cpuSeconds();
  const feeder = feed(push);
  const latencies = [];
  const statuses = new Map();
  const run = autocannon({
    url: `${base}/druid/v2`,
    connections: Number(options.connections),
    duration: seconds,
    requests: dashboard().map((query) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(query),
    })),
  });
  run.on('response', (_client, status, _bytes, ms) => {
    latencies.push(ms);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  });
  const result = await run;
  const held = await feeder.stop();
  const cpu = cpuSeconds() - cpuBefore;
  await untilCounted(pushed);
  await report({ result, latencies, statuses, held, cpu });
} finally {
  server.kill('SIGTERM');
  await once(server, 'exit');
  await rm(directory, { recursive: true, force: true });
}

async function report({ result, latencies, statuses, held, cpu }) {
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  const figures = {
    command: `npm run bench:load -- ${process.argv.slice(2).join(' ')}`.trim(),
    commit: git(),
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    events: preload,
    connections: Number(options.connections),
    queriesPerSecond: Math.round(latencies.length / seconds),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    ingestAskedPerSecond: rate,
    ingestHeldPerSecond: Math.round(held),
    serverCpuShare: cpu / seconds,
    statuses: Object.fromEntries(statuses),
    errors: result.errors,
  };
  console.log(`
  queries/s      ${figures.queriesPerSecond.toLocaleString('en')}  (${figures.connections} connections, ${dashboard().length} dashboard queries in turn, no cache of real-time rows)
  p50 p95 p99    ${[figures.p50Ms, figures.p95Ms, figures.p99Ms].map((ms) => ms.toFixed(1)).join('  ')} ms
  ingest held    ${figures.ingestHeldPerSecond.toLocaleString('en')} of ${rate.toLocaleString('en')} events/s
  server CPU     ${figures.serverCpuShare.toFixed(2)} cores
  answers        ${JSON.stringify(figures.statuses)}, ${result.errors} connection errors
  counted        every event once, at the end
`);
  if (options.json) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
  const bad = [...statuses].filter(([status]) => status !== 200).length > 0 || result.errors > 0;
  if (bad) process.exitCode = 1;
}

/** Pushes at the asked rate until stopped; gives the rate held. */
function feed(push) {
  const stopping = new AbortController();
  let sent = 0;
  const startedAt = performance.now();
  const done = (async () => {
    while (!stopping.signal.aborted) {
      const owed = ((performance.now() - startedAt) / 1000) * rate - sent;
      if (owed >= BATCH) {
        await push(BATCH);
        sent += BATCH;
      } else {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await done;
      return sent / ((performance.now() - startedAt) / 1000);
    },
  };
}

function event(i) {
  const skew = (n, salt) => Math.floor((n + 1) ** random(i * 7 + salt) - 1);
  return JSON.stringify({
    time: new Date(Date.now() - (random(i) < 0.5 ? Math.floor(random(i + 1) * 3_600_000) : 0)).toISOString(),
    country: `c${skew(60, 1)}`,
    page: `page-${skew(20_000, 2)}`,
    device: ['desktop', 'mobile', 'tablet', null][skew(4, 3)],
    campaign: `k${skew(300, 4)}`,
    bytes: 100 + skew(50_000, 5),
    price: skew(10_000, 6) / 100,
  });
}

/** 0..1, the same for the same number on every run. */
function random(i) {
  let x = Math.imul(i + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 4294967296;
}

/** What one open dashboard asks for: totals, a line, split lines, top lists, a filtered list, a table page. */
function dashboard() {
  const intervals = [
    `${new Date(Date.now() - 7_200_000).toISOString()}/${new Date(Date.now() + 7_200_000).toISOString()}`,
  ];
  const common = { dataSource: DATA_SOURCE, intervals };
  const count = { type: 'count', name: 'events' };
  const bytes = { type: 'longSum', name: 'bytes', fieldName: 'bytes' };
  const revenue = { type: 'doubleSum', name: 'revenue', fieldName: 'price' };
  const mobile = { type: 'equals', column: 'device', matchValueType: 'STRING', matchValue: 'mobile' };
  return [
    { ...common, queryType: 'timeseries', granularity: 'all', aggregations: [count, bytes, revenue] },
    { ...common, queryType: 'timeseries', granularity: 'minute', aggregations: [count] },
    { ...common, queryType: 'timeseries', granularity: 'minute', filter: mobile, aggregations: [count, bytes] },
    {
      ...common,
      queryType: 'topN',
      granularity: 'all',
      dimension: 'page',
      metric: 'events',
      threshold: 20,
      aggregations: [count, bytes],
    },
    {
      ...common,
      queryType: 'topN',
      granularity: 'all',
      dimension: 'country',
      metric: 'revenue',
      threshold: 10,
      filter: mobile,
      aggregations: [count, revenue],
    },
    {
      ...common,
      queryType: 'groupBy',
      granularity: 'all',
      dimensions: ['country', 'device'],
      aggregations: [count, bytes, revenue],
      limitSpec: { type: 'default', limit: 50, columns: [{ dimension: 'events', direction: 'descending' }] },
    },
    { ...common, queryType: 'scan', order: 'none', limit: 50 },
  ];
}

async function createSupervisor() {
  const answer = await fetch(`${base}/druid/indexer/v1/supervisor`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      type: 'local',
      spec: {
        dataSchema: {
          dataSource: DATA_SOURCE,
          timestampSpec: { column: 'time', format: 'iso' },
          dimensionsSpec: {
            dimensions: [
              'country',
              'page',
              'device',
              'campaign',
              { type: 'long', name: 'bytes' },
              { type: 'double', name: 'price' },
            ],
          },
          granularitySpec: { segmentGranularity: 'HOUR', queryGranularity: 'NONE', rollup: false },
        },
        ioConfig: {
          type: 'local',
          stream: DATA_SOURCE,
          inputFormat: { type: 'json' },
          useEarliestOffset: true,
          taskDuration: 'PT10S',
        },
        tuningConfig: { type: 'local' },
      },
    }),
  });
  if (answer.status !== 200) throw new Error(`supervisor: ${answer.status} ${await answer.text()}`);
}

async function untilCounted(expected) {
  for (;;) {
    const answer = await fetch(`${base}/druid/v2`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(dashboard()[0]),
    });
    if (answer.status !== 200) throw new Error(`count: ${answer.status} ${await answer.text()}`);
    const counted = (await answer.json())[0]?.result.events ?? 0;
    if (counted === expected) return;
    if (counted > expected) throw new Error(`${counted} events counted, only ${expected} pushed`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function untilHealthy() {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`server ended with status ${server.exitCode}`);
    const health = await fetch(`${base}/status/health`).catch(() => undefined);
    if (health?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: free } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return free;
}

/** User and system time of the server process so far; 0 where /proc is missing. */
function cpuSeconds() {
  try {
    const stat = execFileSync('cat', [`/proc/${server.pid}/stat`], { encoding: 'utf8' });
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

function git() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
