import { describe, expect, test } from 'vitest';
import { DruidError } from '../../../src/common/druid-error.js';
import { parseInterval } from '../../../src/common/iso-time.js';
import { parseNativeQuery } from '../../../src/query/parse-native-query.js';

const DAY = '2015-09-12/2015-09-13';
const timeseries = { queryType: 'timeseries', dataSource: 'wikipedia', intervals: [DAY], granularity: 'all' };
const groupBy = {
  ...timeseries,
  queryType: 'groupBy',
  dimensions: ['channel'],
  aggregations: [{ type: 'count', name: 'n' }],
};
const topN = { ...groupBy, queryType: 'topN', dimension: 'channel', metric: 'n', threshold: 5 };
const scan = { queryType: 'scan', dataSource: 'wikipedia', intervals: DAY };

const parse = (json: unknown): ReturnType<typeof parseNativeQuery> => parseNativeQuery(json, () => 'new-id');

/** Status of the error that a query gives. */
function statusOf(json: unknown): number {
  try {
    parse(json);
    return 200;
  } catch (error) {
    if (error instanceof DruidError) return error.status;
    throw error;
  }
}

test('a timeseries has every default', () => {
  expect(parse(timeseries)).toEqual({
    queryType: 'timeseries',
    dataSources: ['wikipedia'],
    intervals: [parseInterval(DAY)],
    filter: null,
    granularity: { type: 'all' },
    aggregations: [],
    postAggregations: [],
    descending: false,
    limit: 0,
    context: {
      queryId: 'new-id',
      timeoutMs: 300_000,
      priority: 0,
      useCache: true,
      populateCache: true,
      skipEmptyBuckets: false,
      grandTotal: false,
      resultAsArray: false,
      sortByDimsFirst: false,
      serializeDateTimeAsLong: false,
      minTopNThreshold: 1000,
      includeState: false,
      raw: {},
    },
  });
});

test('what was parsed survives JSON and structured clone', () => {
  const filter = { type: 'equals', column: 'a', matchValueType: 'LONG', matchValue: 9223372036854775807n };
  const query = parse({
    ...timeseries,
    filter,
    granularity: { type: 'period', period: 'P1D', timeZone: 'Asia/Tokyo' },
  });
  expect(JSON.parse(JSON.stringify(query))).toEqual(query);
  expect(structuredClone(query)).toEqual(query);
});

describe('intervals', () => {
  test.each([
    ['text', DAY],
    ['a list in one text', '2015-09-12T12/2015-09-13,2015-09-12/PT12H'],
    ['an array that overlaps', ['2015-09-12/2015-09-12T20', '2015-09-12T10/2015-09-13']],
    ['an object', { type: 'intervals', intervals: [DAY] }],
    ['an object with text', { type: 'intervals', intervals: DAY }],
    ['an object without a type', { intervals: [DAY] }],
  ])('as %s', (_form, intervals) => {
    expect(parse({ ...timeseries, intervals }).intervals).toEqual([parseInterval(DAY)]);
  });

  test('may be left out only where Druid means all time', () => {
    for (const queryType of ['timeBoundary', 'dataSourceMetadata', 'segmentMetadata']) {
      expect(parse({ queryType, dataSource: 'a' }).intervals).toEqual([
        parseInterval('-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z'),
      ]);
    }
    expect(statusOf({ queryType: 'scan', dataSource: 'a' })).toBe(400);
    expect(parse({ queryType: 'segmentMetadata', dataSource: 'a' })).toMatchObject({ defaultHistory: true });
  });
});

test.each([
  ['wikipedia', ['wikipedia']],
  [{ type: 'table', name: 'a' }, ['a']],
  [{ type: 'globalTable', name: 'a' }, ['a']],
  [{ type: 'whatever', name: 'a' }, ['a']],
  [{ type: 'union', dataSources: ['a', { type: 'table', name: 'b' }, 'a'] }, ['a', 'b']],
])('dataSource %j reads %j', (dataSource, expected) => {
  expect(parse({ ...timeseries, dataSource }).dataSources).toEqual(expected);
});

describe('context', () => {
  test('takes numbers and booleans as text, and keeps what it does not know', () => {
    const context = {
      queryId: 'mine',
      timeout: '1000',
      priority: '-5',
      useCache: 'FALSE',
      grandTotal: 'true',
      lane: 'x',
    };
    expect(parse({ ...timeseries, context }).context).toMatchObject({
      queryId: 'mine',
      timeoutMs: 1000,
      priority: -5,
      useCache: false,
      grandTotal: true,
      raw: { lane: 'x' },
    });
  });

  test('mistakes have their own envelope', () => {
    for (const context of [{ timeout: 'x' }, { timeout: -1 }, { priority: {} }, { useCache: 1 }, 'x', []]) {
      expect(() => parse({ ...timeseries, context })).toThrow(
        expect.objectContaining({
          status: 400,
          legacy: expect.objectContaining({ error: 'Query context parse failed' }),
        }),
      );
    }
  });
});

