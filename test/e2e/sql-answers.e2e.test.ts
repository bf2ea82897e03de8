import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, MillraceProcess } from '../support/millrace-process.js';
import { AGGREGATES } from './sql-answers/aggregate-functions.js';
import { CASTS } from './sql-answers/casts.js';
import { CONSTANTS } from './sql-answers/constant-functions.js';
import { LANGUAGE } from './sql-answers/language.js';
import {
  JSON_COLUMNS,
  LIST_COLUMNS,
  NUMERIC_COLUMNS,
  STRING_COLUMNS,
  TIME_COLUMNS,
} from './sql-answers/scalar-functions.js';
import { sampleStatement } from './sql-answers/sample-table.js';
import type { SqlCase } from './sql-answers/sql-case.js';

let directory: string;
let server: MillraceProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-sql-answers-'));
  server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
  await server.start();
  await write(sampleStatement());
}, 120_000);

afterAll(async () => {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

async function write(query: string): Promise<void> {
  const { status, text } = await server.post('/druid/v2/sql/task', { query });
  expect(status, text).toBe(202);
  const { taskId } = JSON.parse(text) as { readonly taskId: string };
  for (;;) {
    const answer = await server.get(`/druid/indexer/v1/task/${taskId}/status`);
    const { status: task } = JSON.parse(answer.text) as { readonly status: { readonly status: string } };
    if (task.status === 'SUCCESS') return;
    expect(task.status, answer.text).toBe('RUNNING');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function check([query, wanted, given = {}]: SqlCase): Promise<void> {
  const context = { sqlStringifyArrays: false, ...given };
  const { status, text } = await server.post('/druid/v2/sql', { query, resultFormat: 'array', context });
  if (wanted instanceof RegExp) {
    expect(text).toMatch(wanted);
    expect(status).toBe(400);
    return;
  }
  expect(JSON.parse(text), query).toEqual(wanted);
}

test.each(CASTS.map((each) => [each[0], each] as const))('%s', async (_, each) => check(each));

describe('the language', () => {
  test.each(LANGUAGE.map((each) => [each[0], each] as const))('%s', async (_, each) => check(each));
});

describe('aggregates and windows', () => {
  test.each(AGGREGATES.map((each) => [each[0], each] as const))('%s', async (_, each) => check(each));
});

describe('functions of columns', () => {
  const columns = [...NUMERIC_COLUMNS, ...STRING_COLUMNS, ...TIME_COLUMNS, ...LIST_COLUMNS, ...JSON_COLUMNS];
  test.each(columns)('%s', async (expression, values) => {
    await check([`SELECT ${expression} FROM t`, values.map((value) => [value])]);
  });
});

describe('functions of constants are the same when they are folded and when they run', () => {
  test.each(CONSTANTS)('%s', async (expression, value) => {
    await check([`SELECT ${expression}`, [[value]]]);
    await check([`SELECT ${expression} FROM t WHERE id = 1`, [[value]]]);
  });
});

test('who has seen a REPLACE succeed sees its columns', async () => {
  for (const name of ['first', 'second', 'third']) {
    await write(`REPLACE INTO r OVERWRITE ALL SELECT TIME_PARSE('2024-01-01') AS __time, x AS "${name}"
      FROM TABLE(INLINE(data => ARRAY['1,${name}'], format => 'csv')) (n BIGINT, x VARCHAR) PARTITIONED BY DAY`);
    const { text } = await server.post('/druid/v2/sql', { query: 'SELECT * FROM r' });
    expect(JSON.parse(text)).toEqual([{ __time: '2024-01-01T00:00:00.000Z', [name]: name }]);
  }
});

test('SELECT is no task, and says where it runs', async () => {
  const { status, text } = await server.post('/druid/v2/sql/task', { query: 'SELECT 1' });
  expect([status, text]).toEqual([405, expect.stringContaining('/druid/v2/sql/statements')]);
});

test('segmentSortOrder is heeded as far as it says what CLUSTERED BY says', async () => {
  const query = 'REPLACE INTO s OVERWRITE ALL SELECT __time, s FROM t PARTITIONED BY ALL CLUSTERED BY s';
  const other = await server.post('/druid/v2/sql/task', { query, context: { segmentSortOrder: 's, __time' } });
  expect([other.status, other.text]).toEqual([400, expect.stringContaining('segmentSortOrder')]);
  const same = await server.post('/druid/v2/sql/task', { query, context: { segmentSortOrder: '__time, s' } });
  expect(same.status).toBe(202);
});
