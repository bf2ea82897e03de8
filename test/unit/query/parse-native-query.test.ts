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
    dataSource: { type: 'tables', names: ['wikipedia'] },
    dataSources: ['wikipedia'],
    intervals: [parseInterval(DAY)],
    segments: null,
    virtualColumns: [],
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
      lane: null,
      useCache: true,
      populateCache: true,
      useResultLevelCache: true,
      populateResultLevelCache: true,
      bySegment: false,
      finalize: null,
      maxSubqueryRows: 100_000,
      maxSubqueryBytes: null,
      maxScatterGatherBytes: null,
      minOffsets: null,
      uncoveredIntervalsLimit: 0,
      groupByEnableMultiValueUnnesting: true,
      maxRowsQueuedForOrdering: 100_000,
      maxSegmentPartitionsOrderedInMemory: 50,
      skipEmptyBuckets: false,
      grandTotal: false,
      resultAsArray: false,
      sortByDimsFirst: false,
      serializeDateTimeAsLong: false,
      serializeDateTimeAsLongInner: false,
      minTopNThreshold: 1000,
      includeProfile: false,
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
      maxSubqueryRows: '7.0',
      maxSubqueryBytes: 'auto',
      bySegment: 'TRUE',
      finalize: false,
    };
    expect(parse({ ...timeseries, context }).context).toMatchObject({
      queryId: 'mine',
      timeoutMs: 1000,
      priority: -5,
      useCache: false,
      grandTotal: true,
      lane: 'x',
      maxSubqueryRows: 7,
      maxSubqueryBytes: null,
      maxScatterGatherBytes: null,
      minOffsets: null,
      bySegment: true,
      finalize: false,
      raw: { lane: 'x' },
    });
  });

  test('mistakes have their own envelope', () => {
    for (const context of [{ timeout: 'x' }, { timeout: -1 }, { priority: {} }, { useCache: 1 }]) {
      expect(() => parse({ ...timeseries, context })).toThrow(
        expect.objectContaining({
          status: 400,
          legacy: expect.objectContaining({ error: 'Query context parse failed' }),
        }),
      );
    }
  });

  test('a context that is no object fails as Jackson does', () => {
    for (const context of ['x', []]) {
      expect(() => parse({ ...timeseries, context })).toThrow(
        expect.objectContaining({
          status: 400,
          legacy: expect.objectContaining({
            errorClass: 'com.fasterxml.jackson.databind.exc.MismatchedInputException',
          }),
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

test.each([
  [{ priority: {} }, 'Expected key [priority] to be an Integer, but got [java.util.LinkedHashMap]'],
  [{ priority: 'high' }, 'Expected key [priority] to be in integer format, but got [high]'],
  [{ timeout: [] }, 'Expected key [timeout] to be a Long, but got [java.util.ArrayList]'],
  [{ bySegment: 1 }, 'Expected key [bySegment] to be a Boolean, but got [java.lang.Integer]'],
  [{ lane: true }, 'Expected key [lane] to be a String, but got [java.lang.Boolean]'],
  [
    { vectorize: 'maybe' },
    'Expected key [vectorize] to be referring to one of the values [FALSE,TRUE,FORCE] of enum [Vectorize], but got [maybe]',
  ],
  [{ vectorSize: 1.5, useFilterCNF: 3 }, 'Expected key [useFilterCNF] to be a Boolean'],
])('context %j: %s', (context, problem) => {
  expect(() => parse({ ...timeseries, context })).toThrow(problem);
});

test('segments can be named one by one', () => {
  const segments = [
    { itvl: '2015-09-12/2015-09-13', ver: 'v1', part: 2 },
    { itvl: '2015-09-13/2015-09-14', ver: 'v1', part: 0 },
  ];
  expect(parse({ ...timeseries, intervals: { type: 'segments', segments } })).toMatchObject({
    intervals: [parseInterval('2015-09-12/2015-09-14')],
    segments: [
      { interval: parseInterval(DAY), version: 'v1', partitionNumber: 2 },
      { version: 'v1', partitionNumber: 0 },
    ],
  });
});

test('having filters and dimensions that are extracted first bring their columns', () => {
  const extractionFn = { type: 'lower' };
  const having = { type: 'dimSelector', dimension: 'channel', value: 'x', extractionFn };
  expect(parse({ ...groupBy, having })).toMatchObject({
    having: { type: 'filter', filter: { type: 'selector', value: 'x' }, virtualColumns: [{ column: 'channel' }] },
    virtualColumns: [],
  });
});

test('subtotals are lists of output names', () => {
  expect(parse({ ...groupBy, subtotalsSpec: [['channel'], []] })).toMatchObject({ subtotals: [['channel'], []] });
  expect(() => parse({ ...groupBy, subtotalsSpec: [['zzz']] })).toThrow('Subtotal spec [zzz] is either not a subset');
});

test('a search has its defaults', () => {
  expect(parse({ ...scan, queryType: 'search', searchDimensions: ['a'] })).toMatchObject({
    granularity: { type: 'all' },
    dimensions: [{ dimension: 'a' }],
    query: { type: 'all' },
    sort: 'lexicographic',
    limit: 1000,
  });
});

test('post-aggregators read expressions and sketches that exist before them', () => {
  const estimate = { type: 'thetaSketchEstimate', name: 'e', field: { type: 'fieldAccess', fieldName: 'n' } };
  const ratio = { type: 'expression', name: 'r', expression: 'e / n' };
  expect(statusOf({ ...groupBy, postAggregations: [estimate, ratio] })).toBe(200);
  expect(() => parse({ ...groupBy, postAggregations: [ratio, estimate] })).toThrow(
    'Missing fields [[e]] for postAggregator [r]',
  );
});

test('what is found when a query runs is 500', () => {
  for (const change of [
    { filter: { type: 'javascript', dimension: 'a', function: 'x' } },
    { aggregations: [{ type: 'longSum', name: 'x', expression: 'nope(1)' }] },
    { filter: { type: 'expression', expression: '1 +' } },
  ]) {
    expect(statusOf({ ...timeseries, ...change })).toBe(500);
  }
  expect(statusOf({ ...scan, resultFormat: 'valueVector' })).toBe(500);
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
      expect([200, 400, 500, 501]).toContain(statusOf({ ...groupBy, [key]: wrong }));
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
