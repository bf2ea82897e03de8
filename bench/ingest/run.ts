// Events a second of CPU time, from JSON in memory (with --kafka, from a topic too) to rows that a query reads; beside JSON.parse alone and DuckDB's read_json
// with one thread. The rows merged into a segment.
// Then events pushed to a server: the rate, the time until they are in answers, and the rate through a handoff.
// usage: npm run bench:ingest -- [--events 1000000] [--rounds 5] [--seconds 10] [--kafka HOST:PORT] [--json FILE]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { machine } from '../lib/machine.js';
import { commitOf, OWN_BIN } from '../lib/millrace-server.js';
import { checkRows, checkSum } from './check.js';
import { DIMENSIONS, makeEvents, METRICS, type Shape, specOf } from './events.js';
import { measureLive } from './live.js';
import { intake } from './intake.js';
import { KafkaTopic } from './kafka.js';
import { mergeMillis } from './merge.js';

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    kafka: { type: 'string' },
    json: { type: 'string' },
  },
});
const SHAPES: readonly Shape[] = ['rows', 'unique', 'reducing'];

const events = makeEvents(Number(options.events));
const directory = await mkdtemp(join(tmpdir(), 'millrace-ingest-'));
try {
  const file = join(directory, 'events.json');
  await writeFile(file, events.lines);
  const duckdb = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  const times = new Map<string, number[]>();
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const shape of SHAPES) {
      takeAll(times, `millrace, ${shape}`, shape, true);
      if (round === 0) takeAll(times, `millrace, ${shape}, one by one`, shape, false);
    }
    await timed(times, 'JSON.parse alone', () => checkSum(events, parseAll()));
    await timed(times, 'DuckDB read_json, rows', async () => {
      await duckdb.run(`CREATE OR REPLACE TABLE events AS SELECT * FROM ${readJson(file)}`);
      checkSum(events, await duckdbSum(duckdb));
    });
    await timed(times, 'DuckDB read_json, unique', async () => {
      const sums = METRICS.map((name) => `sum("${name}") AS "${name}"`).join(', ');
      const keys = DIMENSIONS.map((name) => `"${name}"`).join(', ');
      await duckdb.run(
        `CREATE OR REPLACE TABLE events AS SELECT t // 60000 AS minute, ${keys}, count(*) AS n, ${sums} FROM ${readJson(file)} GROUP BY ALL`,
      );
      checkSum(events, await duckdbSum(duckdb));
    });
  }
  await measureMerges(times);
  if (options.kafka !== undefined) await measureKafka(times, options.kafka);
  const eventsPerCpuSecond = Object.fromEntries(
    [...times].map(([name, ms]) => [name, Math.round((events.count / Math.min(...ms)) * 1000)]),
  );
  const live = await measureLive(events, Number(options.seconds));
  const report = {
    command: `npm run bench:ingest -- ${process.argv.slice(2).join(' ')}`.trim(),
    commit: commitOf(OWN_BIN),
    machine: machine(),
    bytesPerEvent: events.lines.length / events.count,
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
  note(times, name, (user + system) / 1000);
}

function takeAll(times: Map<string, number[]>, name: string, shape: Shape, together: boolean): void {
  let ms = 0;
  const taken = intake(specOf(shape), events, together, (work) => {
    const before = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(before);
    ms += (user + system) / 1000;
    return result;
  });
  note(times, name, ms);
  checkRows(events, taken);
}

function note(times: Map<string, number[]>, name: string, ms: number): void {
  times.set(name, [...(times.get(name) ?? []), ms]);
}

async function measureMerges(times: Map<string, number[]>): Promise<void> {
  for (const shape of ['rows', 'unique'] as const) {
    const taken = intake(specOf(shape), events);
    for (let round = 0; round < Number(options.rounds); round++)
      note(times, `merge to a segment, ${shape}`, await mergeMillis(events, specOf(shape), taken));
  }
}

async function measureKafka(times: Map<string, number[]>, broker: string): Promise<void> {
  const topic = new KafkaTopic(broker);
  await topic.fill(events);
  try {
    for (let round = 0; round < Number(options.rounds); round++) {
      note(times, 'Kafka, kafkajs alone', await topic.readMillis(events, undefined));
      note(times, 'Kafka to rows', await topic.readMillis(events, specOf('rows')));
    }
  } finally {
    await topic.drop();
  }
}

function parseAll(): number {
  const { lines, starts, count } = events;
  let sum = 0;
  for (let i = 0; i < count; i++)
    sum += (JSON.parse(lines.toString('latin1', starts[i], starts[i + 1]! - 1)) as { readonly add: number }).add;
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
