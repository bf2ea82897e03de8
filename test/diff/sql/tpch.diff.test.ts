/**
 * The 22 queries of TPC-H give what DuckDB gives on the same rows. Rows come from an own generator of the benchmark's shape; with MILLRACE_TPCH_DATA=directory of the eight tables as
 * CSV with headers (such as `tpchgen-cli csv -s 0.01` writes) from there.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, MillraceProcess } from '../../support/millrace-process.js';
import { differenceOf } from './cells.js';
import { DuckSql } from './duck.js';
import { SqlServer } from './sql-server.js';
import { generateTpch, type TpchRow } from './tpch/generate.js';
import { TPCH_QUERIES } from './tpch/queries.js';
import { TPCH_TABLES, type TpchTable } from './tpch/tables.js';

const SCALE = 0.01;
const SEED = 20_000_101;
/** Counts of distinct values are exact in the known answers. */
const CONTEXT = { useApproximateCountDistinct: false };

let directory: string;
let server: MillraceProcess;
let millrace: SqlServer;
let duck: DuckSql;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-tpch-'));
  server = await new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] }).start();
  millrace = new SqlServer(server);
  duck = await DuckSql.open();
  const rows = await tpchRows();
  await Promise.all(TPCH_TABLES.map((table) => load(table, rows[table.name]!)));
}, 600_000);

afterAll(async () => {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

test.each(Object.entries(TPCH_QUERIES))('%s gives the known answer', { timeout: 600_000 }, async (_, sql) => {
  const expected = await duck.ask(sql);
  expect(expected.length).toBeGreaterThan(0);
  expect(differenceOf(expected, await millrace.ask(sql, CONTEXT), true)).toBeNull();
});

async function tpchRows(): Promise<Readonly<Record<string, readonly TpchRow[]>>> {
  const data = process.env['MILLRACE_TPCH_DATA'];
  if (data === undefined) return generateTpch(SCALE, SEED);
  const reader = await DuckSql.open();
  const read = TPCH_TABLES.map(async ({ name, columns }): Promise<[string, TpchRow[]]> => {
    const rows = await reader.ask(
      `SELECT * FROM read_csv('${join(data, `${name}.csv`)}', header = true, all_varchar = true)`,
    );
    const cell = (text: unknown, kind: string): string | number => (kind === 'string' ? String(text) : Number(text));
    return [
      name,
      rows.map((row) => Object.fromEntries(columns.map((column, i) => [column.name, cell(row[i], column.kind)]))),
    ];
  });
  return Object.fromEntries(await Promise.all(read));
}

async function load(table: TpchTable, rows: readonly TpchRow[]): Promise<void> {
  const { name, columns, time } = table;
  const timeOf = (row: TpchRow): number => Date.parse(time === null ? '2000-01-01' : String(row[time]));
  const lines = rows.map((row) => JSON.stringify({ __time: timeOf(row), ...row }));
  const file = join(directory, `${name}.json`);
  await writeFile(file, lines.join('\n'));
  const types = { string: 'VARCHAR', long: 'BIGINT', double: 'DOUBLE' } as const;
  const read = columns.map((column) => `"${column.name}": '${types[column.kind]}'`).join(', ');
  await duck.run(`CREATE TABLE ${name} AS SELECT * REPLACE (make_timestamp(__time * 1000) AS __time)
    FROM read_json('${file}', format = 'newline_delimited', columns = {"__time": 'BIGINT', ${read}})`);
  await millrace.load(name, columns, lines);
}
