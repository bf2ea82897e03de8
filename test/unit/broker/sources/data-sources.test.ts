import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DataSource } from '../../../../src/query/data-source.js';
import { parseNativeQuery } from '../../../../src/query/parse-native-query.js';
import type { NativeQuery } from '../../../../src/query/native-query.js';
import { EnginePool } from '../../../../src/runtime/engine-pool.js';
import { wholeText } from '../../../../src/server/http/encode/answer-body.js';
import { StoredCluster } from '../../../support/stored-cluster.js';

const START = Date.parse('2024-05-01T10:00:00Z');
const EDITS: DataSource = { type: 'tables', names: ['edits'] };
const PAGES: DataSource = {
  type: 'inline',
  columnNames: ['name', 'kind', 'weight'],
  columnTypes: ['STRING', 'STRING', 'LONG'],
  rows: [
    ['a', 'first', 1],
    ['b', 'second', 2],
    ['b', 'again', null],
    ['z', 'nowhere', 9],
    [null, 'null', 5],
  ],
};

const LETTERS = {
  version: 'v1',
  isOneToOne: true,
  map: new Map([
    ['a', 'alpha'],
    ['b', 'beta'],
  ]),
};

const pool = new EnginePool({ threads: 1 });
let cluster: StoredCluster;

beforeAll(async () => {
  cluster = await StoredCluster.start({
    pool,
    lookups: { get: (name) => (name === 'letters' ? LETTERS : undefined), all: () => new Map([['letters', LETTERS]]) },
  });
  const pages = ['a', 'b', 'a', null, 'c', 'a'];
  const rows = pages.map((page, i) => ({ timeMs: START + i, page, added: BigInt(i) }));
  await cluster.publish([await cluster.write('edits/10/a', rows.slice(0, 4))]);
  await cluster.publish([await cluster.write('edits/10/b', rows.slice(4))]);
});
afterAll(async () => {
  await cluster.stop();
  await pool.close();
});

function asked(dataSource: DataSource, query: Readonly<Record<string, unknown>>): NativeQuery {
  const parsed = parseNativeQuery(
    { dataSource: 'edits', intervals: ['2020-01-01/2030-01-01'], granularity: 'all', ...query },
    () => 'test',
  );
  return { ...parsed, dataSource, virtualColumns: [], segments: null } as NativeQuery;
}

async function ask(dataSource: DataSource, query: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { body } = await cluster.broker.run(asked(dataSource, query));
  if (body.kind !== 'scan') return JSON.parse(await wholeText(body));
  const rows: unknown[] = [];
  for await (const table of body.batches) {
    const names = table.names.slice(0, -1);
    for (let row = 0; row < table.numRows; row++) {
      rows.push(names.map((_, i) => cell(table.columns[i]!, row)));
    }
  }
  return rows;
}

function cell(column: import('../../../../src/vectors/table.js').TableColumn, row: number): unknown {
  if (column.type === 'STRING') return column.ids[row]! < 0 ? null : column.dictionary[column.ids[row]!];
  if (column.type === 'LONG') return column.nulls?.[row] === 1 ? null : Number(column.values[row]);
  return undefined;
}

const byDimension = (dimension: string): Record<string, unknown> => ({
  queryType: 'groupBy',
  dimensions: [dimension],
  aggregations: [{ type: 'count', name: 'n' }],
});
const groups = (answer: unknown): unknown[] =>
  (answer as { event: Record<string, unknown> }[]).map(({ event }) => Object.values(event));

function joined(joinType: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL', condition = 'page == "p.name"'): DataSource {
  return {
    type: 'join',
    left: EDITS,
    right: PAGES,
    rightPrefix: 'p.',
    condition,
    joinType,
    leftFilter: null,
    virtualColumns: [],
  };
}

test('an inner join repeats a row for each match, and null never matches', async () => {
  expect(groups(await ask(joined('INNER'), byDimension('p.kind')))).toEqual([
    ['again', 1],
    ['first', 3],
    ['second', 1],
  ]);
});

