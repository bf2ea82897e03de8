import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, freePort, MillraceProcess } from '../support/millrace-process.js';

const PATH = '/druid/v2/sql/statements';
let directory: string;
let server: MillraceProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-statements-'));
  server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
  await server.start();
  const data = Array.from({ length: 2500 }, (_, i) => `${i},page ${i % 7}`).join('\n');
  const source = JSON.stringify({ type: 'inline', data });
  const insert = `INSERT INTO pages SELECT n, page FROM TABLE(EXTERN('${source}', '{"type":"csv","columns":["n","page"]}')) EXTEND (n BIGINT, page VARCHAR) PARTITIONED BY ALL`;
  expect(await ended(await submit(insert))).toMatchObject({ state: 'SUCCESS', result: { dataSource: 'pages' } });
});

afterAll(async () => {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

interface Status {
  readonly queryId: string;
  readonly state: string;
  readonly schema?: unknown;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly errorDetails?: { readonly errorMessage: string };
}

function post(query: string, context: Readonly<Record<string, unknown>>, more: object = {}): Promise<Answer> {
  return server.post(PATH, { query, context, ...more });
}

async function submit(
  query: string,
  context: Readonly<Record<string, unknown>> = {},
  more: object = {},
): Promise<Status> {
  const { status, text } = await post(query, { executionMode: 'ASYNC', ...context }, more);
  expect(status, text).toBe(200);
  return JSON.parse(text) as Status;
}

async function ended({ queryId }: Status): Promise<Status> {
  for (;;) {
    const status = JSON.parse((await server.get(`${PATH}/${queryId}`)).text) as Status;
    if (status.state === 'SUCCESS' || status.state === 'FAILED') return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function results({ queryId }: Status, query = ''): Promise<string> {
  return (await server.get(`${PATH}/${queryId}/results${query}`)).text;
}

test('a statement answers at once with its schema, later with its rows, in any format', async () => {
  const accepted = await submit(
    'SELECT page, SUM(n) AS total, AVG(n) AS mean FROM pages WHERE n < 3 GROUP BY 1 ORDER BY 1',
  );
  expect(accepted.schema).toEqual([
    { name: 'page', type: 'VARCHAR', nativeType: 'STRING' },
    { name: 'total', type: 'BIGINT', nativeType: 'LONG' },
    { name: 'mean', type: 'DOUBLE', nativeType: 'DOUBLE' },
  ]);
  expect(await ended(accepted)).toMatchObject({
    state: 'SUCCESS',
    result: { numTotalRows: 3, dataSource: '__query_select', pages: [{ id: 0, numRows: 3 }] },
  });
  expect(await results(accepted, '?resultFormat=array')).toBe('[["page 0",0,0.0],["page 1",1,1.0],["page 2",2,2.0]]\n');
  expect(JSON.parse(await results(accepted))).toContainEqual({ page: 'page 1', total: 1, mean: 1 });
  expect(await results(accepted, '?resultFormat=csv')).toBe('page 0,0,0.0\npage 1,1,1.0\npage 2,2,2.0\n\n');
});

test('pages are the parts of the whole', async () => {
  const statement = await ended(
    await submit('SELECT n FROM pages', { rowsPerPage: 1000 }, { resultFormat: 'arrayLines' }),
  );
  expect(statement.result?.['pages']).toMatchObject([{ numRows: 1000 }, { numRows: 1000 }, { numRows: 500 }]);
  const pages = await Promise.all([0, 1, 2].map((page) => results(statement, `?page=${page}`)));
  expect(pages.map((page) => page.trim()).join('\n')).toBe((await results(statement)).trim());
  expect((await server.get(`${PATH}/${statement.queryId}/results?page=3`)).status).toBe(400);
});

test('what goes wrong is told: no mode, bad SQL, a failure while it runs, an id that nobody knows', async () => {
  expect((await post('SELECT 1', {})).status).toBe(400);
  expect((await post('SELECT nothing FROM pages', { executionMode: 'ASYNC' })).status).toBe(400);
  const failed = await ended(
    await submit('SELECT a.n FROM pages a JOIN pages b ON a.page = b.page', { maxSubqueryRows: 1 }),
  );
  expect(failed.state).toBe('FAILED');
  expect(failed.errorDetails?.errorMessage).toBeTruthy();
  expect((await server.get(`${PATH}/${failed.queryId}/results`)).status).toBe(404);
  expect((await server.get(`${PATH}/query-nobody`)).status).toBe(404);
});

test('a finished statement is forgotten when it is deleted', async () => {
  const { queryId } = await ended(await submit('SELECT 1'));
  const remove = (): Promise<Response> => fetch(`${server.url}${PATH}/${queryId}`, { method: 'DELETE' });
  expect((await remove()).status).toBe(200);
  expect((await remove()).status).toBe(404);
});

test('EXPLAIN is answered at once', async () => {
  expect(await submit('EXPLAIN PLAN FOR SELECT COUNT(*) FROM pages')).toMatchObject({ state: 'SUCCESS' });
});
