import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { Broker } from '../../../src/broker/broker.js';
import { ClusterView } from '../../../src/broker/cluster-view.js';
import { openDeepStorage } from '../../../src/deep-storage/open-deep-storage.js';
import { type HistoricalParts, startHistorical } from '../../../src/historical/start-historical.js';
import { ArenaPool } from '../../../src/memory/arena-pool.js';
import { SlotCache } from '../../../src/memory/slot-cache.js';
import { systemClock } from '../../../src/platform/clock.js';
import { parseNativeQuery } from '../../../src/query/parse-native-query.js';
import { RecentPlans } from '../../../src/plan/recent-plans.js';
import { EnginePool } from '../../../src/runtime/engine-pool.js';
import { wholeText } from '../../../src/server/http/encode/answer-body.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { eventually } from '../../support/millrace-process.js';
import { HOUR_MS, rowsFrom, StoredCluster } from '../../support/stored-cluster.js';

/** A historical that starts with the local copies of an earlier run. */

const START = Date.parse('2024-05-01T10:00:00Z');
const PATHS = ['edits/2024-05-01T10/one', 'edits/2024-05-01T11/two', 'edits/2024-05-01T12/three'];

const pool = new EnginePool({ threads: 2 });
let cluster: StoredCluster;
let ids: readonly string[];
let restarted: HistoricalParts | undefined;
let logLines: string[];

beforeEach(async () => {
  cluster = await StoredCluster.start({ pool });
  const segments = await Promise.all(PATHS.map((path, i) => cluster.write(path, rowsFrom(START + i * HOUR_MS, 500))));
  ids = await cluster.publish(segments);
  await untilLoaded(3);
  await cluster.historical.stop();
});
afterEach(async () => {
  await restarted?.stop();
  restarted = undefined;
  await cluster.stop();
});
afterAll(() => pool.close());

test('answers at once from its copies, and announces them without fetching or naming each', async () => {
  // Whatever is asked of deep storage now fails.
  await rm(cluster.deepDir, { recursive: true });
  const broker = await restart();
  expect(await countOf(broker)).toBe(1500);
  await eventually(async () => (restarted!.prefetcher.loaded === 3 ? true : undefined));
  await untilLoaded(3);
  const log = logLines.join('');
  expect(log).not.toContain('segment loaded');
  expect(log).toContain('"kept":3,"removed":0');
});

test('a copy that went bad meanwhile is answered from deep storage, set aside and fetched again', async () => {
  const copy = join(cluster.cacheDir, PATHS[1]!, 'data.arrow');
  const bytes = await readFile(copy);
  await writeFile(
    copy,
    bytes.map((byte, i) => (i >= 1024 && i < bytes.length - 1024 ? byte ^ 0x55 : byte)),
  );
  const broker = await restart();
  expect(await countOf(broker)).toBe(1500);
  await eventually(async () => ((await readFile(copy).catch(() => undefined))?.equals(bytes) ? true : undefined));
  await untilLoaded(3);
  expect(await readdir(join(cluster.cacheDir, '.quarantine'))).toHaveLength(1);
  expect(await countOf(broker)).toBe(1500);
});

test('copies that are gone are answered from deep storage and fetched', async () => {
  await rm(join(cluster.cacheDir, PATHS[0]!), { recursive: true });
  await rm(join(cluster.cacheDir, PATHS[2]!, 'segment.bin'));
  const broker = await restart();
  expect(await countOf(broker)).toBe(1500);
  await eventually(async () =>
    (await readdir(join(cluster.cacheDir, PATHS[0]!)).catch(() => [])).length === 3 ? true : undefined,
  );
  await untilLoaded(3);
});

test('what is not used any more, and what was left half fetched, is removed', async () => {
  await cluster.store.retireSegments('edits', [ids[0]!]);
  await cluster.view.refresh();
  const half = join(cluster.cacheDir, 'edits/2024-05-01T11/four.fetch-1');
  await mkdir(half);
  const broker = await restart();
  expect(await countOf(broker)).toBe(1000);
  await eventually(async () => (logLines.join('').includes('"kept":2,"removed":1') ? true : undefined));
  expect(await readdir(join(cluster.cacheDir, 'edits/2024-05-01T10'))).toEqual([]);
  expect(await readdir(join(cluster.cacheDir, 'edits/2024-05-01T11'))).toEqual(['two']);
  expect((await cluster.store.loadedAmong(ids)).has(ids[0]!)).toBe(false);
});

async function restart(): Promise<Broker> {
  const { store, view, cacheDir, deepDir } = cluster;
  const nodes = new ClusterView(store);
  await nodes.refresh();
  logLines = [];
  const arenas = new ArenaPool({ budgetBytes: 256 * 2 ** 20 });
  const parts = await startHistorical({
    nodeId: 'one',
    cacheDir,
    arenas,
    cache: new SlotCache({ pool: arenas }),
    store,
    view,
    deepStorage: await openDeepStorage(deepDir),
    pool,
    recentPlans: new RecentPlans(),
    historicals: () => nodes.withRole('historical'),
    log: createLogger({ level: 'info', format: 'json', write: (line) => logLines.push(line) }),
    onCorruption: () => undefined,
  });
  restarted = parts;
  return new Broker({ view, cluster: nodes, clientOf: () => parts.node, clock: systemClock, cacheBytes: 2 ** 20 });
}

async function countOf(broker: Broker): Promise<number> {
  const query = parseNativeQuery(
    {
      queryType: 'timeseries',
      dataSource: 'edits',
      intervals: ['2020-01-01/2030-01-01'],
      granularity: 'all',
      aggregations: [
        { type: 'count', name: 'count' },
        { type: 'longSum', name: 'added', fieldName: 'added' },
      ],
      context: { useCache: false },
    },
    () => 'test',
  );
  const { body } = await broker.run(query);
  const [row] = JSON.parse(await wholeText(body)) as [{ result: { count: number; added: number } }];
  // Each segment holds 0..499.
  expect(row.result.added).toBe((row.result.count / 500) * ((500 * 499) / 2));
  return row.result.count;
}

async function untilLoaded(count: number): Promise<void> {
  await cluster.store.heartbeat({
    id: 'one',
    roles: ['broker', 'historical'],
    host: '127.0.0.1',
    port: 1,
    startedAtMs: 1,
    viewS: 0,
  });
  await eventually(async () => ((await cluster.store.loadedAmong(ids)).size === count ? true : undefined));
}
