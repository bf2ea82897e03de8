import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { EnginePool } from '../../../src/runtime/engine-pool.js';
import type { Table } from '../../../src/vectors/table.js';
import { HOUR_MS, rowsFrom, StoredCluster, type StoredRow } from '../../support/stored-cluster.js';

const START = Date.parse('2024-05-01T10:00:00Z');
const COUNT = {
  queryType: 'timeseries',
  aggregations: [{ type: 'count', name: 'count' }],
  context: { useCache: false },
};

const pool = new EnginePool({ threads: 2 });
let cluster: StoredCluster;

beforeEach(async () => {
  cluster = await StoredCluster.start({ pool });
});
afterEach(() => cluster.stop());
afterAll(() => pool.close());

const count = async (query: Readonly<Record<string, unknown>> = COUNT): Promise<number> =>
  ((await cluster.ask(query)) as [{ result: { count: number } }])[0].result.count;

test('a newer version of an interval replaces the older rows at once, appended segments add to it', async () => {
  await cluster.publish([await cluster.write('edits/10/a', rowsFrom(START, 100))]);
  await cluster.publish([await cluster.write('edits/10/b', rowsFrom(START, 20))]);
  expect(await count()).toBe(120);
  await cluster.publish([await cluster.write('edits/10/c', rowsFrom(START, 5))], false);
  expect(await count()).toBe(5);
  await cluster.publish([await cluster.write('edits/10/d', rowsFrom(START, 3))]);
  expect(await count()).toBe(8);
});

test('of a day that a newer hour replaces in part, the rows before and after that hour still count', async () => {
  const at = (hour: number, rows: number): StoredRow[] => rowsFrom(START + hour * HOUR_MS, rows);
  const day = await cluster.write('edits/day/a', [...at(-1, 7), ...at(0, 100), ...at(1, 11)]);
  const midnight = Date.parse('2024-05-01T00:00:00Z');
  await cluster.publish([{ ...day, intervalStartMs: midnight, intervalEndMs: midnight + 24 * HOUR_MS }]);
  expect(await count()).toBe(118);
  await cluster.publish([await cluster.write('edits/10/b', at(0, 3))], false);
  expect(await count()).toBe(7 + 3 + 11);
  expect(
    ((await cluster.ask({ ...COUNT, granularity: 'hour' })) as { result: { count: number } }[]).map(
      ({ result }) => result.count,
    ),
  ).toEqual([7, 3, 11]);
});

test('segments named one by one are answered alone', async () => {
  await cluster.publish([await cluster.write('edits/10/a', rowsFrom(START, 100))]);
  await cluster.publish([await cluster.write('edits/10/b', rowsFrom(START, 20))]);
  const [row] = cluster.view.segments().filter(({ numRows }) => numRows === 20);
  const itvl = `${new Date(row!.intervalStartMs).toISOString()}/${new Date(row!.intervalEndMs).toISOString()}`;
  const named = (ver: string): unknown => ({
    type: 'segments',
    segments: [{ itvl, ver, part: row!.partitionNum }],
  });
  expect(await count({ ...COUNT, intervals: named(row!.version) })).toBe(20);
  expect(await cluster.ask({ ...COUNT, granularity: 'day', intervals: named('another') })).toEqual([]);
});

test('compaction changes neither the count nor the groups', async () => {
  const parts = [rowsFrom(START, 50), rowsFrom(START + 500_000, 70)];
  const inputs: string[] = [];
  for (const [i, rows] of parts.entries())
    inputs.push(...(await cluster.publish([await cluster.write(`edits/10/p${i}`, rows)])));
  const before = await cluster.ask({
    queryType: 'topN',
    dimension: 'page',
    metric: 'count',
    threshold: 10,
    ...without(COUNT),
  });
  const output = await cluster.write('edits/10/merged', parts.flat());
  await cluster.store.replaceSegments({ dataSource: 'edits', inputs, outputs: [output] });
  await cluster.view.refresh();
  expect(cluster.view.segments()).toHaveLength(1);
  expect(await count()).toBe(120);
  expect(
    await cluster.ask({ queryType: 'topN', dimension: 'page', metric: 'count', threshold: 10, ...without(COUNT) }),
  ).toEqual(before);
});

test('an equal query over the same segments is taken from the cache, and a new segment is still counted', async () => {
  const cached = { ...COUNT, context: {} };
  await cluster.publish([await cluster.write('edits/10/a', rowsFrom(START, 100))]);
  expect(await count(cached)).toBe(100);
  expect(await count(cached)).toBe(100);
  expect(cluster.broker.cache.hits).toBe(1);
  await cluster.publish([await cluster.write('edits/11/a', rowsFrom(START + HOUR_MS, 10))]);
  expect(await count(cached)).toBe(110);
});

test('a scan without order stops at its limit, in time order of the segments', async () => {
  for (let hour = 0; hour < 3; hour++) {
    await cluster.publish([await cluster.write(`edits/${hour}/a`, rowsFrom(START + hour * HOUR_MS, 100))]);
  }
  const scan = async (limit: number, offset = 0): Promise<number[]> => {
    const tables = (await cluster.ask({ queryType: 'scan', columns: ['__time'], limit, offset })) as {
      columns: [{ values: BigInt64Array }];
    }[];
    return tables.flatMap((table) => [...table.columns[0].values].map(Number));
  };
  const rows = await scan(150, 60);
  expect(rows).toHaveLength(150);
  expect(rows[0]).toBe(START + 600);
  expect(rows).toEqual([...rows].sort((a, b) => a - b));
  expect(rows.at(-1)).toBe(START + 2 * HOUR_MS + 90);
});

