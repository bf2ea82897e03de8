import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { AggregateQuery, QueryAnswer } from '../../../../src/broker/answer.js';
import { DruidError } from '../../../../src/common/druid-error.js';
import type { SegmentRow, SupervisorRow } from '../../../../src/metadata/metadata-store.js';
import type { NativeQuery } from '../../../../src/query/native-query.js';
import { addQueryRoutes } from '../../../../src/server/http/routes/query-routes.js';
import { serve } from '../serve.js';

const CASES = join(import.meta.dirname, '../../../conformance/cases/native-error');
const GROUP_BY = {
  queryType: 'groupBy',
  dataSource: 'd',
  intervals: ['2024-03-10/2024-03-11'],
  granularity: 'all',
  dimensions: ['c'],
};

/** Query routes over a broker that answers so many rows, the names of the wanted segment being no matter. */
async function queryServer(options: { readonly numRows?: number; readonly fail?: Error } = {}): Promise<{
  readonly url: string;
  readonly asked: NativeQuery[];
  readonly cancelled: string[];
  readonly reported: unknown[];
  readonly post: (body: unknown, init?: { readonly path?: string; readonly headers?: object }) => Promise<Response>;
}> {
  const { numRows = 1, fail } = options;
  const asked: NativeQuery[] = [];
  const cancelled: string[] = [];
  const reported: unknown[] = [];
  const run = (query: NativeQuery): Promise<QueryAnswer> => {
    asked.push(query);
    return fail === undefined ? Promise.resolve(groupByAnswer(query, numRows)) : Promise.reject(fail);
  };
  const segment = { dataSource: 'stored', dimensions: ['a'], metrics: ['m'] } as unknown as SegmentRow;
  const fed = { dataSource: 'fed', suspended: false } as SupervisorRow;
  const { url } = await serve((router) =>
    addQueryRoutes(router, {
      broker: { run, cancel: (queryId) => void cancelled.push(queryId) },
      view: { dataSources: () => ['stored'], segments: () => [segment], supervisors: () => [fed] },
      onQuery: (type, durationMs, failed) => reported.push([type, durationMs >= 0, failed]),
    }),
  );
  const post: Awaited<ReturnType<typeof queryServer>>['post'] = (body, init = {}) =>
    fetch(url + (init.path ?? '/druid/v2'), {
      method: 'POST',
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...init.headers },
    });
  return { url, asked, cancelled, reported, post };
}

function groupByAnswer(query: NativeQuery, numRows: number): QueryAnswer {
  const table = {
    numRows,
    names: ['timestamp', 'c'],
    columns: [
      { type: 'LONG', values: new BigInt64Array(numRows), nulls: null },
      { type: 'STRING', ids: Int32Array.from({ length: numRows }, (_, i) => i % 2), dictionary: ['é', 'b'] },
    ],
  } as const;
  const offsets = { 'sup é': { stream: 't', incarnation: '', partitions: { '0': 5 } } };
  return {
    query,
    rowsScanned: numRows,
    state: { s: 3, offsets, evaluatedAt: '2024-03-10T00:00:00.000Z' },
    body: { kind: 'aggregate', query: query as AggregateQuery, table, dataStartMs: null },
  };
}