describe('groupBy', () => {
  test('having, limits and orders have their defaults and short forms', () => {
    const query = parse({
      ...groupBy,
      dimensions: ['channel', { dimension: 'delta', outputName: 'd', outputType: 'long' }],
      having: {
        type: 'and',
        havingSpecs: [
          { type: 'greaterThan', aggregation: 'n', value: '3' },
          { type: 'dimSelector', dimension: 'd', value: 7 },
        ],
      },
      limitSpec: {
        type: 'default',
        limit: '10',
        columns: [
          'channel',
          { dimension: 'n', direction: 'desc', dimensionOrder: 'Numeric' },
          { dimension: 'd', direction: 'sideways', dimensionOrder: { type: 'strlen' } },
        ],
      },
    });
    expect(query).toMatchObject({
      dimensions: [
        { type: 'default', dimension: 'channel', outputName: 'channel', outputType: 'STRING' },
        { type: 'default', dimension: 'delta', outputName: 'd', outputType: 'LONG' },
      ],
      having: {
        havingSpecs: [
          { type: 'greaterThan', value: 3 },
          { type: 'dimSelector', value: '7' },
        ],
      },
      limitSpec: {
        limit: 10,
        offset: 0,
        columns: [
          { dimension: 'channel', direction: 'ascending', dimensionOrder: 'lexicographic' },
          { dimension: 'n', direction: 'descending', dimensionOrder: 'numeric' },
          { dimension: 'd', direction: 'ascending', dimensionOrder: 'strlen' },
        ],
      },
    });
  });

  test('a limitSpec without limit has none', () => {
    expect(parse({ ...groupBy, limitSpec: { type: 'default', offset: 3 } })).toMatchObject({
      limitSpec: { limit: null, offset: 3 },
    });
  });

  test('names that clash or do not exist are refused', () => {
    expect(() => parse({ ...groupBy, dimensions: [{ dimension: 'a', outputName: '__time' }] })).toThrow(
      "'__time' cannot be used",
    );
    const missing = { type: 'fieldAccess', name: 'x', fieldName: 'nope' };
    expect(() => parse({ ...groupBy, postAggregations: [missing] })).toThrow(
      'Missing fields [[nope]] for postAggregator [x]',
    );
    const later = { type: 'arithmetic', name: 'y', fn: '+', fields: [missing, { type: 'constant', value: 1 }] };
    expect(statusOf({ ...groupBy, postAggregations: [later, { type: 'constant', name: 'nope', value: 1 }] })).toBe(400);
    expect(statusOf({ ...groupBy, postAggregations: [{ type: 'constant', name: 'nope', value: 1 }, later] })).toBe(200);
  });
});

describe('topN', () => {
  test.each([
    ['n', { type: 'numeric', metric: 'n' }],
    [
      { type: 'numeric', metric: 'n' },
      { type: 'numeric', metric: 'n' },
    ],
    [
      { type: 'inverted', metric: 'n' },
      { type: 'inverted', metric: { type: 'numeric', metric: 'n' } },
    ],
    [{ type: 'dimension' }, { type: 'dimension', ordering: 'lexicographic', previousStop: null }],
    [
      { type: 'dimension', ordering: 'numeric', previousStop: 5 },
      { type: 'dimension', ordering: 'numeric', previousStop: '5' },
    ],
    [
      { type: 'lexicographic', previousStop: 'a' },
      { type: 'dimension', ordering: 'lexicographic', previousStop: 'a' },
    ],
    [{ type: 'alphaNumeric' }, { type: 'dimension', ordering: 'alphanumeric', previousStop: null }],
  ])('metric %j', (metric, expected) => {
    expect(parse({ ...topN, metric })).toMatchObject({ metric: expected });
  });
});

describe('scan', () => {
  test('has its defaults', () => {
    expect(parse(scan)).toMatchObject({
      columns: [],
      resultFormat: 'list',
      batchSize: 20_480,
      limit: null,
      offset: 0,
      order: 'none',
    });
  });

  test('an order by time can be asked for in both ways', () => {
    expect(parse({ ...scan, order: 'DESCENDING' })).toMatchObject({ order: 'descending' });
    expect(parse({ ...scan, orderBy: [{ columnName: '__time', order: 'ascending' }] })).toMatchObject({
      order: 'ascending',
    });
    expect(() => parse({ ...scan, columns: ['channel'], order: 'ascending' })).toThrow(
      '__time column must be selected',
    );
  });
});

