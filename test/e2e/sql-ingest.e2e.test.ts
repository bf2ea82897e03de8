import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, MillraceProcess } from '../support/millrace-process.js';

let directory: string;
let files: string;
let server: MillraceProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-sql-ingest-'));
  files = join(directory, 'files');
  await mkdir(files);
  await writeFile(
    join(files, 'edits.json'),
    [
      '{"time":"2026-01-01T00:00:00Z","page":"a","n":1,"tags":["x","y"]}',
      '{"time":"2026-01-01T05:00:00Z","page":"b","n":2,"tags":[]}',
      '{"time":"2026-01-02T00:00:00Z","page":"a","n":9007199254740993,"tags":null}',
    ].join('\n'),
  );
  server = new MillraceProcess({
    port: await freePort(),
    args: ['--data-dir', join(directory, 'data'), '--allow-local', files],
  });
  await server.start();
});

afterAll(async () => {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

interface Ended {
  readonly id: string;
  readonly status: string;
  readonly errorMsg: string | null;
}

async function write(query: string, context: Readonly<Record<string, unknown>> = {}): Promise<Ended> {
  const { status, text } = await server.post('/druid/v2/sql/task', { query, context });
  expect(status, text).toBe(202);
  const { taskId } = JSON.parse(text) as { readonly taskId: string };
  for (;;) {
    const answer = await server.get(`/druid/indexer/v1/task/${taskId}/status`);
    const { status: task } = JSON.parse(answer.text) as { readonly status: Ended };
    if (task.status !== 'RUNNING') return task;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function rowsOf(query: string): Promise<string> {
  const { text } = await server.post('/druid/v2/sql', {
    query,
    resultFormat: 'array',
    context: { sqlStringifyArrays: false },
  });
  return text.trim();
}

const external = (): string =>
  `TABLE(EXTERN('{"type":"local","baseDir":"${files}","filter":"*.json"}', '{"type":"json"}'))
   EXTEND ("time" VARCHAR, page VARCHAR, n BIGINT, tags VARCHAR ARRAY)`;
const inline = (data: string): string =>
  `TABLE(EXTERN('{"type":"inline","data":"${data}"}', '{"type":"csv","columns":["t","page","n"]}',
   '[{"name":"t","type":"string"},{"name":"page","type":"string"},{"name":"n","type":"long"}]'))`;

test('INSERT adds the rows of files, with expressions, arrays and integers of 64 bits', async () => {
  const insert = `INSERT INTO edits SELECT TIME_PARSE("time") AS __time, page, n * 2 AS twice, tags FROM ${external()} PARTITIONED BY DAY CLUSTERED BY page`;
  expect(await write(insert)).toMatchObject({ status: 'SUCCESS' });
  expect(await rowsOf('SELECT __time, page, twice, tags FROM edits ORDER BY __time')).toBe(
    '[["2026-01-01T00:00:00.000Z","a",2,["x","y"]],["2026-01-01T05:00:00.000Z","b",4,[]],["2026-01-02T00:00:00.000Z","a",18014398509481986,null]]',
  );
  expect(await write(insert)).toMatchObject({ status: 'SUCCESS' });
  expect(await rowsOf('SELECT COUNT(*) FROM edits')).toBe('[[6]]');
});

test('files are named by LOCALFILES as by EXTERN, and may be CSV with its columns in the first line', async () => {
  await writeFile(join(files, 'edits.csv'), 'time,page,n\n2026-01-01,"a,b",1\n2026-01-02,c,2\n');
  const named = `TABLE(LOCALFILES(baseDir => '${files}', filter => '*.csv', format => 'csv', skipRows => 1))
    ("time" VARCHAR, page VARCHAR, n BIGINT)`;
  const byExtern = `TABLE(EXTERN('{"type":"local","baseDir":"${files}","filter":"*.csv"}', '{"type":"csv","findColumnsFromHeader":true}'))
    EXTEND ("time" VARCHAR, page VARCHAR, n BIGINT)`;
  for (const table of [named, byExtern]) {
    const replace = `REPLACE INTO csv OVERWRITE ALL SELECT TIME_PARSE("time") AS __time, page, n FROM ${table} PARTITIONED BY DAY`;
    expect(await write(replace)).toMatchObject({ status: 'SUCCESS' });
    expect(await rowsOf('SELECT page, n FROM csv ORDER BY __time')).toBe('[["a,b",1],["c",2]]');
  }
});

test('REPLACE puts what it selects in the place of a range of time or of everything, and nothing when it fails', async () => {
  const insert = `REPLACE INTO r OVERWRITE ALL SELECT TIME_PARSE(t) AS __time, page, n FROM ${inline('2026-01-01,a,1\\n2026-01-02,b,2')} PARTITIONED BY DAY`;
  expect(await write(insert)).toMatchObject({ status: 'SUCCESS' });
  const second = "OVERWRITE WHERE __time >= TIMESTAMP '2026-01-02' AND __time < TIMESTAMP '2026-01-03'";
  const fromItself = `REPLACE INTO r ${second} SELECT __time, page, n + 10 AS n FROM r WHERE __time >= TIMESTAMP '2026-01-02' PARTITIONED BY DAY`;
  expect(await write(fromItself)).toMatchObject({ status: 'SUCCESS' });
  expect(await rowsOf('SELECT page, SUM(n) FROM r GROUP BY page ORDER BY page')).toBe('[["a",1],["b",12]]');
  const outside = await write(`REPLACE INTO r ${second} SELECT __time, page, n FROM r PARTITIONED BY DAY`);
  expect(outside.errorMsg).toMatch(/^InsertTimeOutOfBounds: /);
  expect(await rowsOf('SELECT page, SUM(n) FROM r GROUP BY page ORDER BY page')).toBe('[["a",1],["b",12]]');
});

test('groups that are written unfinished are merged further when they are read', async () => {
  const groups = `REPLACE INTO rolled OVERWRITE ALL
    SELECT TIME_FLOOR(TIME_PARSE(t), 'P1D') AS __time, page, COUNT(*) AS cnt, SUM(n) AS n, APPROX_COUNT_DISTINCT_DS_THETA(n) AS theta,
      APPROX_COUNT_DISTINCT_DS_HLL(n) AS hll, DS_QUANTILES_SKETCH(n) AS quantiles
    FROM ${inline('2026-01-01,a,1\\n2026-01-01,a,2\\n2026-01-02,a,2\\n2026-01-02,b,7')} GROUP BY 1, 2 PARTITIONED BY MONTH`;
  const unfinished = { finalizeAggregations: false, groupByEnableMultiValueUnnesting: false };
  expect(await write(groups, unfinished)).toMatchObject({ status: 'SUCCESS' });
  expect(
    await rowsOf(
      'SELECT page, SUM(cnt), SUM(n), APPROX_COUNT_DISTINCT_DS_THETA(theta), APPROX_COUNT_DISTINCT_DS_HLL(hll), APPROX_QUANTILE_DS(quantiles, 0.99) FROM rolled GROUP BY 1 ORDER BY 1',
    ),
  ).toBe('[["a",3,5,2,2,2.0],["b",1,7,1,1,7.0]]');
});

test('a task fails by the code of its fault, and what it read is gone', async () => {
  const time = await write(
    `INSERT INTO bad SELECT TIME_PARSE(t) AS __time, n FROM ${inline('never,a,1')} PARTITIONED BY DAY`,
  );
  expect(time).toMatchObject({ status: 'FAILED', errorMsg: expect.stringMatching(/^InsertTimeNull: /) });
  const broken = `TABLE(EXTERN('{"type":"inline","data":"{}\\nbroken"}', '{"type":"json"}')) EXTEND (a BIGINT)`;
  expect((await write(`INSERT INTO bad SELECT a FROM ${broken} PARTITIONED BY ALL`)).errorMsg).toMatch(
    /^CannotParseExternalData: /,
  );
  const allowed = await write(`INSERT INTO good SELECT a FROM ${broken} PARTITIONED BY ALL`, { maxParseExceptions: 1 });
  expect(allowed.status).toBe('SUCCESS');
  const secret = `TABLE(EXTERN('{"type":"local","files":["/etc/hostname"]}', '{"type":"json"}')) EXTEND (a BIGINT)`;
  expect((await write(`INSERT INTO bad SELECT a FROM ${secret} PARTITIONED BY ALL`)).errorMsg).toContain(
    '--allow-local',
  );
  const empty = await write(
    'INSERT INTO bad SELECT page FROM good WHERE 1 = 0 PARTITIONED BY ALL'.replace('page', 'a'),
    {
      failOnEmptyInsert: true,
    },
  );
  expect(empty.errorMsg).toMatch(/^InsertCannotBeEmpty: /);
  expect(
    await rowsOf(
      "SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'bad' OR TABLE_NAME LIKE '!_!_%' ESCAPE '!'",
    ),
  ).toBe('[[0]]');
});

test('the report of a task counts the rows of its stages', async () => {
  const { id } = await write(`INSERT INTO counted SELECT page FROM ${external()} WHERE page = 'a' PARTITIONED BY ALL`);
  const { text } = await server.get(`/druid/indexer/v1/task/${id}/reports`);
  const { payload } = (JSON.parse(text) as { multiStageQuery: { payload: Record<string, unknown> } }).multiStageQuery;
  expect(payload).toMatchObject({
    status: { status: 'SUCCESS' },
    stages: [{ phase: 'FINISHED' }, { phase: 'FINISHED' }],
    counters: {
      '0': { '0': { output: { rows: [3] } } },
      '1': { '0': { segmentGenerationProgress: { rowsPushed: 2 } } },
    },
  });
});

test.each([
  ['INSERT INTO t SELECT 1 AS x', 'requires a PARTITIONED BY'],
  ['INSERT INTO t SELECT 1 + 1 PARTITIONED BY ALL', 'do not have an alias'],
  ['INSERT INTO t SELECT 1 AS x PARTITIONED BY DAY', 'requires a [__time] column'],
  ['INSERT INTO t SELECT 1 AS __time PARTITIONED BY DAY', 'expected TIMESTAMP'],
  ['INSERT INTO t SELECT 1 AS x ORDER BY x PARTITIONED BY ALL', 'use CLUSTERED BY instead'],
  ['REPLACE INTO t SELECT 1 AS x PARTITIONED BY ALL', 'OVERWRITE'],
])('[%s] is refused before it becomes a task', async (query, reason) => {
  const { status, text } = await server.post('/druid/v2/sql/task', { query });
  expect(status).toBe(400);
  expect((JSON.parse(text) as { errorMessage: string }).errorMessage).toContain(reason);
});

interface Listed {
  readonly id: string;
  readonly type: string;
  readonly statement: string;
}

async function runningQueries(): Promise<readonly Listed[]> {
  const query = "SELECT id, type, statement FROM sys.queries WHERE state = 'RUNNING'";
  const { text } = await server.post('/druid/v2/sql', { query, context: { sqlQueryId: 'the list' } });
  return JSON.parse(text) as readonly Listed[];
}

test('sys.queries lists what runs, itself and statements of JDBC too, until it is over or cancelled', async () => {
  await write(`REPLACE INTO listed OVERWRITE ALL SELECT page FROM ${external()} PARTITIONED BY ALL`);
  expect(await runningQueries()).toEqual([
    { id: 'the list', type: 'sql', statement: expect.stringContaining('sys.queries') },
  ]);
  const avatica = async (message: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> =>
    JSON.parse((await server.post('/druid/v2/sql/avatica/', { connectionId: 'c', ...message })).text) as Record<
      string,
      unknown
    >;
  await avatica({ request: 'openConnection', info: {} });
  const { statementId } = await avatica({ request: 'createStatement' });
  const sql = 'SELECT page FROM listed';
  await avatica({ request: 'prepareAndExecute', statementId, sql, maxRowsInFirstFrame: 1, maxRowCount: -1 });
  const open = (await runningQueries()).filter(({ type }) => type === 'jdbc');
  expect(open).toEqual([{ id: expect.any(String), type: 'jdbc', statement: sql }]);
  const cancelled = await fetch(`${server.url}/druid/v2/sql/${open[0]!.id}`, { method: 'DELETE' });
  expect(cancelled.status).toBe(202);
  await avatica({ request: 'closeConnection' });
  expect((await runningQueries()).map(({ id }) => id)).toEqual(['the list']);
  expect((await fetch(`${server.url}/druid/v2/sql/${open[0]!.id}`, { method: 'DELETE' })).status).toBe(404);
});