describe('answers', () => {
  test('carry the query id, given or made, and an empty response context', async () => {
    const { post, asked } = await queryServer();
    const given = await post({ ...GROUP_BY, context: { queryId: 'my query' } });
    expect(given.headers.get('x-druid-query-id')).toBe('my query');
    expect(given.headers.get('x-druid-response-context')).toBe('{}');
    expect(given.headers.get('content-type')).toBe('application/json');
    expect(await given.text()).toBe('[{"version":"v1","timestamp":"1970-01-01T00:00:00.000Z","event":{"c":"é"}}]');
    const made = await post(GROUP_BY, { path: '/druid/v2/' });
    expect(made.headers.get('x-druid-query-id')).toBe(asked[1]?.context.queryId);
    expect(asked[1]?.context.queryId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ['asked by header', GROUP_BY, { 'x-millrace-state': 'true' }],
    ['asked by context', { ...GROUP_BY, context: { includeState: true } }, {}],
  ])('tell their state when it is %s', async (_, query, headers) => {
    const { post } = await queryServer();
    const header = (await post(query, { headers })).headers.get('x-millrace-state')!;
    expect(header).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(header)).toEqual({
      s: 3,
      offsets: { 'sup é': { stream: 't', incarnation: '', partitions: { '0': 5 } } },
      evaluatedAt: '2024-03-10T00:00:00.000Z',
    });
  });

  test('tell no state when nobody asks', async () => {
    const { post } = await queryServer();
    expect((await post(GROUP_BY)).headers.get('x-millrace-state')).toBeNull();
  });

  test('of many rows are streamed whole, and pretty when asked', async () => {
    const { post } = await queryServer({ numRows: 10_000 });
    const answer = await post(GROUP_BY);
    expect(answer.headers.get('content-length')).toBeNull();
    const rows = await answer.json();
    expect(rows).toHaveLength(10_000);
    const pretty = await (await post(GROUP_BY, { path: '/druid/v2?pretty' })).text();
    expect(pretty.startsWith('[ {\n  "version" : "v1",\n  "timestamp"')).toBe(true);
    expect(JSON.parse(pretty)).toEqual(rows);
  });

  test('are given to packed queries too', async () => {
    const { post, asked } = await queryServer();
    const packed = gzipSync(JSON.stringify(GROUP_BY));
    expect((await post(packed, { headers: { 'content-encoding': 'gzip' } })).status).toBe(200);
    expect(asked).toHaveLength(1);
  });
});

describe('failures', () => {
  test('of running queries carry the query id and are reported', async () => {
    const fail = new DruidError('Query [q] timed out', { category: 'TIMEOUT', persona: 'OPERATOR' });
    const { post, reported } = await queryServer({ fail });
    const answer = await post({ ...GROUP_BY, context: { queryId: 'q' } });
    expect([answer.status, answer.headers.get('x-druid-query-id')]).toEqual([504, 'q']);
    expect(reported).toEqual([['groupBy', true, true]]);
  });

  test('bodies that nest too deep are refused', async () => {
    const { post } = await queryServer();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect((await post(deep)).status).toBe(400);
  });
});

describe("Druid's recorded status for requests that are wrong", () => {
  const cases = readdirSync(CASES)
    .map((file) => JSON.parse(readFileSync(join(CASES, file), 'utf8')) as Case)
    // Whole answers to the queries of these are tested where they are parsed.
    .filter(({ request }) => request.path === '/druid/v2' && ['wrong-content-type', 'bad-json'].includes(request.name));
  interface Case {
    readonly request: {
      readonly name: string;
      readonly path: string;
      readonly headers: object;
      readonly body?: unknown;
      readonly rawBody?: string;
    };
    readonly response: { readonly status: number; readonly raw?: string };
  }

  test.each(cases.map((one) => [one.request.name, one] as const))('%s', async (_, { request, response }) => {
    const { post, asked } = await queryServer();
    const answer = await post(request.rawBody ?? request.body, { headers: request.headers });
    const body = await answer.text();
    expect(answer.status).toBe(response.status);
    if (response.raw) expect(Object.keys(JSON.parse(body))).toEqual(Object.keys(JSON.parse(response.raw)));
    else expect(body).toBe('');
    expect(asked).toEqual([]);
  });

  test.each([
    ['GET', '/druid/v2', 405],
    ['PUT', '/druid/v2', 405],
    ['POST', '/druid/v2/nope', 405],
    ['DELETE', '/druid/v2/some-id', 202],
  ])('%s %s', async (method, path, status) => {
    const { url } = await queryServer();
    expect((await fetch(url + path, { method })).status).toBe(status);
  });
});

test('DELETE cancels the query', async () => {
  const { url, cancelled } = await queryServer();
  await fetch(`${url}/druid/v2/my%20query`, { method: 'DELETE' });
  expect(cancelled).toEqual(['my query']);
});

test('data sources are those with segments and those that a stream feeds', async () => {
  const { url } = await queryServer();
  expect(await (await fetch(`${url}/druid/v2/datasources`)).json()).toEqual(['fed', 'stored']);
  expect(await (await fetch(`${url}/druid/v2/datasources/stored`)).json()).toEqual({
    dimensions: ['a'],
    metrics: ['m'],
  });
  expect(await (await fetch(`${url}/druid/v2/datasources/stored/dimensions`)).json()).toEqual(['a']);
});
