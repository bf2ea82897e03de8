/** Distinct counts, and the small questions of a dashboard: a needle, a list of keys, a text, a line by hours, a page. */
import {
  type BenchQuery,
  type Cell,
  COUNT,
  common,
  groupByRows,
  type Row,
  sum,
  timeseriesRows,
  whereTime,
} from './bench-query.js';
import { COLUMNS } from './lineitem.js';

const EXACT_DISTINCT = 'SELECT count(DISTINCT l_orderkey) FROM lineitem';
const ORDER_KEYS = { columns: ['l_orderkey'], where: 'true' };

/** `bound`: three standard errors of the sketch. `clickhouse`: its function of about the same kind. */
function approximate(name: string, aggregation: unknown, bound: number, clickhouse: string): BenchQuery {
  return {
    name,
    group: 'distinct',
    native: { ...common('timeseries'), aggregations: [aggregation] },
    rows: timeseriesRows(['d']),
    sql: 'SELECT approx_count_distinct(l_orderkey) FROM lineitem',
    clickhouse: `SELECT ${clickhouse}(l_orderkey) FROM lineitem`,
    rule: { kind: 'approximate', bound, sql: EXACT_DISTINCT },
    touches: ORDER_KEYS,
  };
}

const DISTINCT: readonly BenchQuery[] = [
  {
    name: 'distinct_exact',
    group: 'distinct',
    native: {
      ...common('groupBy'),
      dataSource: {
        type: 'query',
        query: { ...common('groupBy'), dimensions: ['l_orderkey'], aggregations: [] },
      },
      dimensions: [],
      aggregations: [{ type: 'count', name: 'd' }],
    },
    rows: groupByRows(['d']),
    sql: EXACT_DISTINCT,
    rule: { kind: 'rows', keys: 0 },
    touches: ORDER_KEYS,
  },
  approximate('distinct_hll', { type: 'HLLSketchBuild', name: 'd', fieldName: 'l_orderkey' }, 0.049, 'uniqHLL12'),
  approximate('distinct_theta', { type: 'thetaSketch', name: 'd', fieldName: 'l_orderkey' }, 0.024, 'uniqCombined'),
  approximate('distinct_cardinality', { type: 'cardinality', name: 'd', fields: ['l_orderkey'] }, 0.069, 'uniq'),
];

const IN_KEYS = Array.from({ length: 1000 }, (_, i) => i * 200 + 7);
const HOUR_MODES = ['AIR', 'FOB', 'MAIL', 'RAIL', 'SHIP'];
const PAGE_SIZE = 10_000;
const PAGE_WHERE = whereTime('1995-01-01', '1996-01-01');
const PAGE_COLUMNS = COLUMNS.map(([name]) => name);

/** Scan rows in the columns' order; the time is l_shipdate. */
function pageRows(answer: unknown): Row[] {
  return (answer as { events: Cell[][] }[]).flatMap(({ events }) => events);
}

const quoted = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

const LOOKUPS: readonly BenchQuery[] = [
  {
    name: 'needle',
    group: 'lookup',
    native: {
      ...common('timeseries'),
      filter: { type: 'equals', column: 'l_partkey', matchValueType: 'STRING', matchValue: '155190' },
      aggregations: [COUNT, sum('l_extendedprice')],
    },
    rows: timeseriesRows(['n', 'l_extendedprice']),
    sql: 'SELECT count(*), sum(l_extendedprice) FROM lineitem WHERE l_partkey = 155190',
    rule: { kind: 'rows', keys: 0 },
    touches: null,
  },
  {
    name: 'in_1000',
    group: 'lookup',
    native: {
      ...common('timeseries'),
      filter: { type: 'in', dimension: 'l_partkey', values: IN_KEYS.map(String) },
      aggregations: [COUNT, sum('l_extendedprice')],
    },
    rows: timeseriesRows(['n', 'l_extendedprice']),
    sql: `SELECT count(*), sum(l_extendedprice) FROM lineitem WHERE l_partkey IN (${IN_KEYS.join(', ')})`,
    rule: { kind: 'rows', keys: 0 },
    touches: null,
  },
  {
    name: 'like_comment',
    group: 'lookup',
    native: {
      ...common('timeseries'),
      filter: { type: 'like', dimension: 'l_comment', pattern: '%ironic%' },
      aggregations: [COUNT],
    },
    rows: timeseriesRows(['n']),
    sql: "SELECT count(*) FROM lineitem WHERE l_comment LIKE '%ironic%'",
    rule: { kind: 'rows', keys: 0 },
    touches: { columns: ['l_comment'], where: 'true' },
  },
  {
    name: 'hourly_split',
    group: 'lookup',
    native: {
      ...common('groupBy', '1995-01-01/1996-01-01'),
      granularity: 'hour',
      filter: { type: 'in', dimension: 'l_shipmode', values: HOUR_MODES },
      dimensions: ['l_shipmode'],
      aggregations: [COUNT, sum('l_extendedprice')],
    },
    rows: groupByRows(['__time', 'l_shipmode', 'n', 'l_extendedprice']),
    sql: `SELECT date_trunc('hour', l_shipdate::TIMESTAMP) AS h, l_shipmode, count(*), sum(l_extendedprice)
      FROM lineitem WHERE ${PAGE_WHERE} AND l_shipmode IN (${quoted(HOUR_MODES)}) GROUP BY h, l_shipmode`,
    clickhouse: `SELECT toStartOfHour(toDateTime(l_shipdate, 'UTC')) AS h, l_shipmode, count(*),
      sum(l_extendedprice) FROM lineitem WHERE ${PAGE_WHERE} AND l_shipmode IN (${quoted(HOUR_MODES)}) GROUP BY h, l_shipmode`,
    rule: { kind: 'rows', keys: 2 },
    touches: { columns: ['l_shipmode', 'l_extendedprice'], where: PAGE_WHERE },
  },
  {
    name: 'page_scan',
    group: 'lookup',
    native: {
      ...common('scan', '1995-01-01/1996-01-01'),
      columns: PAGE_COLUMNS.map((name) => (name === 'l_shipdate' ? '__time' : name)),
      resultFormat: 'compactedList',
      limit: PAGE_SIZE,
      offset: 100_000,
    },
    rows: pageRows,
    sql: `SELECT * FROM lineitem WHERE ${PAGE_WHERE} LIMIT ${PAGE_SIZE} OFFSET 100000`,
    rule: { kind: 'page', size: PAGE_SIZE, where: PAGE_WHERE },
    touches: null,
  },
];

export const LOOKUP_QUERIES: readonly BenchQuery[] = [...DISTINCT, ...LOOKUPS];
