import { afterAll, beforeAll, expect, test } from 'vitest';
import { WindowThreads } from '../../../src/broker/window-threads.js';
import type { GatheredWork } from '../../../src/broker/window-work.js';
import { type RowBatch, typesOfTable } from '../../../src/engine/heap/row-batch.js';
import { parseWindowOperator } from '../../../src/query/parse-window-operator.js';
import type { WindowOperator } from '../../../src/query/window-operator.js';
import { EnginePool } from '../../../src/runtime/engine-pool.js';
import { HOUR_MS, rowsFrom, StoredCluster } from '../../support/stored-cluster.js';

const START = Date.parse('2024-05-01T10:00:00Z');
const FOREVER = new AbortController().signal;

const ORDER = [
  { type: 'naiveSort', columns: [{ column: 'x', direction: 'DESC' }] },
  { type: 'naivePartition', partitionColumns: [] },
];
const sumOver = (frame: unknown): unknown => ({
  type: 'window',
  processor: { type: 'framedAgg', frame, aggregations: [{ type: 'longSum', name: 'sum', fieldName: 'x' }] },
});
const NEIGHBOURS = [...ORDER, sumOver({ type: 'rows', lowerOffset: -2, upperOffset: 2 })];
/** Each of these is one step without a pause. */
const RANKED = [
  ...ORDER,
  { type: 'window', processor: { type: 'rank', group: ['x'], outputColumn: 'rank', asPercent: false } },
];

const operatorsOf = (operators: readonly unknown[]): readonly WindowOperator[] =>
  operators.map((json) =>
    parseWindowOperator(json, {
      parseSubquery: () => {
        throw new Error('no subquery here');
      },
      numFilters: 0,
    }),
  );

/** Rows from `from` on: x counts up, y is one of three strings. */
function batchOf(from: number, numRows: number): RowBatch {
  const values = BigInt64Array.from({ length: numRows }, (_, i) => BigInt(from + i));
  const ids = Int32Array.from(values, (x) => Number(x % 3n));
  const table = {
    numRows,
    names: ['x', 'y'],
    columns: [
      { type: 'LONG', values, nulls: null },
      { type: 'STRING', ids, dictionary: ['a', 'b', 'c'] },
    ],
  } as const;
  return { table, types: typesOfTable(table), segmentId: 's', range: null };
}

const workOf = (
  batches: readonly RowBatch[],
  maxBytes = 2 ** 30,
  operators: readonly unknown[] = NEIGHBOURS,
): GatheredWork => {
  return { batches, operators: operatorsOf(operators), maxBytes };
};

const pool = new EnginePool({ threads: 1 });
const threads = new WindowThreads();
let cluster: StoredCluster;

beforeAll(async () => {
  cluster = await StoredCluster.start({ pool });
  await cluster.publish([await cluster.write('edits/10/a', rowsFrom(START, 100))]);
});
afterAll(async () => {
  await cluster.stop();
  await threads.close();
  await cluster.broker.close();
  await pool.close();
});

test('other queries are answered while a window over millions of rows runs', async () => {
  const order: string[] = [];
  const work = workOf([batchOf(0, 1_500_000), batchOf(1_500_000, 500_000)], 2 ** 30, RANKED);
  const window = threads.run(work, true, FOREVER).then((batch) => {
    order.push('window');
    return batch;
  });
  for (let i = 0; i < 20; i++) {
    await cluster.ask({ queryType: 'timeseries', aggregations: [{ type: 'count', name: 'n' }] });
  }
  order.push('others');
  const { table } = await window;
  expect(order).toEqual(['others', 'window']);
  const [ranks, letters] = ['rank', 'y'].map((name) => table.columns[table.names.indexOf(name)]);
  expect(table.numRows).toBe(2_000_000);
  expect(ranks?.type === 'LONG' && [...ranks.values.subarray(0, 3)]).toEqual([1n, 2n, 3n]);
  // Row 1,999,999 is first; it is 1 more than a multiple of 3.
  expect(letters?.type === 'STRING' && letters.dictionary[letters.ids[0]!]).toBe('b');
});

test('what a thread answers is what the main thread does, rows that others hold stay theirs', async () => {
  const [batches, few] = [[batchOf(0, 20_000), batchOf(20_000, 1)], [batchOf(15_000, 5_001)]];
  const [many, less] = await Promise.all([
    threads.run(workOf(batches), false, FOREVER),
    threads.run(workOf(few), false, FOREVER),
  ]);
  expect(batches[0]!.table.columns[0]).toMatchObject({ values: { length: 20_000 } });
  const sums = (batch: RowBatch): unknown => {
    const column = batch.table.columns[batch.table.names.indexOf('sum')];
    return column?.type === 'LONG' ? [...column.values.subarray(0, 1000)] : undefined;
  };
  expect(sums(many)).toEqual(sums(less));
  expect(many.types).toEqual(less.types);
});

test('rows that need more memory than is allowed are a ResourceLimitExceededException, also out of a thread', async () => {
  await expect(threads.run(workOf([batchOf(0, 50_000)], 100_000), true, FOREVER)).rejects.toMatchObject({
    legacy: { errorClass: 'org.apache.druid.query.ResourceLimitExceededException' },
  });
});

test('a cancelled window ends at once with the reason, and the next one runs', async () => {
  const abort = new AbortController();
  const reason = new Error('not wanted');
  const running = threads.run(workOf([batchOf(0, 3_000_000)]), true, abort.signal);
  await cluster.ask({ queryType: 'timeseries', aggregations: [{ type: 'count', name: 'n' }] });
  abort.abort(reason);
  await expect(running).rejects.toBe(reason);
  expect((await threads.run(workOf([batchOf(0, 20_000)]), true, FOREVER)).table.numRows).toBe(20_000);
});

test('a window over a scan, and over groups that the broker may keep, is right when it runs in a thread, also again', async () => {
  await cluster.publish([await cluster.write('edits/11/a', rowsFrom(START + HOUR_MS, 20_000))]);
  const sum = { type: 'longSum', name: 'sum', fieldName: 'added' };
  const operators = [
    { type: 'naivePartition', partitionColumns: [] },
    { type: 'window', processor: { type: 'framedAgg', frame: { type: 'rows' }, aggregations: [sum] } },
  ];
  const outputSignature = [
    { name: 'added', type: 'LONG' },
    { name: 'sum', type: 'LONG' },
  ];
  const common = { dataSource: 'edits', intervals: ['2020-01-01/2030-01-01'] };
  const scan = { ...common, queryType: 'scan', columns: ['added', 'page'] };
  const groups = {
    ...common,
    queryType: 'groupBy',
    granularity: 'all',
    dimensions: [{ type: 'default', dimension: 'added', outputType: 'LONG' }],
  };
  const totals = { scan: (19_999 * 20_000) / 2 + (99 * 100) / 2, groups: (19_999 * 20_000) / 2 };
  for (const [query, total] of [
    [scan, totals.scan],
    [groups, totals.groups],
    [groups, totals.groups],
  ] as const) {
    const rows = await cluster.ask({
      queryType: 'windowOperator',
      dataSource: { type: 'query', query },
      operatorDefinition: operators,
      outputSignature,
    });
    expect((rows as unknown[][]).at(-1)?.[1]).toBe(total);
  }
});
