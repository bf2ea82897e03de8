import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { EnginePool } from '../../../src/runtime/engine-pool.js';
import type { Table } from '../../../src/vectors/table.js';
import { eventually } from '../../support/millrace-process.js';
import { rowsFrom, StoredCluster } from '../../support/stored-cluster.js';

const START = Date.parse('2024-05-01T10:00:00Z');
const TOTALS = {
  queryType: 'timeseries',
  aggregations: [
    { type: 'count', name: 'count' },
    { type: 'longSum', name: 'added', fieldName: 'added' },
  ],
  context: { useCache: false },
};
const PATH = 'edits/2024-05-01T10/one';

const pool = new EnginePool({ threads: 2 });
let cluster: StoredCluster;

beforeEach(async () => {
  cluster = await StoredCluster.start({ pool });
});
afterEach(() => cluster.stop());
afterAll(() => pool.close());

/** Sum of 0..n-1. */
const sum = (n: number): number => (n * (n - 1)) / 2;
const totals = (count: number, added: number): unknown => [
  { timestamp: new Date(START).toISOString(), result: { count, added } },
];

test('a segment that is in deep storage only is answered by range reads, before any local copy exists', async () => {
  const segment = await cluster.write(PATH, rowsFrom(START, 200_000));
  await cluster.historical.prefetcher.stop();
  await cluster.publish([segment]);
  expect(await cluster.ask(TOTALS)).toEqual(totals(200_000, sum(200_000)));
  expect(await readdir(cluster.cacheDir).catch(() => [])).toEqual([]);
});

test('groups, filters by index, and top lists over several blocks are those of the rows', async () => {
  const rows = rowsFrom(START, 150_000);
  await cluster.publish([await cluster.write(PATH, rows)]);
  const expected = new Map<string | null, number>();
  for (const row of rows) expected.set(row.page, (expected.get(row.page) ?? 0) + 1);
  const groups = (await cluster.ask({
    queryType: 'groupBy',
    dimensions: ['page'],
    aggregations: [{ type: 'count', name: 'count' }],
  })) as { event: { page: string | null; count: number } }[];
  expect(new Map(groups.map(({ event }) => [event.page, event.count]))).toEqual(expected);
  const filtered = await cluster.ask({ ...TOTALS, filter: { type: 'selector', dimension: 'page', value: 'page-3' } });
  const matching = rows.filter((row) => row.page === 'page-3');
  expect(filtered).toEqual(
    totals(
      matching.length,
      matching.reduce((a, row) => a + Number(row.added), 0),
    ),
  );
});

test('a corrupt local copy is noticed, set aside, answered from deep storage and fetched again', async () => {
  const ids = await cluster.publish([await cluster.write(PATH, rowsFrom(START, 1000))]);
  await eventually(async () => ((await cluster.store.loadedAmong(ids)).size === 1 ? true : undefined));
  await flipByte(join(cluster.cacheDir, PATH, 'data.arrow'));
  // Nothing of the segment was read yet: the next query reads the flipped copy.
  expect(await cluster.ask(TOTALS)).toEqual(totals(1000, sum(1000)));
  expect(cluster.logLines.join('')).toContain('corrupt');
  expect(await readdir(join(cluster.cacheDir, '.quarantine'))).toHaveLength(1);
  await eventually(async () => ((await cluster.store.loadedAmong(ids)).size === 1 ? true : undefined));
  expect(await cluster.ask(TOTALS)).toEqual(totals(1000, sum(1000)));
});

test('a segment whose columns exceed the memory budget is answered window by window', async () => {
  await cluster.stop();
  cluster = await StoredCluster.start({ pool, memoryBytes: 4 * 2 ** 20 });
  await cluster.publish([await cluster.write(PATH, rowsFrom(START, 350_000))]);
  expect(await cluster.ask(TOTALS)).toEqual(totals(350_000, sum(350_000)));
  expect(cluster.historical.cache.metrics.bytes).toBeLessThanOrEqual(4 * 2 ** 20);
});

test('a page of a scan reads the blocks that it needs and no more', async () => {
  await cluster.publish([await cluster.write(PATH, rowsFrom(START, 350_000))]);
  const scan = { queryType: 'scan', columns: ['added'], context: { useCache: false } };
  const page = async (offset: number): Promise<number[]> => {
    const tables = (await cluster.ask({ ...scan, limit: 1000, offset })) as Table[];
    return tables.flatMap(({ columns: [added] }) => (added?.type === 'LONG' ? Array.from(added.values, Number) : []));
  };
  const first = await page(0);
  const bytes = cluster.historical.cache.metrics.bytes;
  expect(first).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(await page(300_000)).toEqual(Array.from({ length: 1000 }, (_, i) => 300_000 + i));
  expect(cluster.historical.cache.metrics.bytes).toBeGreaterThan(bytes);
});

test('a segment that is not in deep storage is an error, never an answer without it', async () => {
  await cluster.publish([{ ...(await cluster.write(PATH, rowsFrom(START, 10))), path: 'edits/gone/one' }]);
  await expect(cluster.ask(TOTALS)).rejects.toThrow('missing in deep storage');
});