test('a left join keeps rows without a match', async () => {
  expect(groups(await ask(joined('LEFT'), byDimension('p.kind')))).toEqual([
    [null, 2],
    ['again', 1],
    ['first', 3],
    ['second', 1],
  ]);
});

test('a full join also has the right rows that nothing matched, once each', async () => {
  expect(groups(await ask(joined('FULL'), byDimension('p.kind')))).toEqual([
    [null, 2],
    ['again', 1],
    ['first', 3],
    ['nowhere', 1],
    ['null', 1],
    ['second', 1],
  ]);
});

test('notdistinctfrom lets nulls meet', async () => {
  expect(groups(await ask(joined('INNER', 'notdistinctfrom(page, "p.name")'), byDimension('p.kind')))).toContainEqual([
    'null',
    1,
  ]);
});

test('a text key meets a number by value', async () => {
  const dataSource = joined('INNER', 'concat(added, \'\') == "p.weight"');
  expect(groups(await ask(dataSource, byDimension('p.weight')))).toEqual([
    ['1', 1],
    ['2', 1],
    ['5', 1],
  ]);
});

test('a filter below and above a join holds for its own rows', async () => {
  const filtered: DataSource = {
    type: 'filter',
    base: {
      ...(joined('LEFT') as DataSource & { type: 'join' }),
      leftFilter: { type: 'selector', dimension: 'page', value: 'b' },
    },
    filter: { type: 'selector', dimension: 'p.kind', value: 'second' },
    virtualColumns: [],
  };
  expect(groups(await ask(filtered, byDimension('page')))).toEqual([['b', 1]]);
});

test('a groupBy over a groupBy sees its groups as rows', async () => {
  const inner = asked(EDITS, { ...byDimension('page') });
  const answer = await ask(
    { type: 'query', query: inner },
    {
      queryType: 'groupBy',
      dimensions: [],
      aggregations: [
        { type: 'count', name: 'pages' },
        { type: 'longMax', name: 'most', fieldName: 'n' },
      ],
    },
  );
  expect(groups(answer)).toEqual([[4, 3]]);
});

test('a count over a groupBy counts its groups, those with a value, and those with null', async () => {
  const isNull = { type: 'selector', dimension: 'p', value: null };
  const counts = {
    queryType: 'groupBy',
    dimensions: [],
    aggregations: [
      { type: 'count', name: 'all' },
      { type: 'filtered', filter: { type: 'not', field: isNull }, aggregator: { type: 'count', name: 'some' } },
      { type: 'filtered', filter: isNull, aggregator: { type: 'count', name: 'none' } },
    ],
    postAggregations: [
      {
        type: 'arithmetic',
        name: 'double',
        fn: '+',
        fields: [
          { type: 'fieldAccess', fieldName: 'all' },
          { type: 'fieldAccess', fieldName: 'all' },
        ],
      },
    ],
  };
  const inner = (more: object) => asked(EDITS, { ...byDimension('page'), ...more });
  const over = (query: NativeQuery, more = {}) => ask({ type: 'query', query }, { ...counts, ...more });
  const named = inner({ dimensions: [{ type: 'default', dimension: 'page', outputName: 'p' }] });
  expect(groups(await over(named))).toEqual([[4, 3, 1, 8]]);
  const nothing = inner({ filter: { type: 'selector', dimension: 'page', value: 'no' } });
  expect(groups(await over(nothing))).toEqual([[0, 0, 0, 0]]);
  // Of the groups at the start of the inner interval none lies in the outer one.
  expect(groups(await over(named, { intervals: ['2021/2022'] }))).toEqual([[0, 0, 0, 0]]);
  const limited = inner({ limitSpec: { type: 'default', limit: 2 } });
  expect(groups(await over(limited))).toEqual([[2, 0, 2, 4]]);
});

