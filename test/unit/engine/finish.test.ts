import { describe, expect, test } from 'vitest';
import type { ColumnType } from '../../../src/common/column-type.js';
import { finishAggregate } from '../../../src/engine/finish.js';
import type {
  GroupByQuery,
  LimitSpec,
  TimeseriesQuery,
  TopNMetric,
  TopNQuery,
} from '../../../src/query/native-query.js';
import { plainQuery } from '../../support/queries.js';
import { buildSegment, type Row } from '../../support/blocks.js';
import { type PlainCell, recordsOf, rowsOf } from '../../support/cells.js';
import { count, dimension, groupedLeaf, runLeaf } from '../../support/run-leaf.js';

const { context } = plainQuery;
const base = { ...plainQuery, postAggregations: [] };
const TYPES: Readonly<Record<string, ColumnType>> = { __time: 'LONG', s: 'STRING', l: 'LONG' };
const sum = { type: 'sum', kind: 'long', name: 'x', fieldName: 'l' } as const;
const byTen = { type: 'duration', durationMs: 10, originMs: 0 } as const;

const ROWS: readonly Row[] = [
  { __time: 3, s: 'b', l: 5 },
  { __time: 12, s: 'a', l: null },
  { __time: 14, s: null, l: 1 },
  { __time: 31, s: 'b', l: -7 },
  { __time: 35, s: '10', l: 2 },
  { __time: 36, s: '9', l: 2 },
];

describe('timeseries', () => {
  function run(parts: Partial<TimeseriesQuery>, rows: readonly Row[] = ROWS): PlainCell[][] {
    const query: TimeseriesQuery = {
      ...base,
      queryType: 'timeseries',
      granularity: byTen,
      aggregations: [count, sum],
      descending: false,
      limit: 0,
      ...parts,
    };
    const plan = groupedLeaf({
      ...query,
      aggregators: query.aggregations,
      fillEmptyBuckets: !query.context.skipEmptyBuckets,
    });
    const segments = rows.length === 0 ? [] : [buildSegment({ types: TYPES, rows })];
    return rowsOf(finishAggregate(query, runLeaf(plan, segments)));
  }

  test('buckets come in order, empty ones with null sums', () => {
    expect(run({})).toEqual([
      [0n, 1n, 5n],
      [10n, 2n, 1n],
      [20n, 0n, null],
      [30n, 3n, -3n],
    ]);
    expect(run({ descending: true, limit: 2 })).toEqual([
      [30n, 3n, -3n],
      [20n, 0n, null],
    ]);
    expect(run({ context: { ...context, skipEmptyBuckets: true } }).map(([t]) => t)).toEqual([0n, 10n, 30n]);
  });

  test('the grand total covers the shown buckets only', () => {
    const shown = run({ limit: 2, context: { ...context, grandTotal: true } });
    expect(shown.at(-1)).toEqual([null, 3n, 6n]);
    expect(shown).toHaveLength(3);
  });

  test('all answers at the first data, or without data at the interval start', () => {
    expect(run({ granularity: { type: 'all' } })).toEqual([[3n, 6n, 3n]]);
    expect(run({ granularity: { type: 'all' }, intervals: [{ startMs: 7, endMs: 9 }] }, [])).toEqual([[7n, 0n, null]]);
    expect(run({ granularity: { type: 'all' }, context: { ...context, skipEmptyBuckets: true } }, [])).toEqual([]);
  });

  test('post-aggregators: division by zero is 0, quotient is infinite, null stays null', () => {
    const field = (fieldName: string) => ({ type: 'fieldAccess', name: fieldName, fieldName }) as const;
    const zero = { type: 'constant', name: 'zero', value: 0 } as const;
    const [, , empty, last] = run({
      postAggregations: [
        { type: 'arithmetic', name: 'div', fn: '/', fields: [field('n'), zero], ordering: null },
        { type: 'arithmetic', name: 'quo', fn: 'quotient', fields: [field('n'), zero], ordering: null },
        { type: 'arithmetic', name: 'sub', fn: '-', fields: [field('x'), field('div'), field('n')], ordering: null },
      ],
    });
    expect(last).toEqual([30n, 3n, -3n, 0, Number.POSITIVE_INFINITY, -6]);
    expect(empty).toEqual([20n, 0n, null, 0, Number.NaN, null]);
  });
});

