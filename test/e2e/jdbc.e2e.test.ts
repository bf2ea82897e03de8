import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, MillraceProcess } from '../support/millrace-process.js';

const run = promisify(execFile);
const PROJECT = join(import.meta.dirname, '../clients/jdbc');
/** Maven is asked for where it is: always in CI. */
const hasMaven =
  process.env['CI'] === 'true' ||
  (await run('mvn', ['--version']).then(
    () => true,
    () => false,
  ));

/** Maven fetches what it needs at the first time. */
const MAVEN_MS = 600_000;

let directory: string;
let project: string;
let server: MillraceProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-jdbc-'));
  if (!hasMaven) return;
  server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', join(directory, 'data')] });
  await server.start();
  await write(
    'types',
    '{"type":"json"}',
    typesLines,
    TYPES,
    'TIME_PARSE(t) AS __time, page, l, d, f, tags, missing',
    'DAY',
  );
  await write(
    'many',
    '{"type":"csv","columns":["n"]}',
    Array.from({ length: 12_000 }, (_, i) => String(i)),
    'n BIGINT',
    'n',
    'ALL',
  );
  project = join(directory, 'project');
  await cp(PROJECT, project, { recursive: true });
  await run('mvn', ['-q', '-B', 'compile'], { cwd: project });
}, MAVEN_MS);

afterAll(async () => {
  if (hasMaven) await server.kill();
  await rm(directory, { recursive: true, force: true });
});

const TYPES = 't VARCHAR, page VARCHAR, l BIGINT, d DOUBLE, f FLOAT, tags VARCHAR ARRAY, missing VARCHAR';
const typesLines = [
  '{"t":"2026-01-01T00:00:00Z","page":"a","l":1,"d":0.5,"f":0.25,"tags":["x","y"]}',
  '{"t":"2026-01-02T12:00:00.123Z","page":"b","l":9007199254740993,"d":1.5,"f":2.5,"tags":null}',
];

async function write(
  table: string,
  format: string,
  lines: readonly string[],
  columns: string,
  selected: string,
  granularity: string,
): Promise<void> {
  const source = JSON.stringify({ type: 'inline', data: lines.join('\n') });
  const query = `REPLACE INTO ${table} OVERWRITE ALL SELECT ${selected} FROM TABLE(EXTERN('${source}', '${format}')) EXTEND (${columns}) PARTITIONED BY ${granularity}`;
  const { text } = await server.post('/druid/v2/sql/task', { query });
  const { taskId } = JSON.parse(text) as { readonly taskId: string };
  for (;;) {
    const answer = await server.get(`/druid/indexer/v1/task/${taskId}/status`);
    const { status } = (JSON.parse(answer.text) as { readonly status: { readonly status: string } }).status;
    if (status === 'SUCCESS') return;
    expect(status, answer.text).toBe('RUNNING');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What the client prints when all is right: counted from the lines above. */
const EXPECTED: Readonly<Record<string, string>> = {
  schemas: '[INFORMATION_SCHEMA, druid, lookup, sys, view]',
  catalogs: '[druid]',
  'table types': '[SYSTEM_TABLE, TABLE]',
  tables: '[many, types]',
  'tables like': '[types]',
  columns: '[__time, page, l, d, f, tags, missing]',
  'column types': '[TIMESTAMP, VARCHAR, BIGINT, DOUBLE, FLOAT, ARRAY, VARCHAR]',
  'columns like': '[l]',
  'type info': 'false',
  'result columns':
    '[__time TIMESTAMP, page VARCHAR, l BIGINT, d DOUBLE, f FLOAT, tags ARRAY, b BOOLEAN, dt DATE, missing VARCHAR]',
  'row 0': '[1767225600000, a, 1, 0.5, 0.25, [x, y], false, 1767225600000, null true]',
  'row 1': '[1767355200123, b, 9007199254740993, 1.5, 2.5, null, true, 1767312000000, null true]',
  long: '[b]',
  int: '[a]',
  short: '[a]',
  string: '[b]',
  double: '[a]',
  float: '[a]',
  decimal: '[a]',
  boolean: '[b]',
  timestamp: '[b]',
  date: '[b]',
  object: '[a]',
  'executed again': '[a, b]',
  parameters: '1',
  'many rows': '12000 71994000',
  'max rows': '7',
  error: 'true',
  'after an error': '[2]',
  statements: '4 true',
  connections: 'true',
  zone: '[2025-12-31 19:00]',
  closed: 'true true',
};

test.skipIf(!hasMaven).each(['json', 'protobuf'])(
  'Avatica’s driver gets metadata, values, pages, limits and errors over %s',
  async (dialect) => {
    const { stdout } = await run('mvn', ['-q', '-B', 'exec:java', `-Dexec.args=${server.url} ${dialect}`], {
      cwd: project,
    });
    const lines = stdout.split('\n').filter((line) => line.includes('\t'));
    expect(Object.fromEntries(lines.map((line) => line.split('\t')))).toEqual(EXPECTED);
  },
  MAVEN_MS,
);
