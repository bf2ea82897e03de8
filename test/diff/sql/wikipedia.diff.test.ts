/** Questions of the kinds that Druid's own SQL tests ask, to public data: the answers are DuckDB's. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEdits } from '../../clients/wikipedia-events.js';
import { freePort, MillraceProcess } from '../../support/millrace-process.js';
import { differenceOf } from './cells.js';
import { DuckSql } from './duck.js';
import { type SqlColumn, SqlServer } from './sql-server.js';
import { QUESTIONS } from './wikipedia/questions.js';

const TEXTS = [
  'channel',
  'cityName',
  'countryIsoCode',
  'countryName',
  'isNew',
  'isRobot',
  'metroCode',
  'namespace',
  'page',
  'user',
];
const COLUMNS: readonly SqlColumn[] = [
  ...TEXTS.map((name): SqlColumn => ({ name, kind: 'string' })),
  ...['added', 'deleted', 'delta'].map((name): SqlColumn => ({ name, kind: 'long' })),
];
const EXACT = { useApproximateCountDistinct: false, useApproximateTopN: false };

let directory: string;
let server: MillraceProcess;
let millrace: SqlServer;
let duck: DuckSql;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-wikipedia-'));
  server = await new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] }).start();
  millrace = new SqlServer(server);
  duck = await DuckSql.open();
  const lines = readEdits().map((edit) => {
    const cells: Readonly<Record<string, unknown>> = { ...edit };
    const texts = TEXTS.map((name) => [name, cells[name] === null ? null : String(cells[name])] as const);
    const numbers = ['added', 'deleted', 'delta'].map((name) => [name, cells[name]] as const);
    return JSON.stringify({ __time: Date.parse(edit.time), ...Object.fromEntries([...texts, ...numbers]) });
  });
  await millrace.load('w', COLUMNS, lines);
  const file = join(directory, 'w.json');
  await writeFile(file, lines.join('\n'));
  const types = COLUMNS.map(({ name, kind }) => `"${name}": '${kind === 'string' ? 'VARCHAR' : 'BIGINT'}'`).join(', ');
  await duck.run(
    `CREATE TABLE w AS SELECT make_timestamp(__time * 1000) AS __time, * EXCLUDE (__time)
     FROM read_json('${file}', format = 'newline_delimited', columns = {__time: 'BIGINT', ${types}})`,
  );
}, 300_000);

afterAll(async () => {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

test.each(QUESTIONS.map(([druid, other]) => [druid, other ?? druid] as const))('%s', async (sql, other) => {
  const isOrdered = /ORDER BY[^()]*$/.test(sql);
  expect(differenceOf(await duck.ask(other), await millrace.ask(sql, EXACT), isOrdered)).toBeNull();
});
