import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { AggregateQuery, QueryAnswer } from '../../../../src/broker/answer.js';
import { DruidError } from '../../../../src/common/druid-error.js';
import type { NodeRow, SegmentRow, SupervisorRow } from '../../../../src/metadata/metadata-store.js';
import type { StreamState } from '../../../../src/metadata/stream-state.js';
import type { NativeQuery } from '../../../../src/query/native-query.js';
import { parseSmile } from '../../../../src/common/smile/smile-reader.js';
import { SmileFromJson } from '../../../../src/common/smile/smile-from-json.js';
import { javaHashOrder } from '../../../../src/server/http/java-hash-order.js';
import { manualCapacity, QueryScheduler } from '../../../../src/server/http/query-scheduler.js';
import { addQueryRoutes, type QueryRoutesOptions } from '../../../../src/server/http/routes/query-routes.js';
import { serve } from '../serve.js';

const CASES = join(import.meta.dirname, '../../../conformance/cases/native-error');
const GROUP_BY = {
  queryType: 'groupBy',
  dataSource: 'd',
  intervals: ['2024-03-10/2024-03-11'],
  granularity: 'all',
  dimensions: ['c'],
};

const SEGMENT = {
  id: 'stored_1',
  dataSource: 'stored',
  intervalStartMs: Date.UTC(2024, 2, 10),
  intervalEndMs: Date.UTC(2024, 2, 11),
  version: 'v1',
  partitionNum: 0,
  sizeBytes: 5,
  dimensions: ['added', 'isRobot', 'countryIsoCode'],
  metrics: ['m'],
} as unknown as SegmentRow;
const FED = { dataSource: 'fed', suspended: false } as SupervisorRow;
const HISTORICAL = { id: 'n', host: 'h', port: 1, roles: ['historical'] } as unknown as NodeRow;
const VIEW: QueryRoutesOptions['view'] = {
  s: 3,
  dataSources: () => ['stored'],
  segments: () => [SEGMENT],
  supervisors: () => [FED],
  visible: (dataSource) => (dataSource === 'stored' ? [{ row: SEGMENT, clip: null }] : []),
  streams: (dataSource) => (dataSource === 'fed' ? [{} as StreamState] : []),
};

/** Query routes over a broker that answers so many rows, the names of the wanted segment being no matter. */
async function queryServer(
  options: {
    readonly numRows?: number;
    readonly fail?: Error;
    readonly scheduler?: QueryScheduler;
    readonly view?: Partial<QueryRoutesOptions['view']>;
    readonly run?: (query: NativeQuery, signal?: AbortSignal) => Promise<QueryAnswer>;
  } = {},
): Promise<{
  readonly url: string;
  readonly bugs: readonly unknown[];
  readonly asked: NativeQuery[];
  readonly cancelled: string[];
  readonly reported: unknown[];
  readonly post: (body: unknown, init?: { readonly path?: string; readonly headers?: object }) => Promise<Response>;
}> {
  const { numRows = 1, fail } = options;
  const asked: NativeQuery[] = [];
  const cancelled: string[] = [];
  const reported: unknown[] = [];
  const run = (query: NativeQuery, signal?: AbortSignal): Promise<QueryAnswer> => {
    asked.push(query);
    if (options.run !== undefined) return options.run(query, signal);
    return fail === undefined ? Promise.resolve(groupByAnswer(query, numRows)) : Promise.reject(fail);
  };
  const { url, bugs } = await serve((router) =>
    addQueryRoutes(router, {
      broker: { run, cancel: (queryId) => void cancelled.push(queryId) },
      view: { ...VIEW, ...options.view },
      cluster: { all: () => [HISTORICAL] },
      maxBytes: 1000,
      nowMs: () => Date.UTC(2024, 2, 12),
      ...(options.scheduler && { scheduler: options.scheduler }),
      onQuery: (type, durationMs, failed) => reported.push([type, durationMs >= 0, failed]),
    }),
  );
  const post: Awaited<ReturnType<typeof queryServer>>['post'] = (body, init = {}) =>
    fetch(url + (init.path ?? '/druid/v2'), {
      method: 'POST',
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...init.headers },
    });
  return { url, bugs, asked, cancelled, reported, post };
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
    blocks: { read: 1, all: 4 },
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

  test('tell what was read for them when they are asked', async () => {
    const { post } = await queryServer();
    const asked = await post({ ...GROUP_BY, context: { includeProfile: true } });
    expect(JSON.parse(asked.headers.get('x-millrace-profile')!)).toMatchObject({ blocksRead: 1, blocks: 4 });
    expect((await post(GROUP_BY)).headers.get('x-millrace-profile')).toBeNull();
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
  const of = async (path: string): Promise<unknown> =>
    (await fetch(`${url}/druid/v2/datasources/stored${path}`)).json() as Promise<unknown>;
  const found = { dimensions: javaHashOrder(SEGMENT.dimensions), metrics: ['m'] };
  expect(await of('')).toEqual(found);
  expect(await of('?interval=2024-03-10T05/PT1H')).toEqual(found);
  expect(await of('?interval=2023/2024')).toEqual({ dimensions: [], metrics: [] });
  expect(await of('?full')).toEqual({ '2024-03-10T00:00:00.000Z/2024-03-11T00:00:00.000Z': found });
  expect(await of('/dimensions')).toEqual(found.dimensions);
  expect((await fetch(`${url}/druid/v2/datasources/stored?interval=x`)).status).toBe(400);
});

