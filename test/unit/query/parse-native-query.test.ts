import { describe, expect, test } from 'vitest';
import { DruidError } from '../../../src/common/druid-error.js';
import { parseInterval } from '../../../src/common/iso-time.js';
import { isDerivedColumn } from '../../../src/query/desugar/derived-columns.js';
import type { GroupByQuery, TopNQuery } from '../../../src/query/native-query.js';
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
      bySegment: true,
      finalize: false,
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

describe('virtual columns', () => {
  const expression = (name: string, text: string): unknown => ({ type: 'expression', name, expression: text });
  const namesOf = (json: unknown): string[] => parse(json).virtualColumns.map(({ name }) => name);

  test('come before those that read them', () => {
    const virtualColumns = [expression('c', 'b + a'), expression('b', 'a + 1'), expression('a', 'x')];
    expect(namesOf({ ...timeseries, virtualColumns })).toEqual(['a', 'b', 'c']);
  });

  test('of a dimension, filter and aggregator come after those of the request', () => {
    const query = parse({
      ...groupBy,
      virtualColumns: [expression('v', 'x')],
      filter: { type: 'expression', expression: 'v > 1' },
      dimensions: [{ type: 'extraction', dimension: 'v', outputName: 'up', extractionFn: { type: 'upper' } }],
      aggregations: [
        { type: 'count', name: 'n' },
        { type: 'doubleSum', name: 's', expression: 'v * 2' },
      ],
    }) as GroupByQuery;
    const [v, ...derived] = query.virtualColumns;
    expect(v?.name).toBe('v');
    expect(derived.map(({ type }) => type).sort()).toEqual(['expression', 'expression', 'extraction']);
    expect(derived.every(({ name }) => isDerivedColumn(name))).toBe(true);
    expect(query.dimensions[0]).toMatchObject({ type: 'default', outputName: 'up', outputType: 'STRING' });
    expect(derived.map(({ name }) => name)).toContain(query.dimensions[0]!.dimension);
    expect(derived).toContainEqual({
      type: 'expression',
      name: (query.aggregations[1] as { fieldName: string }).fieldName,
      expression: 'v * 2',
      outputType: 'DOUBLE',
    });
  });

  test('a filtered dimension of an extracted one is derived in two steps', () => {
    const extraction = { type: 'extraction', dimension: 'd', outputName: 'o', extractionFn: { type: 'strlen' } };
    const dimension = { type: 'prefixFiltered', delegate: extraction, prefix: '1' };
    const query = parse({ ...topN, dimension }) as TopNQuery;
    const [first, second] = query.virtualColumns;
    expect(first).toMatchObject({ type: 'extraction', column: 'd' });
    expect(second).toMatchObject({
      type: 'value-filtered',
      column: first!.name,
      keep: { kind: 'prefix', prefix: '1' },
    });
    expect(query.dimension).toMatchObject({ dimension: second!.name, outputName: 'o' });
  });

  test('nested fields are reached by paths of every form', () => {
    const field = { type: 'nested-field', columnName: 'n', outputName: 'f' };
    for (const path of [
      { path: "$.a['b.c'][0].d" },
      { path: '.a."b.c"[0].d', useJqSyntax: true },
      {
        pathParts: [
          { type: 'field', field: 'a' },
          { type: 'field', field: 'b.c' },
          { type: 'arrayElement', index: 0 },
          { type: 'field', field: 'd' },
        ],
      },
    ]) {
      const [column] = parse({ ...scan, virtualColumns: [{ ...field, ...path }] }).virtualColumns;
      expect(column).toMatchObject({ type: 'nested-field', name: 'f', path: ['a', 'b.c', 0, 'd'] });
    }
  });

  test.each([
    [[expression('__time', '1')], 'virtualColumn name[__time] not allowed'],
    [[expression('', '1')], 'Empty or null virtualColumn name'],
    [[expression('a', 'a + 1')], 'Self-referential column[a]'],
    [[expression('a', 'nope(1)')], "function 'nope' is not defined."],
    [[{ type: 'zzz', name: 'a' }], "Could not resolve type id 'zzz'"],
    [[{ type: 'nested-field', columnName: 'n', outputName: 'f', path: 'a.b' }], 'JSONPath [a.b] is invalid'],
  ])('%j is refused: %s', (virtualColumns, problem) => {
    expect(() => parse({ ...timeseries, virtualColumns })).toThrow(problem);
  });
});

describe('data sources', () => {
  const ofSource = (dataSource: unknown): ReturnType<typeof parse> => parse({ ...timeseries, dataSource });

  test('name every table that is read, also by subqueries', () => {
    const { dataSource, dataSources } = ofSource({
      type: 'join',
      left: { type: 'filter', base: 'a', filter: { type: 'regex', dimension: 'x', pattern: 'y' } },
      right: { type: 'query', query: { ...groupBy, dataSource: { type: 'union', dataSources: ['b', 'c'] } } },
      rightPrefix: 'r.',
      condition: 'x == "r.channel"',
      joinType: 'left',
    });
    expect(dataSources).toEqual(['a', 'b', 'c']);
    expect(dataSource).toMatchObject({ type: 'join', joinType: 'LEFT', right: { query: { queryType: 'groupBy' } } });
  });

  test('a subquery goes by no id of its own, so that equal queries are equal', () => {
    const { dataSource } = ofSource({ type: 'query', query: groupBy });
    expect(dataSource).toMatchObject({ query: { context: { queryId: '' } } });
  });

  test('inline rows keep every bit of long integers', () => {
    const rows = [[2n ** 62n, 'x', [1, null]]];
    const { dataSource } = ofSource({
      type: 'inline',
      columnNames: ['a', 'b', 'c'],
      columnTypes: ['LONG', null, 'ARRAY<LONG>'],
      rows,
    });
    expect(dataSource).toMatchObject({
      columnTypes: ['LONG', null, 'ARRAY<LONG>'],
      rows: [['4611686018427387904', 'x', [1, null]]],
    });
  });

  test('a filter of a data source derives columns of its own', () => {
    const filter = { type: 'selector', dimension: 'x', value: 'Y', extractionFn: { type: 'upper' } };
    const query = ofSource({ type: 'filter', base: 'a', filter });
    expect(query.virtualColumns).toEqual([]);
    expect(query.dataSource).toMatchObject({ virtualColumns: [{ type: 'extraction', column: 'x' }] });
  });

  test.each([
    [{ type: 'query' }, "'query' must be nonnull"],
    [{ type: 'inline', columnNames: ['a'] }, "'rows' must be nonnull"],
    [{ type: 'inline', columnNames: ['a'], columnTypes: [], rows: [] }, 'must be the same length'],
    [{ type: 'join', left: 'a' }, 'right cannot be null'],
    [
      { type: 'join', left: 'a', right: 'b', rightPrefix: '__', condition: '1', joinType: 'INNER' },
      'would shadow __time',
    ],
    [{ type: 'join', left: 'a', right: 'b', rightPrefix: 'r', condition: '1 ==', joinType: 'INNER' }, 'JoinDataSource'],
    [{ type: 'join', left: 'a', right: 'b', rightPrefix: 'r', condition: '1', joinType: 'SEMI' }, 'JoinType.SEMI'],
    [{ type: 'unnest', base: 'a' }, 'VirtualColumn'],
    [{ type: 'union', dataSources: [{ type: 'lookup', lookup: 'l' }] }, 'union of other data sources than tables'],
  ])('%j is refused: %s', (dataSource, problem) => {
    expect(() => ofSource(dataSource)).toThrow(problem);
  });
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
