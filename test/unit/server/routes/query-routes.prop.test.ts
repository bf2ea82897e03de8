import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AggregateQuery } from '../../../../src/broker/answer.js';
import { jsonText } from '../../../../src/common/json-write.js';
import { SmileFromJson } from '../../../../src/common/smile/smile-from-json.js';
import { addQueryRoutes } from '../../../../src/server/http/routes/query-routes.js';
import { listen, type Served } from '../serve.js';

let served: Served;
beforeAll(async () => {
  served = await listen((router) =>
    addQueryRoutes(router, {
      broker: {
        run: (query) =>
          Promise.resolve({
            query,
            rowsScanned: 0,
            blocks: { read: 0, all: 0 },
            state: { s: 0, offsets: {}, evaluatedAt: '' },
            body: {
              kind: 'aggregate',
              query: {
                ...(query as AggregateQuery),
                queryType: 'topN',
                granularity: { type: 'all' },
              } as AggregateQuery,
              table: { numRows: 0, names: [], columns: [] },
              dataStartMs: null,
            },
          }),
        cancel: () => {},
      },
      view: {
        s: 0,
        dataSources: () => [],
        segments: () => [],
        supervisors: () => [],
        visible: () => [],
        streams: () => [],
      },
      cluster: { all: () => [] },
      maxBytes: 0,
      nowMs: () => 0,
      onQuery: () => {},
    }),
  );
});
afterAll(() => served.server.close());

const WORDS = [
  'queryType',
  'dataSource',
  'intervals',
  'granularity',
  'dimensions',
  'dimension',
  'aggregations',
  'filter',
  'virtualColumns',
  'context',
  'type',
  'name',
  'fieldName',
  'fields',
  'field',
  'metric',
  'threshold',
  'limitSpec',
  'having',
  'postAggregations',
  'query',
  'left',
  'right',
  'columns',
  'resultFormat',
  'limit',
  'order',
  'bound',
];
const VALUES = [
  'timeseries',
  'topN',
  'groupBy',
  'scan',
  'search',
  'timeBoundary',
  'segmentMetadata',
  'all',
  'day',
  'x',
  '',
  '$.a',

  'count',
  'longSum',
  'selector',
  'and',
  'in',
  'bound',
  'table',
  'union',
  'join',
  'lookup',
  'default',
  'extraction',
  '',
  '2024-01-01/2024-01-02',
  '0000/9999',
  'x/y',
  'P1D',
  'PT0S',
  '__proto__',
  'constructor',
  '((((',
  '\u0000',
];
const tree = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>(...VALUES, null, true, -1, 0, 1e300, 2n ** 63n, 0.5),
    fc.array(tie('node'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...WORDS), tie('node')), { maxLength: 8 })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).node;
/** Queries that are nearly right get further than noise. */
const nearQuery = fc
  .tuple(fc.constantFrom('timeseries', 'topN', 'groupBy', 'scan', 'timeBoundary', 'segmentMetadata'), tree, tree, tree)
  .map(([queryType, first, second, third]) => ({
    queryType,
    dataSource: 'd',
    intervals: '2024/2025',
    granularity: 'all',
    dimension: 'c',
    dimensions: ['c'],
    metric: 'n',
    threshold: 3,
    aggregations: [{ type: 'count', name: 'n' }],
    ...(first as object),
    filter: second,
    virtualColumns: third,
  }));

/** Refused or answered, never a fault of the server. */
async function expectVerdict(body: Uint8Array | string, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(`${served.url}/druid/v2`, { method: 'POST', body, headers });
  const text = await answer.text();
  expect([200, 400, 406, 415, 501], `${answer.status} ${text} for ${String(body)}`).toContain(answer.status);
}

test('any JSON is answered or refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(tree, nearQuery), (body) =>
      expectVerdict(jsonText(body), { 'content-type': 'application/json' }),
    ),
    { numRuns: 500 },
  );
  expect(served.bugs).toEqual([]);
});

test('any bytes in any form are answered or refused', async () => {
  const type = fc.constantFrom(
    'application/json',
    'application/smile',
    'application/json; charset=utf-8',
    'x',
    'text/csv',
  );
  const encoding = fc.constantFrom('identity', 'gzip', 'deflate', 'br');
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    nearQuery.map((query) => new SmileFromJson().part(jsonText(query))),
  );
  await fc.assert(
    fc.asyncProperty(bytes, type, encoding, fc.constantFrom('*/*', 'application/smile', 'x'), (body, ...headers) =>
      expectVerdict(body, { 'content-type': headers[0], 'content-encoding': headers[1], accept: headers[2] }),
    ),
    { numRuns: 500 },
  );
  expect(served.bugs).toEqual([]);
});
