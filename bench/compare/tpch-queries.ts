/** TPC-H's two queries on lineitem alone, and a group-by of three dimensions. */
import { type BenchQuery, COUNT, common, groupByRows, sum, timeseriesRows, whereTime } from './bench-query.js';

const expression = (name: string, text: string): unknown => ({
  type: 'expression',
  name,
  expression: text,
  outputType: 'DOUBLE',
});

const average = (name: string, of: string): unknown => ({
  type: 'arithmetic',
  name,
  fn: '/',
  fields: [
    { type: 'fieldAccess', fieldName: of },
    { type: 'fieldAccess', fieldName: 'n' },
  ],
});

const range = (column: string, bounds: Readonly<Record<string, unknown>>): unknown => ({
  type: 'range',
  column,
  matchValueType: 'DOUBLE',
  ...bounds,
});

const Q1_KEYS = ['l_returnflag', 'l_linestatus'];
const Q1_VALUES = ['qty', 'price', 'disc_price', 'charge', 'avg_qty', 'avg_price', 'avg_disc', 'n'];
const THREE_KEYS = ['l_returnflag', 'l_linestatus', 'l_shipmode'];
const THREE_VALUES = ['n', 'qty', 'price', 'disc', 'low', 'high'];

export const TPCH_QUERIES: readonly BenchQuery[] = [
  {
    name: 'q1',
    group: 'tpc-h',
    native: {
      ...common('groupBy', '1992-01-01/1998-09-03'),
      virtualColumns: [
        expression('v0', 'l_extendedprice * (1 - l_discount)'),
        expression('v1', 'l_extendedprice * (1 - l_discount) * (1 + l_tax)'),
      ],
      dimensions: Q1_KEYS,
      aggregations: [
        sum('qty', 'l_quantity'),
        sum('price', 'l_extendedprice'),
        sum('disc_price', 'v0'),
        sum('charge', 'v1'),
        sum('disc', 'l_discount'),
        COUNT,
      ],
      postAggregations: [average('avg_qty', 'qty'), average('avg_price', 'price'), average('avg_disc', 'disc')],
      limitSpec: { type: 'default', columns: Q1_KEYS },
    },
    rows: groupByRows([...Q1_KEYS, ...Q1_VALUES]),
    sql: `SELECT l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice), sum(l_extendedprice * (1 - l_discount)),
      sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)), avg(l_quantity), avg(l_extendedprice), avg(l_discount), count(*)
      FROM lineitem WHERE l_shipdate <= DATE '1998-09-02' GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus`,
    rule: { kind: 'rows', keys: 2 },
    touches: {
      columns: [...Q1_KEYS, 'l_quantity', 'l_extendedprice', 'l_discount', 'l_tax'],
      where: "l_shipdate < DATE '1998-09-03'",
    },
  },
  {
    name: 'q6',
    group: 'tpc-h',
    native: {
      ...common('timeseries', '1994-01-01/1995-01-01'),
      virtualColumns: [expression('v0', 'l_extendedprice * l_discount')],
      filter: {
        type: 'and',
        fields: [
          range('l_discount', { lower: 0.05, upper: 0.07 }),
          range('l_quantity', { upper: 24, upperOpen: true }),
        ],
      },
      aggregations: [sum('revenue', 'v0')],
    },
    rows: timeseriesRows(['revenue']),
    sql: `SELECT sum(l_extendedprice * l_discount) FROM lineitem WHERE ${whereTime('1994-01-01', '1995-01-01')}
      AND l_discount >= CAST(0.05 AS DOUBLE) AND l_discount <= CAST(0.07 AS DOUBLE) AND l_quantity < 24`,
    clickhouse: `SELECT sum(l_extendedprice * l_discount) FROM lineitem WHERE ${whereTime('1994-01-01', '1995-01-01')}
      AND l_discount >= 0.05 AND l_discount <= 0.07 AND l_quantity < 24`,
    rule: { kind: 'rows', keys: 0 },
    touches: { columns: ['l_discount', 'l_quantity', 'l_extendedprice'], where: whereTime('1994-01-01', '1995-01-01') },
  },
  {
    name: 'group3',
    group: 'tpc-h',
    native: {
      ...common('groupBy'),
      dimensions: THREE_KEYS,
      aggregations: [
        COUNT,
        sum('qty', 'l_quantity'),
        sum('price', 'l_extendedprice'),
        sum('disc', 'l_discount'),
        { type: 'doubleMin', name: 'low', fieldName: 'l_discount' },
        { type: 'doubleMax', name: 'high', fieldName: 'l_extendedprice' },
      ],
    },
    rows: groupByRows([...THREE_KEYS, ...THREE_VALUES]),
    sql: `SELECT l_returnflag, l_linestatus, l_shipmode, count(*), sum(l_quantity), sum(l_extendedprice), sum(l_discount),
      min(l_discount), max(l_extendedprice) FROM lineitem GROUP BY l_returnflag, l_linestatus, l_shipmode`,
    rule: { kind: 'rows', keys: 3 },
    touches: { columns: [...THREE_KEYS, 'l_quantity', 'l_extendedprice', 'l_discount'], where: 'true' },
  },
];
