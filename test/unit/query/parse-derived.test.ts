import { describe, expect, test } from 'vitest';
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
  ])('%j is refused: %s', (dataSource, problem) => {
    expect(() => ofSource(dataSource)).toThrow(problem);
  });
});
