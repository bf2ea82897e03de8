import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { EnginePool } from '../../../src/runtime/engine-pool.js';
import { eventually } from '../../support/millrace-process.js';
import { HOUR_MS, rowsFrom, StoredCluster } from '../../support/stored-cluster.js';

/** A segment is announced when what is asked of its data source these days is in memory. */

const START = Date.parse('2024-05-01T10:00:00Z');
const PAGES = {
  queryType: 'groupBy',
  dimensions: ['page'],
  aggregations: [{ type: 'longSum', name: 'added', fieldName: 'added' }],
  context: { useCache: false, populateCache: false },
};

const pool = new EnginePool({ threads: 2 });
let cluster: StoredCluster;

beforeEach(async () => {
  cluster = await StoredCluster.start({ pool });
  await add(0);
});
afterEach(() => cluster.stop());
afterAll(() => pool.close());

/** An hour of rows, there and announced. */
async function add(hour: number): Promise<void> {
  const path = `edits/hour-${hour}/one`;
  const ids = await cluster.publish([await cluster.write(path, rowsFrom(START + hour * HOUR_MS, 70_000))]);
  await eventually(async () => ((await cluster.store.loadedAmong(ids)).has(ids[0]!) ? true : undefined));
}

const misses = (): number => cluster.historical.cache.metrics.misses;

test('the first query over a new segment finds in memory what the queries before it read', async () => {
  const before = await cluster.ask(PAGES);
  await add(1);
  const known = misses();
  const after = await cluster.ask(PAGES);
  expect(misses()).toBe(known);
  const total = (rows: unknown): number =>
    (rows as { event: { added: number } }[]).reduce((sum, { event }) => sum + event.added, 0);
  expect(total(after)).toBe(2 * total(before));
});

test('nothing is read of a new segment that no query reached', async () => {
  await cluster.ask({ ...PAGES, intervals: ['2024-05-01T10/2024-05-01T11'] });
  const known = misses();
  await add(1);
  expect(misses()).toBe(known);
});