test('an interval answers only its rows, and blocks outside of it are not looked at', async () => {
  await cluster.publish([await cluster.write(PATH, rowsFrom(START, 200_000))]);
  const from = new Date(START + 100_000).toISOString();
  const to = new Date(START + 200_000).toISOString();
  const answer = (await cluster.ask({ ...TOTALS, intervals: [`${from}/${to}`] })) as [{ result: { count: number } }];
  expect(answer[0].result.count).toBe(10_000);
});

test.each([
  ['nothing is known that leaves blocks out', {}, 4],
  ['times leave out blocks', { intervals: [`${iso(100_000)}/${iso(200_000)}`] }, 1],
  ['least and greatest values leave out blocks', { filter: longRange(197_000) }, 1],
])('how many blocks were read is told: %s', async (_, rest, read) => {
  await cluster.publish([await cluster.write(PATH, rowsFrom(START, 200_000))]);
  const { blocks } = await cluster.answer({ ...TOTALS, ...rest });
  expect(blocks).toEqual({ read, all: 4 });
});

test('how columns are stored is told: layout, and bytes of values, dictionary and index', async () => {
  await cluster.publish([
    await cluster.write(PATH, rowsFrom(START, 150_000)),
    await cluster.write('edits/2024-05-01T11/two', rowsFrom(START + 3_600_000, 1000)),
  ]);
  const query = { queryType: 'segmentMetadata', merge: true, analysisTypes: ['encoding'] };
  const [{ columns }] = (await cluster.ask(query)) as [
    { columns: Record<string, { stored: Record<string, unknown> }> },
  ];
  const { page, added } = columns as { page: { stored: Record<string, number> }; added: { stored: object } };
  expect(page.stored).toMatchObject({ layouts: ['ids8'] });
  for (const part of ['valueBytes', 'dictionaryBytes', 'indexBytes']) expect(page.stored[part]).toBeGreaterThan(0);
  // The numbers of the second segment fit two bytes.
  expect(added.stored).toMatchObject({ layouts: ['u16', 'u32'], dictionaryBytes: 0, indexBytes: 0 });
  const [plain] = (await cluster.ask({ ...query, analysisTypes: [] })) as [{ columns: Record<string, object> }];
  expect(plain.columns['page']).not.toHaveProperty('stored');
});

function iso(afterMs: number): string {
  return new Date(START + afterMs).toISOString();
}

function longRange(lower: number): unknown {
  return { type: 'range', column: 'added', matchValueType: 'LONG', lower };
}

async function flipByte(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  const bytes = Buffer.alloc(size);
  await file.read(bytes, 0, size, 0);
  // Every byte beyond the schema, so that whatever is read first is hit.
  for (let i = 1024; i < size - 1024; i++) bytes[i]! ^= 0x55;
  await file.write(bytes, 0, size, 0);
  await file.close();
}

test('rows are counted alike from metadata and from the rows themselves, whatever the intervals cut', async () => {
  const rows = rowsFrom(START, 150_000);
  const first = await cluster.write(PATH, rows.slice(0, 140_000));
  const second = await cluster.write('edits/2024-05-01T10/two', rows.slice(140_000));
  await cluster.publish([first, second]);
  const count = { type: 'count', name: 'count' };
  const times = rows.map((row) => row.timeMs);
  const edge = fc.oneof(
    fc.constantFrom(...times.filter((_, i) => i % 9973 === 0)),
    fc.integer({ min: START - 1000, max: times.at(-1)! + 2000 }),
  );
  const interval = fc.tuple(edge, edge).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  await fc.assert(
    fc.asyncProperty(fc.array(interval, { minLength: 1, maxLength: 3 }), async (intervals) => {
      const asked = {
        intervals: intervals.map(([from, to]) => `${new Date(from).toISOString()}/${new Date(to).toISOString()}`),
        context: { useCache: false },
      };
      const expected = times.filter((time) => intervals.some(([from, to]) => time >= from && time < to)).length;
      const [counted, summed] = await Promise.all([
        cluster.ask({ ...asked, queryType: 'timeseries', aggregations: [count] }),
        // The engine's own way: it has more to do than to count.
        cluster.ask({
          ...asked,
          queryType: 'timeseries',
          aggregations: [count, { type: 'longSum', name: 'added', fieldName: 'added' }],
        }),
      ]);
      const withoutSum = (summed as { timestamp: string; result: object }[]).map(({ timestamp, result }) => ({
        timestamp,
        result: Object.fromEntries(Object.entries(result).filter(([name]) => name === 'count')),
      }));
      expect(counted).toEqual(withoutSum);
      if ((counted as unknown[]).length > 0) expect(counted).toMatchObject([{ result: { count: expected } }]);
      else expect(expected).toBe(0);
      const groups = await cluster.ask({ ...asked, queryType: 'groupBy', dimensions: [], aggregations: [count] });
      expect(groups).toMatchObject([{ event: { count: expected } }]);
    }),
    { numRuns: 60 },
  );
});
