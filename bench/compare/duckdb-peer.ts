/** Child process: DuckDB behind lines of JSON. Usage: node duckdb-peer.ts <database file> <memory | disk> */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type DuckDBConnection, DuckDBInstance, version } from '@duckdb/node-api';
import { COLUMNS } from './lineitem.js';

type Request =
  | { readonly load: string }
  | { readonly threads: number }
  | { readonly sql: string; readonly values: boolean };

const READ_ONLY = { access_mode: 'READ_ONLY' };
const TYPES = { integer: 'INTEGER', double: 'DOUBLE', word: 'VARCHAR', date: 'DATE', text: 'VARCHAR' } as const;

const [file = '', place = 'memory'] = process.argv.slice(2);
let connection: DuckDBConnection;

/** The disk process makes the file from the text; the memory one copies its table. Both then only read the file. */
async function load(source: string): Promise<unknown> {
  if (place === 'disk') await makeFile(source);
  const instance = await DuckDBInstance.create(place === 'disk' ? file : ':memory:', place === 'disk' ? READ_ONLY : {});
  connection = await instance.connect();
  if (place === 'memory') {
    await connection.run(`ATTACH '${file}' AS stored (READ_ONLY)`);
    await connection.run('CREATE TABLE lineitem AS SELECT * FROM stored.lineitem');
    await connection.run('DETACH stored');
  }
  return { version: version() };
}

/** Sorted by time, as segments are. */
async function makeFile(source: string): Promise<void> {
  if (existsSync(file)) return;
  const loading = `${file}.loading`;
  rmSync(loading, { force: true });
  const instance = await DuckDBInstance.create(loading);
  const writer = await instance.connect();
  const columns = [...COLUMNS.map(([name, kind]) => `'${name}': '${TYPES[kind]}'`), "'end_': 'VARCHAR'"].join(', ');
  const read = `read_csv('${source}', delim = '|', header = false, quote = '', escape = '', columns = {${columns}})`;
  await writer.run(`CREATE TABLE lineitem AS SELECT * EXCLUDE end_ FROM ${read} ORDER BY l_shipdate`);
  await writer.run('CHECKPOINT');
  writer.closeSync();
  instance.closeSync();
  renameSync(loading, file);
}

async function answer(request: Request): Promise<unknown> {
  if ('load' in request) return load(request.load);
  if ('threads' in request) {
    await connection.run(`SET threads = ${request.threads}`);
    return {};
  }
  const startedAt = performance.now();
  const reader = await connection.runAndReadAll(request.sql);
  const ms = performance.now() - startedAt;
  return request.values ? { ms, rows: reader.getRowsJson() } : { ms };
}

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(JSON.parse(line) as Request).catch((error: unknown) => ({ error: String(error) }));
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
process.exit(0);