test('pages of a scan are parts of one list, with and without a filter, also of a segment that is hidden in part', async () => {
  const at = (hour: number, rows: number): StoredRow[] => rowsFrom(START + hour * HOUR_MS, rows);
  const midnight = Date.parse('2024-05-01T00:00:00Z');
  const day = await cluster.write('edits/day/a', [...at(-1, 30), ...at(0, 100), ...at(1, 25)]);
  await cluster.publish([{ ...day, intervalStartMs: midnight, intervalEndMs: midnight + 24 * HOUR_MS }]);
  await cluster.publish([await cluster.write('edits/10/b', at(0, 40))], false);
  for (let hour = 0; hour < 3; hour++) await cluster.publish([await cluster.write(`edits/${hour}/c`, at(hour, 35))]);
  const scan = async (parts: Readonly<Record<string, unknown>>): Promise<string[]> => {
    const tables = (await cluster.ask({ queryType: 'scan', columns: ['__time', 'added'], ...parts })) as Table[];
    return tables.flatMap(({ numRows, columns }) => {
      const [times, added] = columns.map((column) => (column.type === 'LONG' ? column.values : []));
      return Array.from({ length: numRows }, (_, i) => `${times![i]}:${added![i]}`);
    });
  };
  const from = new Date(START + 200).toISOString();
  const shapes = [{}, { filter: { type: 'selector', dimension: 'page', value: 'page-3' } }];
  for (const shape of shapes.map((part) => ({ ...part, intervals: [`${from}/2024-05-02`] }))) {
    const all = await scan(shape);
    const pages: string[] = [];
    for (let offset = 0; offset < all.length; offset += 13)
      pages.push(...(await scan({ ...shape, offset, limit: 13 })));
    expect(all.length).toBeGreaterThan(10);
    expect(pages).toEqual(all);
  }
});

test('a long scan comes in parts, with rows of one time in one order, whatever the page', async () => {
  const big = rowsFrom(START, 300_000).map((row, i) => ({ ...row, timeMs: START + Math.floor(i / 1000) }));
  const next = rowsFrom(START + HOUR_MS, 50).map((row) => ({ ...row, added: row.added + 300_000n }));
  await cluster.publish([await cluster.write('edits/10/a', big)]);
  await cluster.publish([await cluster.write('edits/11/a', next)]);
  const scan = async (parts: Readonly<Record<string, unknown>>): Promise<readonly (readonly number[])[]> => {
    const tables = (await cluster.ask({ queryType: 'scan', columns: ['__time', 'added'], ...parts })) as Table[];
    return tables.map(({ columns: [, added] }) => (added?.type === 'LONG' ? Array.from(added.values, Number) : []));
  };
  const ascending = [...big, ...next].map(({ added }) => Number(added));
  const descending = [...big, ...next].sort((a, b) => b.timeMs - a.timeMs || Number(a.added - b.added));
  for (const [order, expected] of [
    ['none', ascending],
    ['ascending', ascending],
    ['descending', descending.map(({ added }) => Number(added))],
  ] as const) {
    const parts = await scan({ order });
    expect(parts.length).toBeGreaterThan(2);
    expect(Math.max(...parts.map((rows) => rows.length))).toBeLessThan(200_000);
    expect(parts.flat()).toEqual(expected);
    for (const [offset, limit] of [
      [0, 150_000],
      [131_000, 140_000],
      [68_000, 300],
      [299_900, 5000],
    ] as const) {
      expect((await scan({ order, offset, limit })).flat()).toEqual(expected.slice(offset, offset + limit));
    }
  }
  const filter = { type: 'range', column: 'added', matchValueType: 'LONG', lower: 65_000, upper: 299_999 };
  expect((await scan({ filter })).flat()).toEqual(ascending.slice(65_000, 300_000));
});

test('timeBoundary and dataSourceMetadata tell the first and last time', async () => {
  await cluster.publish([await cluster.write('edits/10/a', rowsFrom(START, 100))]);
  expect(await cluster.ask({ queryType: 'timeBoundary' })).toEqual([
    {
      timestamp: '2024-05-01T10:00:00.000Z',
      result: { minTime: '2024-05-01T10:00:00.000Z', maxTime: '2024-05-01T10:00:00.990Z' },
    },
  ]);
  expect(await cluster.ask({ queryType: 'dataSourceMetadata' })).toEqual([
    { timestamp: '2024-05-01T10:00:00.990Z', result: { maxIngestedEventTime: '2024-05-01T10:00:00.990Z' } },
  ]);
});

test('segmentMetadata describes each segment, or all of them merged', async () => {
  await cluster.publish([await cluster.write('edits/10/a', rowsFrom(START, 100))]);
  await cluster.publish([await cluster.write('edits/11/a', rowsFrom(START + HOUR_MS, 50))]);
  const each = (await cluster.ask({ queryType: 'segmentMetadata' })) as { numRows: number }[];
  expect(each.map((analysis) => analysis.numRows)).toEqual([100, 50]);
  const [merged] = (await cluster.ask({ queryType: 'segmentMetadata', merge: true })) as [Record<string, unknown>];
  expect(merged).toMatchObject({
    numRows: 150,
    columns: { page: { type: 'STRING', cardinality: 6, hasNulls: true, minValue: null, maxValue: 'page-4' } },
  });
});

test('a cancelled query ends with the error that Druid gives', async () => {
  await cluster.publish([await cluster.write('edits/10/a', rowsFrom(START, 200_000))]);
  const running = cluster.ask({ ...COUNT, context: { useCache: false, queryId: 'mine' } });
  cluster.broker.cancel('mine');
  await expect(running).rejects.toMatchObject({ legacy: { error: 'Query cancelled' } });
});

function without({ aggregations, context }: typeof COUNT): object {
  return { aggregations, context };
}