test('candidates are the segments of the intervals and the servers that have them', async () => {
  const { url, post } = await queryServer();
  const candidates = [
    {
      interval: '2024-03-10T00:00:00.000Z/2024-03-11T00:00:00.000Z',
      version: 'v1',
      partitionNumber: 0,
      size: 5,
      locations: [
        {
          name: 'h:1',
          host: 'h:1',
          hostAndTlsPort: null,
          maxSize: 1000,
          type: 'historical',
          tier: '_default_tier',
          priority: 0,
        },
      ],
    },
  ];
  const query = { ...GROUP_BY, dataSource: 'stored' };
  expect(await (await post(query, { path: '/druid/v2/candidates' })).json()).toEqual(candidates);
  const path = '/druid/v2/datasources/stored/candidates?intervals=2024-03-10/2024-03-11,2024-03-10/2024-03-10T12';
  expect(await (await fetch(url + path)).json()).toEqual(candidates);
});

describe('Smile', () => {
  const smile = (value: unknown): Uint8Array => new SmileFromJson().part(JSON.stringify(value));
  const SMILE = 'application/x-jackson-smile';
  const read = async (answer: Response): Promise<unknown> => parseSmile(new Uint8Array(await answer.arrayBuffer()));

  test.each([5, 10_000])('%i rows, asked by Accept, are those of JSON', async (numRows) => {
    const { post } = await queryServer({ numRows });
    const answer = await post(GROUP_BY, { headers: { accept: SMILE } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, SMILE]);
    expect(await read(answer)).toEqual(await (await post(GROUP_BY)).json());
  });

  test('queries are read, and answered in JSON when that is wanted', async () => {
    const { post, asked } = await queryServer();
    const headers = { 'content-type': 'application/smile', accept: 'application/json' };
    const answer = await post(smile({ ...GROUP_BY, context: { queryId: 'é' } }), { headers });
    expect(await answer.json()).toHaveLength(1);
    expect(asked[0]?.context.queryId).toBe('é');
  });

  test('errors come in the form of the answer', async () => {
    const { post } = await queryServer();
    const answer = await post('3a29', { headers: { 'content-type': SMILE, accept: SMILE } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, SMILE]);
    expect(await read(answer)).toMatchObject({ error: 'Unknown exception', host: null });
  });
});