describe('topN', () => {
  const ties = ['b', 'a', 'c', 'c', null, 'd', 'd'].map((s, i) => ({ __time: i, s, l: s === 'a' ? null : i }));

  function run(metric: TopNMetric, threshold: number, rows: readonly Row[] = ties): PlainCell[] {
    const query: TopNQuery = {
      ...base,
      queryType: 'topN',
      granularity: { type: 'all' },
      aggregations: [count, sum],
      dimension: dimension('s'),
      metric,
      threshold,
    };
    const plan = groupedLeaf({ dimensions: [query.dimension], aggregators: query.aggregations });
    return recordsOf(finishAggregate(query, runLeaf(plan, [buildSegment({ types: TYPES, rows })]))).map(({ s }) => s!);
  }

  test('equal metrics come in ascending order of the dimension, null first', () => {
    expect(run({ type: 'numeric', metric: 'n' }, 10)).toEqual(['c', 'd', null, 'a', 'b']);
    expect(run({ type: 'numeric', metric: 'n' }, 3)).toEqual(['c', 'd', null]);
  });

  test('a null metric is last, inverted or not', () => {
    expect(run({ type: 'numeric', metric: 'x' }, 10).at(-1)).toBe('a');
    expect(run({ type: 'inverted', metric: { type: 'numeric', metric: 'x' } }, 10)).toEqual(['b', null, 'c', 'd', 'a']);
  });

  test('by dimension: ascending after the stop, or descending, null first either way', () => {
    const byName = (previousStop: string | null) =>
      ({ type: 'dimension', ordering: 'lexicographic', previousStop }) as const;
    expect(run(byName(null), 3)).toEqual([null, 'a', 'b']);
    expect(run(byName('b'), 3)).toEqual(['c', 'd']);
    expect(run({ type: 'inverted', metric: byName(null) }, 3)).toEqual([null, 'd', 'c']);
    expect(run({ type: 'inverted', metric: byName('c') }, 5)).toEqual(['b', 'a']);
  });

  test('an order over more rows than the threshold is the start of the whole order', () => {
    const rows = Array.from({ length: 3000 }, (_, i) => ({ __time: i, s: `v${(i * 37) % 1000}`, l: (i * 31) % 97 }));
    const metric = { type: 'numeric', metric: 'x' } as const;
    expect(run(metric, 12, rows)).toEqual(run(metric, 1000, rows).slice(0, 12));
  });
});

describe('groupBy', () => {
  function run(parts: Partial<GroupByQuery>, rows: readonly Row[] = ROWS): PlainCell[][] {
    const query: GroupByQuery = {
      ...base,
      queryType: 'groupBy',
      granularity: { type: 'all' },
      aggregations: [count, sum],
      dimensions: [dimension('s')],
      having: null,
      limitSpec: null,
      subtotals: null,
      ...parts,
    };
    const plan = groupedLeaf({ ...query, aggregators: query.aggregations });
    return rowsOf(finishAggregate(query, runLeaf(plan, [buildSegment({ types: TYPES, rows })])));
  }
  const ordered = (columns: LimitSpec['columns'], limit: number | null = null, offset = 0): Partial<GroupByQuery> => ({
    limitSpec: { limit, offset, columns },
  });
  const names = (rows: PlainCell[][]): PlainCell[] => rows.map(([, s]) => s!);

  test('subtotals: set after set, dimensions that a set lacks are null, an order is one of all rows', () => {
    expect(names(run({ subtotals: [['s'], []] }))).toEqual([null, '10', '9', 'a', 'b', null]);
    const total = run({ subtotals: [[]] });
    expect(total).toHaveLength(1);
    const columns = [{ dimension: 'n', direction: 'descending', dimensionOrder: 'numeric' }] as const;
    expect(run({ subtotals: [['s'], []], limitSpec: { limit: 1, offset: 0, columns } })).toEqual(total);
  });

  test('without a limit spec: dimensions in natural order, null first', () => {
    expect(names(run({}))).toEqual([null, '10', '9', 'a', 'b']);
  });

  test('time comes before dimensions unless dimensions are to come first', () => {
    expect(run({ granularity: byTen }).map(([t, s]) => [t, s])).toEqual([
      [0n, 'b'],
      [10n, null],
      [10n, 'a'],
      [30n, '10'],
      [30n, '9'],
      [30n, 'b'],
    ]);
    expect(names(run({ granularity: byTen, context: { ...context, sortByDimsFirst: true } }))).toEqual([
      null,
      '10',
      '9',
      'a',
      'b',
      'b',
    ]);
  });

  test('a column orders by its comparator, descending puts null last, ties keep the natural order', () => {
    expect(names(run(ordered([{ dimension: 's', direction: 'ascending', dimensionOrder: 'numeric' }])))).toEqual([
      null,
      'a',
      'b',
      '9',
      '10',
    ]);
    expect(names(run(ordered([{ dimension: 's', direction: 'descending', dimensionOrder: 'lexicographic' }])))).toEqual(
      ['b', 'a', '9', '10', null],
    );
    expect(names(run(ordered([{ dimension: 'x', direction: 'descending', dimensionOrder: 'lexicographic' }])))).toEqual(
      ['10', '9', null, 'b', 'a'],
    );
    expect(
      names(run(ordered([{ dimension: 'n', direction: 'descending', dimensionOrder: 'lexicographic' }], 2, 1))),
    ).toEqual([null, '10']);
  });

  test('an unknown order column is the caller’s mistake', () => {
    expect(() => run(ordered([{ dimension: 'z', direction: 'ascending', dimensionOrder: 'lexicographic' }]))).toThrow(
      'Unknown column in order clause[z]',
    );
  });

  test('having sees aggregators and dimensions; a null metric satisfies nothing', () => {
    expect(names(run({ having: { type: 'lessThan', aggregation: 'x', value: 2 } }))).toEqual([null, 'b']);
    expect(
      names(run({ having: { type: 'not', havingSpec: { type: 'lessThan', aggregation: 'x', value: 2 } } })),
    ).toEqual(['10', '9', 'a']);
    expect(names(run({ having: { type: 'dimSelector', dimension: 's', value: null } }))).toEqual([null]);
  });

  test('without dimensions, all answers one row even when there is none to count', () => {
    const nothing = { dimensions: [], intervals: [{ startMs: 900, endMs: 950 }] };
    expect(run(nothing)).toEqual([[900n, 0n, null]]);
    expect(run({ ...nothing, ...ordered([], 5, 1) })).toEqual([]);
    expect(run({ ...nothing, granularity: byTen })).toEqual([]);
  });
});
