import { afterEach, beforeEach, expect, test } from 'vitest';
import { measuredMerges } from '../../../src/indexer-metrics.js';
import { type Merger, MergePool } from '../../../src/indexing/publish/merge-pool.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { type Cluster, Cluster as TestCluster, DATA_SOURCE, supervisorSpec } from './indexer-fixture.js';

const COUNT = `millrace_ingest_persist_seconds_count{data_source="${DATA_SOURCE}"}`;
const FAILURES = `millrace_ingest_persist_failures_total{data_source="${DATA_SOURCE}"}`;

let cluster: Cluster;
let pool: MergePool;
let metrics: Metrics;
beforeEach(async () => {
  cluster = await TestCluster.create();
  pool = new MergePool({ threads: 1 });
  metrics = new Metrics();
});
afterEach(async () => {
  await cluster.close();
  await pool.close();
});

test('every run that is written is counted, and every attempt that failed', async () => {
  let failures = 2;
  const faulty: Merger = {
    merge: (job, signal) =>
      failures-- > 0 ? Promise.reject(new Error('ENOSPC: no space left on device, write')) : pool.merge(job, signal),
  };
  const node = await cluster.startNode('a', { merges: measuredMerges(faulty, metrics) });
  await cluster.supervise(supervisorSpec());
  for (const rows of [30, 60]) {
    await cluster.send(30);
    await cluster.countUntil(rows);
    node.handoff(DATA_SOURCE, [0]);
    await cluster.until(() => cluster.view.segments().length === rows / 10, 'it is published');
  }
  const scraped = await metrics.text();
  expect(scraped).toContain(`${COUNT} 2\n`);
  expect(scraped).toContain(`${FAILURES} 2\n`);
});

test('one that is given up because its task is lost is no failure', async () => {
  const hanging: Merger = {
    merge: (_job, signal) =>
      new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(new Error('aborted')))),
  };
  const node = await cluster.startNode('a', { merges: measuredMerges(hanging, metrics) });
  await cluster.supervise(supervisorSpec());
  await cluster.send(30);
  await cluster.countUntil(30);
  node.handoff(DATA_SOURCE, [0]);
  await cluster.until(() => node.activity(DATA_SOURCE)[0]!.publishing.length === 1, 'it waits for its run');
  await cluster.crash('a');
  expect(await metrics.text()).not.toContain(FAILURES);
});
