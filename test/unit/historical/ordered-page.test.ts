import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { EnginePool } from '../../../src/runtime/engine-pool.js';
import type { Table } from '../../../src/vectors/table.js';
import { rowsFrom, StoredCluster } from '../../support/stored-cluster.js';

/** The first or last rows of a table, as every console asks for them. */

const START = Date.parse('2024-05-01T10:00:00Z');
const ROWS = 200_000;

const pool = new EnginePool({ threads: 2 });
let cluster: StoredCluster;

beforeEach(async () => {
  cluster = await StoredCluster.start({ pool });
  // It would read what was asked a moment ago, too.
  await cluster.historical.prefetcher.stop();
});
afterEach(() => cluster.stop());
afterAll(() => pool.close());

async function added(query: Readonly<Record<string, unknown>>): Promise<number[]> {
  const tables = (await cluster.ask({ queryType: 'scan', columns: ['__time', 'added'], ...query })) as Table[];
  return tables.flatMap(({ columns: [, column] }) =>
    column?.type === 'LONG' ? Array.from(column.values, Number) : [],
  );
}

const misses = (): number => cluster.historical.cache.metrics.misses;

test.each(['ascending', 'descending'] as const)(
  'a page in %s order loads only the blocks at that end',
  async (order) => {
    await cluster.publish([await cluster.write('edits/10/a', rowsFrom(START, ROWS))]);
    const first = order === 'ascending' ? [0, 1, 2, 3, 4] : [199_999, 199_998, 199_997, 199_996, 199_995];
    expect(await added({ order, limit: 5 })).toEqual(first);
    // One block of each of two columns.
    expect(misses()).toBe(2);
    expect(
      (await added({ order, offset: 70_000, limit: 2 })).map((value) =>
        order === 'ascending' ? value : 199_999 - value,
      ),
    ).toEqual([70_000, 70_001]);
  },
);

test('blocks whose times overlap, and those that an interval cuts, are not left out', async () => {
  const rows = rowsFrom(START, ROWS);
  const at = (i: number, of: number): (typeof rows)[number] => ({ ...rows[i]!, timeMs: START + Math.floor(i / of) });
  await cluster.publish([
    await cluster.write(
      'edits/10/a',
      rows.map((_, i) => at(i, 1000)),
    ),
  ]);
  await cluster.publish([
    await cluster.write(
      'edits/10/b',
      rows.slice(0, 70_000).map((_, i) => at(i, 500)),
    ),
  ]);
  const all = await added({ order: 'descending' });
  for (const limit of [1, 500, 66_000, 150_000]) {
    expect(await added({ order: 'descending', limit })).toEqual(all.slice(0, limit));
  }
  const until = new Date(START + 100).toISOString();
  const intervals = [`2024-05-01T10:00:00Z/${until}`];
  const cut = await added({ order: 'descending', intervals });
  expect(cut).toHaveLength(150_000);
  expect(await added({ order: 'descending', intervals, limit: 700 })).toEqual(cut.slice(0, 700));
});
