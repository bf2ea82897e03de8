// Events a second of CPU time, from JSON in memory to rows that a query reads; beside JSON.parse alone and DuckDB's read_json with one thread.
// Then events pushed to a server: the rate, the time until they are in answers, and the rate through a handoff.
// usage: npm run bench:ingest -- [--events 1000000] [--rounds 5] [--seconds 10] [--json FILE]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { openBlock } from '../../src/vectors/block-view.js';
import { machine } from '../lib/machine.js';
import { commitOf, OWN_BIN } from '../lib/millrace-server.js';
import { DIMENSIONS, type Events, makeEvents, METRICS, type Shape, specOf } from './events.js';
import { measureLive } from './live.js';
import { intake, recordsOf, type Taken } from './intake.js';

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    json: { type: 'string' },
  },
});
const SHAPES: readonly Shape[] = ['rows', 'unique', 'reducing'];

const events = makeEvents(Number(options.events));
const records = recordsOf(events.values);
const directory = await mkdtemp(join(tmpdir(), 'millrace-ingest-'));
try {
  const file = join(directory, 'events.json');
  await writeFile(file, events.lines);
  const duckdb = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  const times = new Map<string, number[]>();
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const shape of SHAPES) {
      await timed(times, `millrace, ${shape}`, () => checkRows(intake(specOf(shape), records)));
      if (round === 0)
        await timed(times, `millrace, ${shape}, one by one`, () => checkRows(intake(specOf(shape), records, false)));
    }
    await timed(times, 'JSON.parse alone', () => checkSum(parseAll(events.values)));
    await timed(times, 'DuckDB read_json, rows', async () => {
      await duckdb.run(`CREATE OR REPLACE TABLE events AS SELECT * FROM ${readJson(file)}`);
      checkSum(await duckdbSum(duckdb));
    });
    await timed(times, 'DuckDB read_json, unique', async () => {
      const sums = METRICS.map((name) => `sum("${name}") AS "${name}"`).join(', ');
      const keys = DIMENSIONS.map((name) => `"${name}"`).join(', ');
      await duckdb.run(
        `CREATE OR REPLACE TABLE events AS SELECT t // 60000 AS minute, ${keys}, count(*) AS n, ${sums} FROM ${readJson(file)} GROUP BY ALL`,
      );
      checkSum(await duckdbSum(duckdb));
    });
  }
  const eventsPerCpuSecond = Object.fromEntries(
    [...times].map(([name, ms]) => [name, Math.round((events.values.length / Math.min(...ms)) * 1000)]),
  );
  const live = await measureLive(events, Number(options.seconds));
  const report = {
    command: `npm run bench:ingest -- ${process.argv.slice(2).join(' ')}`.trim(),
    commit: commitOf(OWN_BIN),
    machine: machine(),
    bytesPerEvent: events.lines.length / events.values.length,
    eventsPerCpuSecond,
    live,
  };
  console.log(JSON.stringify(report, undefined, 2));
  if (options.json !== undefined) await writeFile(options.json, JSON.stringify(report));
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** CPU time of the process, of all its threads. */
async function timed(times: Map<string, number[]>, name: string, work: () => unknown): Promise<void> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  times.set(name, [...(times.get(name) ?? []), (user + system) / 1000]);
}

function parseAll(values: Events['values']): number {
  let sum = 0;
  for (const value of values) sum += (JSON.parse((value as Buffer).toString('latin1')) as { readonly add: number }).add;
  return sum;
}

function readJson(file: string): string {
  const columns = ["t: 'BIGINT'", ...DIMENSIONS.map((name) => `"${name}": 'VARCHAR'`)];
  columns.push(...METRICS.map((name) => `"${name}": '${name === 'net' ? 'DOUBLE' : 'BIGINT'}'`));
  return `read_json('${file}', format = 'newline_delimited', columns = {${columns.join(', ')}})`;
}

async function duckdbSum(duckdb: Awaited<ReturnType<DuckDBInstance['connect']>>): Promise<number> {
  const reader = await duckdb.runAndReadAll('SELECT sum("add")::BIGINT FROM events');
  return Number(reader.getRows()[0]![0]);
}

function checkSum(sum: number): void {
  if (sum !== events.sums.add) throw new Error(`The sum is ${sum}, not ${events.sums.add}`);
}

/** Every event is in a row: sums, and events of each land. */
function checkRows({ blocks, arena }: Taken): void {
  const byLand = new Map<string, number>();
  let sum = 0;
  for (const { blocks: refs } of blocks) {
    for (const ref of refs) {
      const block = openBlock(ref, () => arena.buffer);
      const [land, n, add] = ['land', 'n', 'add'].map((name) => block.column(name));
      if (land?.kind !== 'string' || n?.kind !== 'long' || add?.kind !== 'long') throw new Error('A column is missing');
      const counts = new Float64Array(land.dictionary.size + 1);
      for (let row = 0; row < block.numRows; row++) {
        counts[land.ids[row]!]! += n.base + Number(n.values[row]);
        sum += add.base + Number(add.values[row]);
      }
      for (let id = 1; id < counts.length; id++) {
        const name = land.dictionary.value(id);
        byLand.set(name, (byLand.get(name) ?? 0) + counts[id]!);
      }
    }
  }
  checkSum(sum);
  for (const [land, count] of events.byLand) {
    if (byLand.get(land) !== count) throw new Error(`Land [${land}] has ${byLand.get(land)} events, not ${count}`);
  }
}
