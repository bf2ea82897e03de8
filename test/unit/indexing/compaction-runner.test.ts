import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CompactionJob, runCompaction } from '../../../src/indexing/tasks/compaction-runner.js';
import { MergePool } from '../../../src/indexing/publish/merge-pool.js';
import { deletePushed } from '../../../src/indexing/publish/push.js';
import type { SegmentRow } from '../../../src/metadata/metadata-store.js';
import {
  type Cluster,
  CountWatch,
  Cluster as TestCluster,
  DATA_SOURCE,
  testUploads,
  supervisorSpec,
} from './indexer-fixture.js';

describe('compaction', () => {
  let cluster: Cluster;
  const merges = new MergePool({ threads: 1 });
  const run = (job: CompactionJob): Promise<boolean> => {
    const { store, deepStorage, directory } = cluster;
    const log = (level: string, message: string): unknown => cluster.logged.push(`${level}: ${message}`);
    return runCompaction(job, {
      store,
      deepStorage,
      uploads: testUploads(store, deepStorage),
      merges,
      temporaryDirectory: join(directory, 'tmp'),
      maxRowsPerSegment: 1_000_000,
      log,
    });
  };
  const jobOf = (inputs: readonly SegmentRow[]): CompactionJob => {
    const { intervalStartMs, intervalEndMs } = inputs[0]!;
    return { dataSource: DATA_SOURCE, intervalStartMs, intervalEndMs, inputs };
  };
  const chunks = (): SegmentRow[][] => {
    const starts = new Set(cluster.view.segments().map((row) => row.intervalStartMs));
    return [...starts].map((startMs) => cluster.view.segments().filter((row) => row.intervalStartMs === startMs));
  };
  /** Publishes so many sequences of 60 rows. */
  const publish = async (sequences: number, spec = supervisorSpec()): Promise<void> => {
    const node = await cluster.startNode('a');
    await cluster.supervise(spec);
    for (let i = 1; i <= sequences; i++) {
      await cluster.send(60);
      await cluster.until(async () => (await cluster.count())?.to['0'] === i * 60, 'the rows are read');
      node.handoff(DATA_SOURCE, [0]);
      await cluster.until(
        () => cluster.view.streams(DATA_SOURCE)[0]!.offsets!.partitions['0'] === i * 60,
        'they are published',
      );
    }
  };

  beforeEach(async () => {
    cluster = await TestCluster.create();
  });
  afterEach(async () => {
    await cluster.close();
  });

  test('many small segments become one for each interval, and every count on the way is exact', async () => {
    await publish(4);
    expect(cluster.view.segments().length).toBe(12);
    const watch = new CountWatch(cluster);
    for (const chunk of chunks()) expect(await run(jobOf(chunk))).toBe(true);
    await cluster.until(() => cluster.view.segments().length === 3, 'three segments are left');
    await cluster.countUntil(240);
    await watch.stop();
    expect(watch.wrong).toEqual([]);
    expect(cluster.view.segments().map((row) => [row.numRows, row.dimensions])).toEqual(
      Array.from({ length: 3 }, () => [80, ['name', 'n']]),
    );
  });

  test('rows that were rolled up alike are combined again', async () => {
    const metricsSpec = [
      { type: 'count', name: 'count' },
      { type: 'longSum', name: 'sum', fieldName: 'n' },
    ];
    const spec = supervisorSpec({
      metricsSpec,
      granularitySpec: { rollup: true, queryGranularity: 'HOUR' },
      dimensions: ['name'],
    });
    await publish(2, spec);
    expect(cluster.view.segments().map((row) => row.numRows)).toEqual(Array(6).fill(7));
    for (const chunk of chunks()) await run(jobOf(chunk));
    await cluster.until(() => cluster.view.segments().length === 3, 'three segments are left');
    expect(cluster.view.segments().map((row) => row.numRows)).toEqual([7, 7, 7]);
  });

  test('a job whose input was replaced meanwhile changes nothing and leaves nothing behind', async () => {
    await publish(2);
    const [chunk] = chunks();
    await run(jobOf(chunk!));
    const before = await keys(cluster);
    expect(await run(jobOf(chunk!))).toBe(false);
    const { store, deepStorage } = cluster;
    await cluster.until(async () => (await store.uploadsGivenUp(10)).length > 0, 'its output is given up');
    for (const { path } of await store.uploadsGivenUp(10)) await deletePushed(deepStorage, path);
    expect(await keys(cluster)).toEqual(before);
    await cluster.countUntil(120);
  });
});

async function keys(cluster: Cluster): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of cluster.deepStorage.list(DATA_SOURCE)) found.push(key);
  return found.sort();
}
