/** Millrace beside DuckDB and ClickHouse on TPC-H lineitem: see bench/README.md. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine } from '../lib/machine.js';
import { memoryBandwidth } from '../lib/memory-bandwidth.js';
import { commitOf, type MillraceServer, startMillrace } from '../lib/millrace-server.js';
import { type Engine, millraceEngine, type Peer, startPeer } from './engines.js';
import { countRows, generateLineitem, ingest, LAYOUTS } from './lineitem.js';
import { type Measurement, measure } from './measure.js';
import { findPython, readOptions } from './options.js';
import { markdown, publish } from './report.js';
import type { Results } from './results.js';
import { columnWidths, type Touched, touchedBytes } from './touched-bytes.js';

const DOCUMENT = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

const options = readOptions(process.argv.slice(2));
const python = findPython(options);
mkdirSync(options.keep, { recursive: true });
const file = generateLineitem(python, options.scaleFactor, options.keep);
const folder = join(options.keep, `sf${options.scaleFactor}`);
const dataDir = join(folder, 'millrace');
const machineAtStart = machine();

const bandwidth: Record<string, number> = {};
for (const threads of options.threads) bandwidth[threads] = await memoryBandwidth(threads);

/** The disk database makes the file that the memory one copies, and is the oracle even where it is no peer. */
const wanted = new Set([...(['duckdb_disk'] as const), ...options.peers]);
const peers: Peer[] = [];
for (const name of wanted) {
  console.log(`starting ${name}`);
  const duckdb = join(folder, 'lineitem.duckdb');
  peers.push(await startPeer(name, { file, duckdb, chdb: join(folder, 'chdb'), python }));
}
const oracle = peers[0]!;
const timedPeers = peers.filter((peer) => options.peers.some((name) => name === peer.name));
const [[rowCount]] = (await oracle.sql('SELECT count(*) FROM lineitem')) as [[string]];
const rows = Number(rowCount);

const ingestRowsPerSecond = await ingestWhatLacks();
const widths = await columnWidths(oracle.sql);
const touched: Record<string, Touched | null> = {};
for (const query of options.queries) touched[query.name] = await touchedBytes(query, widths, oracle.sql);

// What was measured is kept after each pass: the next may be interrupted.
const measurements: Measurement[] = [];
for (const threads of options.threads) {
  measurements.push(...(await pass(threads)));
  write(results());
}
for (const peer of peers) await peer.close();
finish(results());

function results(): Results {
  return {
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`.trim(),
    date: new Date().toISOString().slice(0, 10),
    commit: commitOf(options.bin),
    machine: machineAtStart,
    versions: Object.fromEntries(peers.map((peer) => [peer.name, peer.version])),
    scaleFactor: options.scaleFactor,
    rows,
    bandwidth,
    ingestRowsPerSecond,
    fileBytes: fileBytes(),
    touched,
    comparedWith: Object.fromEntries(
      options.queries.flatMap((query) => (query.comparedWith === undefined ? [] : [[query.name, query.comparedWith]])),
    ),
    groups: Object.fromEntries(options.queries.map((query) => [query.name, query.group])),
    measurements,
  };
}

/** One pass over all queries with a number of threads; Millrace is started with it, the peers are told. */
async function pass(threads: number): Promise<Measurement[]> {
  console.log(`measuring with ${threads} thread(s)`);
  for (const peer of peers) await peer.setThreads(threads);
  const server = await start(threads);
  try {
    const ours = options.layouts.map((name): Engine => millraceEngine(`millrace_${name}`, server, LAYOUTS[name]));
    return await measure(options.queries, [...ours, ...timedPeers], {
      threads,
      rounds: options.rounds,
      oracle: { sql: oracle.sql, engine: oracle.name },
      segmentOf: (engine) => (engine === 'millrace_months' ? "date_trunc('month', l_shipdate)" : '0'),
    });
  } finally {
    await server.stop();
  }
}

function start(threads: number): Promise<MillraceServer> {
  const args = ['--threads', String(threads), '--memory', options.memory, '--allow-local', folder];
  return startMillrace({ bin: options.bin, dataDir, args });
}

/** A table that a former run has ingested is used again; its rate is kept beside it. */
async function ingestWhatLacks(): Promise<Record<string, number>> {
  const notes = join(folder, 'ingested.json');
  const rates = existsSync(notes) ? (JSON.parse(readFileSync(notes, 'utf8')) as Record<string, number>) : {};
  const server = await start(Math.max(...options.threads));
  try {
    for (const name of options.layouts) {
      const layout = LAYOUTS[name];
      if ((await countRows(server, layout.dataSource)) === rows) continue;
      console.log(`ingesting ${layout.dataSource}`);
      rates[name] = await ingest(server, layout, file, rows);
      writeFileSync(notes, `${JSON.stringify(rates)}\n`);
    }
  } finally {
    await server.stop();
  }
  return rates;
}

/** The one segment's data and index, and DuckDB's file. */
function fileBytes(): Record<string, number> {
  const duckdb = statSync(join(folder, 'lineitem.duckdb')).size;
  const stored = join(dataDir, 'deep-storage');
  if (!existsSync(stored)) return { duckdb };
  const sizes = readdirSync(stored, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.includes('/lineitem/') || path.startsWith('lineitem/'))
    .filter((path) => path.endsWith('data.arrow') || path.endsWith('index.roaring'))
    .map((path) => statSync(join(stored, path)).size);
  return { duckdb, segment: sizes.reduce((total, size) => total + size, 0) };
}

function resultFile({ date, scaleFactor }: Results): string {
  return join(options.out, `${date}-sf${scaleFactor}.json`);
}

function write(result: Results): void {
  mkdirSync(options.out, { recursive: true });
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  writeFileSync(resultFile(result), `${JSON.stringify(result, rounded, 1)}\n`);
}

function finish(result: Results): void {
  const text = markdown(result);
  if (options.publish) publish(DOCUMENT, text);
  console.log(`${text}\n\nwritten: ${resultFile(result)}`);
  const wrong = result.measurements.filter((one) => one.problem !== undefined);
  for (const one of wrong) console.error(`WRONG ${one.query} ${one.engine}: ${one.problem}`);
  if (wrong.length > 0) process.exitCode = 1;
}