test('a scan over inline rows shows them as they are, up to its limit', async () => {
  const scan = { queryType: 'scan', intervals: ['0000/3000'], columns: ['kind', 'weight'], offset: 1, limit: 3 };
  expect(await ask(PAGES, scan)).toEqual([
    ['second', 2],
    ['again', null],
    ['nowhere', 9],
  ]);
});

test('a lookup that nobody registered has no rows', async () => {
  expect(await ask({ type: 'lookup', lookup: 'none' }, { queryType: 'scan', columns: ['k'] })).toEqual([]);
});

test('unnest gives a row per element and drops rows without any', async () => {
  const unnested: DataSource = {
    type: 'unnest',
    base: EDITS,
    virtualColumn: {
      type: 'expression',
      name: 'u',
      expression: "if(page == 'a', array(page, 'x'), null)",
      outputType: null,
    },
    unnestFilter: null,
    virtualColumns: [],
  };
  expect(groups(await ask(unnested, byDimension('u')))).toEqual([
    ['a', 3],
    ['x', 3],
  ]);
});

test('more subquery rows than allowed are an error, no short answer', async () => {
  const inner = asked(EDITS, { ...byDimension('page') });
  const query = { queryType: 'timeseries', aggregations: [{ type: 'count', name: 'n' }] };
  const limited = asked({ type: 'query', query: inner }, query);
  const run = cluster.broker.run({ ...limited, context: { ...limited.context, maxSubqueryRows: 3 } } as NativeQuery);
  await expect(run).rejects.toThrow(/beyond maximum\[3\] rows/);
});

test('a union of data sources gives the rows of each, columns by name, and a union of queries their results in turn', async () => {
  const inline = { type: 'inline', columnNames: ['page', 'added'], rows: [['new', 7]] };
  const first = { queryType: 'scan', dataSource: 'edits', columns: ['page'], limit: 2 };
  const group = { queryType: 'groupBy', dimensions: ['page'], aggregations: [{ type: 'count', name: 'n' }] };
  const rows = { ...group, intervals: ['0000/3000'], dataSource: { type: 'union', dataSources: ['edits', inline] } };
  const separate = [await cluster.ask(group), await cluster.ask({ ...rows, dataSource: inline })].flat();
  expect(await cluster.ask(rows)).toHaveLength(separate.length);
  const scan = { ...first, intervals: ['2020-01-01/2030-01-01'] };
  const count = { ...group, dataSource: 'edits', granularity: 'all', intervals: scan.intervals };
  expect(await cluster.ask({ queryType: 'union', queries: [scan, count, { ...count, dataSource: 'none' }] })).toEqual([
    expect.objectContaining({ columns: ['page'], events: [expect.anything(), expect.anything()] }),
    ...((await cluster.ask(group)) as unknown[]),
  ]);
});

test.each(['INNER', 'LEFT'] as const)(
  'a join with distinct keys, which runs beside the data, is a join: %s',
  async (joinType) => {
    const right: DataSource = {
      ...(PAGES as DataSource & { type: 'inline' }),
      rows: [
        ['a', 'first', 1],
        ['b', null, null],
        ['z', 'nowhere', 9],
        [null, 'null', 5],
      ],
    };
    const query = {
      queryType: 'groupBy',
      dimensions: ['page', 'p.kind', { type: 'default', dimension: 'p.weight', outputName: 'w', outputType: 'LONG' }],
      aggregations: [
        { type: 'count', name: 'n' },
        { type: 'longSum', name: 'sum', fieldName: 'p.weight' },
        {
          type: 'filtered',
          filter: { type: 'not', field: { type: 'null', column: 'p.kind' } },
          aggregator: { type: 'count', name: 'some' },
        },
      ],
    };
    const filters = [null, { type: 'equals', column: 'p.kind', matchValueType: 'STRING', matchValue: 'first' }];
    const conditions = [
      // Of a column alone, and of an expression, which is a hash join.
      ['page == "p.name"', 'concat(page, \'\') == "p.name"'],
      ['added == "p.weight"', '(added + 0) == "p.weight"'],
      ['page == "p.weight"', 'concat(page, \'\') == "p.weight"'],
    ] as const;
    for (const filter of filters) {
      for (const pair of conditions) {
        const answers = pair.map((condition) => {
          const dataSource = { ...joined(joinType, condition), right } as DataSource;
          return ask(dataSource, { ...query, ...(filter !== null && { filter }) });
        });
        const [beside, hashed] = await Promise.all(answers);
        expect(groups(beside), pair[0]).toEqual(groups(hashed));
      }
    }
  },
);