test('segmentMetadata reads types in any case and both names of the strategy', () => {
  const query = { queryType: 'segmentMetadata', dataSource: 'a' };
  expect(parse(query)).toMatchObject({
    analysisTypes: ['cardinality', 'interval', 'minmax'],
    toInclude: { type: 'all' },
    merge: false,
  });
  expect(
    parse({
      ...query,
      analysisTypes: ['timestampSpec', 'queryGranularity'],
      toInclude: { type: 'list', columns: ['a'] },
    }),
  ).toMatchObject({
    analysisTypes: ['timestampspec', 'querygranularity'],
    toInclude: { type: 'list', columns: ['a'] },
  });
  expect(parse({ ...query, lenientAggregatorMerge: true })).toMatchObject({ aggregatorMergeStrategy: 'lenient' });
  expect(statusOf({ ...query, lenientAggregatorMerge: true, aggregatorMergeStrategy: 'latest' })).toBe(400);
});

describe('what Druid knows and this version lacks is 501 and named', () => {
  test.each([
    [
      { ...timeseries, virtualColumns: [{ type: 'expression', name: 'v', expression: '1' }] },
      'virtual columns, here [expression]',
    ],
    [{ ...topN, dimension: { type: 'extraction', dimension: 'a' } }, 'dimension spec [extraction]'],
    [{ ...timeseries, filter: { type: 'regex', dimension: 'a', pattern: '^(x|y)$' } }, 'filter type [regex]'],
    [
      { ...timeseries, filter: { type: 'selector', dimension: 'a', value: 'b', extractionFn: { type: 'upper' } } },
      'here [upper]',
    ],
    [{ ...timeseries, dataSource: { type: 'join', left: 'a' } }, 'dataSource type [join]'],
    [{ ...timeseries, aggregations: [{ type: 'longAny', name: 'x', fieldName: 'a' }] }, 'aggregator type [longAny]'],
    [{ ...timeseries, aggregations: [{ type: 'longSum', name: 'x', expression: 'a + 1' }] }, 'here [longSum]'],
    [
      { ...timeseries, postAggregations: [{ type: 'thetaSketchEstimate', name: 'x' }] },
      'post-aggregator type [thetaSketchEstimate]',
    ],
    [{ ...groupBy, subtotalsSpec: [['channel']] }, 'groupBy property [subtotalsSpec]'],
    [{ ...groupBy, having: { type: 'filter', filter: { type: 'true' } } }, 'having type [filter]'],
    [{ ...scan, queryType: 'search' }, 'query type [search]'],
    [{ ...timeseries, context: { bySegment: true } }, 'context key [bySegment]'],
  ])('%j', (json, named) => {
    expect(statusOf(json)).toBe(501);
    expect(() => parse(json)).toThrow(named);
  });
});

test('types that Druid does not know are 400', () => {
  for (const change of [
    { queryType: 'zzz' },
    { filter: { type: 'zzz' } },
    { aggregations: [{ type: 'zzz', name: 'x' }] },
    { aggregations: [{ type: 'toString', name: 'x' }] },
    { postAggregations: [{ type: 'zzz', name: 'x' }] },
  ]) {
    expect(statusOf({ ...timeseries, ...change })).toBe(400);
  }
});

test('JSON of the wrong kind is 400 wherever it is', () => {
  for (const wrong of [
    7,
    2n ** 70n,
    { type: 'zzz', a: 2n ** 70n },
    'x',
    true,
    [],
    {},
    [[]],
    [null],
    [7],
    { type: 7 },
  ]) {
    for (const key of [
      'dataSource',
      'intervals',
      'granularity',
      'filter',
      'aggregations',
      'postAggregations',
      'dimensions',
      'having',
      'limitSpec',
      'context',
    ]) {
      // A few of these are valid: the point is that nothing but a DruidError is ever thrown.
      expect([200, 400, 501]).toContain(statusOf({ ...groupBy, [key]: wrong }));
      expect([200, 400, 500, 501]).toContain(
        statusOf({ ...topN, [key]: wrong, metric: wrong, dimension: wrong, threshold: wrong }),
      );
    }
  }
});

test('a filter that nests too deep is refused before it is read', () => {
  let filter: unknown = { type: 'true' };
  for (let i = 0; i < 50_000; i++) filter = { type: 'not', field: filter };
  expect(() => parse({ ...timeseries, filter })).toThrow('nests deeper than [200] levels');
});
