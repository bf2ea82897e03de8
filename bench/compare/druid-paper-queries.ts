/** The nine queries of the paper "Druid: A Real-time Analytical Data Store" (2014), section 6.2, on lineitem. */
import {
  type BenchQuery,
  COUNT,
  common,
  groupByRows,
  sum,
  timeseriesRows,
  topNRows,
  whereTime,
} from './bench-query.js';

const ALL_SUMS = ['l_extendedprice', 'l_discount', 'l_tax', 'l_quantity'] as const;
const SQL_SUMS = ALL_SUMS.map((name) => `sum(${name})`).join(', ');
const AIR = { type: 'like', dimension: 'l_shipmode', pattern: '%AIR%' };

const PAPER_SCANS: readonly BenchQuery[] = [
  {
    name: 'count_star_interval',
    group: 'druid paper',
    native: { ...common('timeseries', '1992-01-03/1998-11-30'), aggregations: [COUNT] },
    rows: timeseriesRows(['n']),
    sql: `SELECT count(*) FROM lineitem WHERE ${whereTime('1992-01-03', '1998-11-30')}`,
    rule: { kind: 'rows', keys: 0 },
    touches: null,
  },
  {
    name: 'sum_price',
    group: 'druid paper',
    native: { ...common('timeseries'), aggregations: [sum('l_extendedprice')] },
    rows: timeseriesRows(['l_extendedprice']),
    sql: 'SELECT sum(l_extendedprice) FROM lineitem',
    rule: { kind: 'rows', keys: 0 },
    touches: { columns: ['l_extendedprice'], where: 'true' },
  },
  {
    name: 'sum_all',
    group: 'druid paper',
    native: { ...common('timeseries'), aggregations: ALL_SUMS.map((name) => sum(name)) },
    rows: timeseriesRows(ALL_SUMS),
    sql: `SELECT ${SQL_SUMS} FROM lineitem`,
    rule: { kind: 'rows', keys: 0 },
    touches: { columns: ALL_SUMS, where: 'true' },
  },
  {
    name: 'sum_all_year',
    group: 'druid paper',
    native: { ...common('timeseries'), granularity: 'year', aggregations: ALL_SUMS.map((name) => sum(name)) },
    rows: timeseriesRows(ALL_SUMS, true),
    sql: `SELECT date_trunc('year', l_shipdate) AS y, ${SQL_SUMS} FROM lineitem GROUP BY y`,
    rule: { kind: 'rows', keys: 1 },
    touches: { columns: ALL_SUMS, where: 'true' },
  },
  {
    name: 'sum_all_filter',
    group: 'druid paper',
    native: { ...common('timeseries'), filter: AIR, aggregations: ALL_SUMS.map((name) => sum(name)) },
    rows: timeseriesRows(ALL_SUMS),
    sql: `SELECT ${SQL_SUMS} FROM lineitem WHERE l_shipmode LIKE '%AIR%'`,
    rule: { kind: 'rows', keys: 0 },
    touches: { columns: ['l_shipmode', ...ALL_SUMS], where: 'true' },
  },
];

interface TopList {
  readonly name: string;
  readonly key: string;
  readonly intervals?: readonly [string, string];
  readonly more: readonly { readonly aggregation: unknown; readonly name: string; readonly sql: string }[];
}

const DETAILS = [
  { aggregation: sum('price', 'l_extendedprice'), name: 'price', sql: 'sum(l_extendedprice)' },
  { aggregation: { type: 'doubleMin', name: 'low', fieldName: 'l_discount' }, name: 'low', sql: 'min(l_discount)' },
  { aggregation: { type: 'doubleMax', name: 'high', fieldName: 'l_discount' }, name: 'high', sql: 'max(l_discount)' },
] as const;

const TOP_LISTS: readonly TopList[] = [
  { name: 'top_100_parts', key: 'l_partkey', more: [] },
  { name: 'top_100_parts_details', key: 'l_partkey', more: DETAILS },
  { name: 'top_100_parts_filter', key: 'l_partkey', intervals: ['1996-01-15', '1998-03-15'], more: [] },
  { name: 'top_100_commitdate', key: 'l_commitdate', more: [] },
];

/** What the exact list and the topN beside it share. */
function topListParts(list: TopList) {
  const [from, to] = list.intervals ?? ['1992-01-01', '1999-01-01'];
  const where = list.intervals === undefined ? 'true' : whereTime(from, to);
  const values = [`sum(l_quantity) AS q`, ...list.more.map((one) => one.sql)].join(', ');
  return {
    intervals: `${from}/${to}`,
    where,
    names: [list.key, 'q', ...list.more.map((one) => one.name)],
    aggregations: [sum('q', 'l_quantity'), ...list.more.map((one) => one.aggregation)],
    grouped: `SELECT ${list.key}, ${values} FROM lineitem WHERE ${where} GROUP BY ${list.key}`,
  };
}

/** The best, with all that are equal to the last of them. */
function candidates(grouped: string): string {
  return `${grouped} QUALIFY rank() OVER (ORDER BY q DESC) <= 100`;
}

function exactTopList(list: TopList): BenchQuery {
  const { intervals, where, names, aggregations, grouped } = topListParts(list);
  const columns = [list.key, 'l_quantity', ...(list.more.length > 0 ? ['l_extendedprice', 'l_discount'] : [])];
  return {
    name: list.name,
    group: 'druid paper',
    native: {
      ...common('groupBy', intervals),
      dimensions: [list.key],
      aggregations,
      limitSpec: {
        type: 'default',
        limit: 100,
        columns: [{ dimension: 'q', direction: 'descending', dimensionOrder: 'numeric' }],
      },
    },
    rows: groupByRows(names),
    sql: `${grouped} ORDER BY q DESC LIMIT 100`,
    rule: { kind: 'top', limit: 100, sql: candidates(grouped) },
    touches: { columns, where },
  };
}

/** By segment its 1,000 best and what is equal to the last of them, in the order in which Druid meets them. */
function segmentListsSql(key: string, where: string, segmentOf: string): string {
  return `SELECT ${segmentOf} AS s, ${key}, sum(l_quantity) AS q FROM lineitem WHERE ${where} GROUP BY 1, 2
    QUALIFY rank() OVER (PARTITION BY ${segmentOf} ORDER BY q DESC) <= 1000 ORDER BY 1, ${key}::VARCHAR`;
}

function topNBeside(list: TopList): BenchQuery {
  const { intervals, where, names, aggregations } = topListParts(list);
  return {
    ...exactTopList(list),
    name: `${list.name}_topn`,
    group: 'topN beside',
    native: { ...common('topN', intervals), dimension: list.key, metric: 'q', threshold: 100, aggregations },
    rows: topNRows(names),
    sql: null,
    comparedWith: list.name,
    rule: { kind: 'topN', limit: 100, sql: (segmentOf) => segmentListsSql(list.key, where, segmentOf) },
  };
}

export const DRUID_PAPER_QUERIES: readonly BenchQuery[] = [
  ...PAPER_SCANS,
  ...TOP_LISTS.map(exactTopList),
  ...TOP_LISTS.map(topNBeside),
];
