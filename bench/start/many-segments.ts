// Start with many segments in the metadata store and the local cache, and what each of them costs in memory while nobody asks.
// usage: npm run bench:start-many -- [--segments 10000] [--runs 5] [--keep DIR] [--bin PATH] [--json FILE]
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { countHourlyRows, type HourlyTable, ingestHourlyTable } from '../lib/hourly-table.js';
import { machine } from '../lib/machine.js';
import { commitOf, OWN_BIN, sleep, startMillrace } from '../lib/millrace-server.js';
import { residentBytes } from '../lib/run-queue.js';
import { median } from '../lib/statistics.js';

const { values: options } = parseArgs({
  options: {
    segments: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '5' },
    keep: { type: 'string', default: join(tmpdir(), 'millrace-bench') },
    bin: { type: 'string', default: OWN_BIN },
    json: { type: 'string' },
  },
});
/** After the start there is still work: local copies are announced, and V8 gives back what the start took some 10 s after the last of it. */
const SETTLE_MS = 16_000;
const segments = Number(options.segments);
const bin = resolve(options.bin);
const table = (hours: number): HourlyTable => ({ dataSource: 'many', hours, rowsPerHour: 1 });

const few = await prepared(1);
const many = await prepared(segments);
const runs: Run[] = [];
const baseline: Run[] = [];
for (let run = 0; run < Number(options.runs); run++) {
  baseline.push(await start(few, 1));
  runs.push(await start(many, segments));
}
const bytesPerSegment =
  (median(runs.map((run) => run.idleBytes)) - median(baseline.map((run) => run.idleBytes))) / (segments - 1);
const figures = {
  command: `npm run bench:start-many -- ${process.argv.slice(2).join(' ')}`.trim(),
  commit: commitOf(bin),
  machine: machine(),
  segments,
  readyMs: median(runs.map((run) => run.readyMs)),
  firstAnswerMs: median(runs.map((run) => run.answeredMs)),
  readyMsWithOne: median(baseline.map((run) => run.readyMs)),
  bytesPerSegment,
  runs,
  baseline,
};
console.log(
  `process to ready with ${segments} segments   ${figures.readyMs.toFixed(0)} ms (asked: 1000), with one ${figures.readyMsWithOne.toFixed(0)} ms`,
);
console.log(`process to an answer of one segment     ${figures.firstAnswerMs.toFixed(0)} ms`);
console.log(`memory of an idle segment               ${bytesPerSegment.toFixed(0)} bytes (asked: 4096)`);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);

interface Run {
  readonly readyMs: number;
  readonly answeredMs: number;
  readonly idleBytes: number;
}

/** A data directory with so many segments; made once, used again. */
async function prepared(hours: number): Promise<string> {
  const folder = join(resolve(options.keep), `segments-${hours}`);
  const done = join(folder, 'done');
  if (existsSync(done)) return folder;
  mkdirSync(folder, { recursive: true });
  const server = await startMillrace({ bin, dataDir: join(folder, 'data'), args: ['--allow-local', folder] });
  try {
    if ((await countHourlyRows(server, table(hours))) !== hours) await ingestHourlyTable(server, table(hours), folder);
    // Local copies follow.
    for (;;) {
      const { text } = await server.client.get('/druid/coordinator/v1/loadstatus?simple');
      if (Object.values(JSON.parse(text) as Record<string, number>).every((left) => left === 0)) break;
      await sleep(500);
    }
  } finally {
    await server.stop();
  }
  writeFileSync(done, '');
  return folder;
}

async function start(folder: string, hours: number): Promise<Run> {
  const startedAt = performance.now();
  const server = await startMillrace({ bin, dataDir: join(folder, 'data'), args: [] });
  try {
    const first = await server.client.query(
      JSON.stringify({
        queryType: 'timeseries',
        dataSource: 'many',
        intervals: ['2020-01-01T00:00/2020-01-01T01:00'],
        granularity: 'all',
        aggregations: [{ type: 'count', name: 'n' }],
      }),
    );
    const answeredMs = performance.now() - startedAt;
    if (!JSON.stringify(first.json).includes('"n":1')) throw new Error(JSON.stringify(first.json));
    await sleep(SETTLE_MS);
    const idleBytes = residentBytes(server.pid) ?? Number.NaN;
    const counted = await countHourlyRows(server, table(hours));
    if (counted !== hours) throw new Error(`${counted} rows counted, not ${hours}`);
    return { readyMs: server.readyMs, answeredMs, idleBytes };
  } finally {
    await server.stop();
  }
}
