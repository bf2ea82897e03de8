// From the start of the process to the first answered query, on a fresh data directory and on one that has data.
// usage: npm run bench:start -- [--runs 9]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '9' } } });
const BIN = fileURLToPath(new URL('../../dist/cli/millrace.js', import.meta.url));
const QUERY = JSON.stringify({
  queryType: 'timeseries',
  dataSource: 'wikipedia',
  intervals: ['1970-01-01/3000-01-01'],
  granularity: 'all',
  aggregations: [{ type: 'count', name: 'events' }],
});

const fresh = [];
const again = [];
for (let run = 0; run < Number(options.runs); run++) {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-start-'));
  fresh.push(await firstAnswer(directory, 0));
  again.push(await firstAnswer(directory, 1));
  await rm(directory, { recursive: true, force: true });
}
console.log(`process start to first answered query, ${options.runs} runs each (demo stream on):`);
console.log(`  fresh data directory   ${summary(fresh)}`);
console.log(`  restart with data      ${summary(again)}`);

/** Milliseconds from spawn to an answer that counts at least `atLeast` events. */
async function firstAnswer(directory, atLeast) {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, [BIN, 'start', '--demo', '--port', String(port), '--data-dir', directory], {
    stdio: 'ignore',
  });
  try {
    for (;;) {
      if (child.exitCode !== null) throw new Error(`ended with status ${child.exitCode}`);
      const answer = await fetch(`http://127.0.0.1:${port}/druid/v2`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: QUERY,
      }).catch(() => undefined);
      if (answer?.status === 200) {
        const events = (await answer.json())[0].result.events;
        if (events >= atLeast) {
          const tookMs = performance.now() - startedAt;
          // Leave some data behind for the restart.
          await new Promise((resolve) => setTimeout(resolve, 1500));
          return tookMs;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  return `median ${median.toFixed(0)} ms, fastest ${sorted[0].toFixed(0)}, slowest ${sorted.at(-1).toFixed(0)}`;
}