describe('Accept', () => {
  test.each([
    ['text/html', 406],
    ['application/json;q=0', 406],
    ['text/csv, */*;q=0.1', 200],
    ['application/*', 200],
  ])('%s', async (accept, status) => {
    const { post } = await queryServer();
    expect((await post(GROUP_BY, { headers: { accept } })).status).toBe(status);
  });
});

describe('ETag', () => {
  const STORED = { ...GROUP_BY, dataSource: 'stored' };
  const none = { 'if-none-match': 'none' };

  test('is the same whatever a client calls a query and however long it waits for it', async () => {
    const { post } = await queryServer();
    const tag = (await post(STORED, { headers: none })).headers.get('etag')!;
    const context = { queryId: 'dashboard-7', sqlQueryId: 's', timeout: 9999, priority: 3, useCache: false };
    expect((await post({ ...STORED, context }, { headers: { 'if-none-match': tag } })).status).toBe(304);
    const unfinished = await post({ ...STORED, context: { finalize: false } }, { headers: { 'if-none-match': tag } });
    expect(unfinished.status).toBe(200);
  });

  test('of the same query over the same segments is equal, and spares the work', async () => {
    const { post, asked } = await queryServer();
    expect((await post(STORED)).headers.get('etag')).toBeNull();
    const tag = (await post(STORED, { headers: none })).headers.get('etag')!;
    const again = await post(STORED, { headers: { 'if-none-match': tag } });
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, tag, '']);
    expect(asked).toHaveLength(2);
    const other = await post({ ...STORED, dimensions: ['d'] }, { headers: { 'if-none-match': tag } });
    expect(other.status).toBe(200);
    const smile = { 'if-none-match': tag, accept: 'application/smile' };
    expect((await post(STORED, { headers: smile })).status).toBe(200);
  });

  test('changes with the segments, and is not given when they changed meanwhile', async () => {
    const tag = (await (await queryServer()).post(STORED, { headers: none })).headers.get('etag')!;
    const visible = (): ReturnType<QueryRoutesOptions['view']['visible']> => [
      { row: { ...SEGMENT, id: 'stored_2' }, clip: null },
    ];
    const later = await queryServer({ view: { visible, s: 4 } });
    const answer = await later.post(STORED, { headers: { 'if-none-match': tag } });
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, null]);
  });

  test('is not given where streams or lookups decide too', async () => {
    const { post } = await queryServer();
    expect((await post({ ...GROUP_BY, dataSource: 'fed' }, { headers: none })).headers.get('etag')).toBeNull();
    const filter = { type: 'selector', dimension: 'lookup', value: 'x' };
    expect((await post({ ...STORED, filter }, { headers: none })).headers.get('etag')).toBeNull();
  });
});

test('queries over capacity are refused, and their places come back', async () => {
  const scheduler = new QueryScheduler(manualCapacity(1, {}));
  const { post } = await queryServer({ scheduler, numRows: 10_000 });
  const leave = scheduler.enter({ lane: null, priority: 0 });
  const refused = await post({ ...GROUP_BY, context: { queryId: 'q' } });
  expect([refused.status, refused.headers.get('x-druid-query-id')]).toEqual([429, 'q']);
  expect(await refused.json()).toMatchObject({
    error: 'Query capacity exceeded',
    errorMessage: 'Too many concurrent queries, total query capacity of 1 exceeded. Please try your query again later.',
  });
  leave();
  for (const path of ['/druid/v2', '/druid/v2?pretty'])
    expect(await (await post(GROUP_BY, { path })).json()).toHaveLength(10_000);
  expect(scheduler.running).toBe(0);
});

test('a bug while a query runs is reported, with the id of the query to the client', async () => {
  const { post, bugs } = await queryServer({ fail: new TypeError('oops') });
  const answer = await post({ ...GROUP_BY, context: { queryId: 'q' } });
  expect([answer.status, answer.headers.get('x-druid-query-id')]).toEqual([500, 'q']);
  expect(bugs).toHaveLength(1);
});