test('rows that are joined, unnested and filtered beside the data are those that the broker makes of the same rows', async () => {
  const all = { queryType: 'scan', columns: ['__time', 'page', 'added'] };
  const stored = (await ask(EDITS, all)) as [number, string | null, number][];
  const copy: DataSource = {
    type: 'inline',
    columnNames: ['__time', 'page', 'added'],
    columnTypes: ['LONG', 'STRING', 'LONG'],
    rows: stored,
  };
  const over = (base: DataSource): DataSource => ({
    type: 'unnest',
    base: {
      type: 'join',
      left: { type: 'filter', base, filter: NOT_C, virtualColumns: [] },
      right: PAGES,
      rightPrefix: 'p.',
      condition: 'page == "p.name"',
      joinType: 'LEFT',
      leftFilter: null,
      virtualColumns: [],
    },
    virtualColumn: {
      type: 'expression',
      name: 'u',
      expression: 'array("p.kind", page, cast(added, \'STRING\'))',
      outputType: null,
    },
    unnestFilter: { type: 'not', field: { type: 'equals', column: 'u', matchValueType: 'STRING', matchValue: '4' } },
    virtualColumns: [],
  });
  const sums = [{ type: 'longSum', name: 'sum', fieldName: 'added' }];
  const queries = [
    { ...byDimension('u'), filter: { type: 'in', dimension: 'page', values: ['a', 'b', null] } },
    { ...byDimension('p.kind'), aggregations: sums },
    { queryType: 'timeseries', granularity: 'all', aggregations: sums },
    { queryType: 'topN', dimension: 'u', metric: 'sum', threshold: 3, aggregations: sums },
    { queryType: 'scan', columns: ['u', 'page', 'p.weight'], order: 'none' },
    { queryType: 'scan', columns: ['__time', 'u'], order: 'descending', limit: 4, offset: 2 },
  ];
  for (const query of queries) {
    const [beside, here] = await Promise.all([ask(over(EDITS), query), ask(over(copy), query)]);
    expect(rowsOf(beside), JSON.stringify(query)).toEqual(rowsOf(here));
  }
});

const NOT_C = {
  type: 'not',
  field: { type: 'equals', column: 'page', matchValueType: 'STRING', matchValue: 'c' },
} as const;

/** What is asked, without the time of the whole, which is the first data's for tables only. */
function rowsOf(answer: unknown): unknown[] {
  return (answer as readonly unknown[]).map((row) => {
    return typeof row === 'object' && row !== null && 'timestamp' in row ? { ...row, timestamp: null } : row;
  });
}

test('post-aggregators, having and expression aggregators find registered lookups', async () => {
  const looked = "lookup(page, 'letters')";
  const query = {
    ...byDimension('page'),
    aggregations: [
      { type: 'expression', name: 'known', fields: ['page'], initialValue: '0', fold: `__acc + notnull(${looked})` },
    ],
    postAggregations: [{ type: 'expression', name: 'name', expression: looked }],
    having: { type: 'filter', filter: { type: 'expression', expression: `${looked} != 'beta'` } },
  };
  expect(groups(await ask(EDITS, query))).toEqual([['a', 3, 'alpha']]);
});
