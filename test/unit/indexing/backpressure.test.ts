import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeepStorage } from '../../../src/deep-storage/deep-storage.js';
import { DiskGuard } from '../../../src/indexing/disk-guard.js';
import type { IndexerNode } from '../../../src/indexing/stream/indexer-node.js';
import { type Merger, MergePool } from '../../../src/indexing/publish/merge-pool.js';
import { systemClock } from '../../../src/platform/clock.js';
import { type Cluster, Cluster as TestCluster, CountWatch, DATA_SOURCE, supervisorSpec } from './indexer-fixture.js';

const RESERVE_BYTES = 1000;
/** The least that `maxBytesInMemory` can be. */
const LEAST_BYTES = 8 * 2 ** 20;
/** Of a kilobyte each: ten times the least, and more than the memory of all sequences. */
const ROWS = 80_000;

describe('backpressure', () => {
  let cluster: Cluster;
  let freeBytes: number;
  let disk: DiskGuard;
  const pausedFor = (node: IndexerNode) => node.activity(DATA_SOURCE)[0]?.pausedFor;
  const wasLogged = (text: string) => () => cluster.logged.some((line) => line.includes(text));

  beforeEach(async () => {
    cluster = await TestCluster.create();
    freeBytes = 2 * RESERVE_BYTES;
    disk = new DiskGuard({
      freeBytes: async () => freeBytes,
      reserveBytes: RESERVE_BYTES,
      clock: systemClock,
      log: (level, message) => cluster.logged.push(`${level}: ${message}`),
    });
    await disk.start();
  });
  afterEach(async () => {
    disk.stop();
    await cluster.close();
  });

  test('a full disk stops reading, not queries; with room again every row comes once', async () => {
    const node = await cluster.startNode('a', { disk });
    await cluster.supervise(supervisorSpec());
    await cluster.send(30);
    await cluster.countUntil(30);
    freeBytes = RESERVE_BYTES - 1;
    await cluster.until(() => pausedFor(node) === 'disk', 'reading pauses');
    await cluster.send(20);
    await sleep(500);
    expect(await cluster.count()).toMatchObject({ rows: 30, to: { 0: 30 } });
    // As much as the reserve is the edge, not room.
    freeBytes = RESERVE_BYTES;
    await sleep(1500);
    expect(pausedFor(node)).toBe('disk');
    freeBytes = 2 * RESERVE_BYTES;
    await cluster.countUntil(50);
    await cluster.until(() => pausedFor(node) === undefined, 'reading goes on');
  });

  test('a task that starts on a full disk waits', async () => {
    freeBytes = 0;
    disk.noteFull();
    const node = await cluster.startNode('a', { disk });
    await cluster.supervise(supervisorSpec());
    await cluster.send(20);
    await cluster.until(() => pausedFor(node) === 'disk', 'reading pauses');
    expect(await cluster.count()).toMatchObject({ rows: 0 });
    freeBytes = 2 * RESERVE_BYTES;
    await cluster.countUntil(20);
  });

  test('a write that finds no room is tried until there is some, and no row is lost or read again', async () => {
    const pool = new MergePool({ threads: 1 });
    let failures = 5;
    const merges: Merger = {
      merge: (job, signal) =>
        failures-- > 0 ? Promise.reject(new Error('ENOSPC: no space left on device, write')) : pool.merge(job, signal),
    };
    const node = await cluster.startNode('a', { disk, merges });
    await cluster.supervise(supervisorSpec());
    await cluster.send(30);
    await cluster.countUntil(30);
    node.handoff(DATA_SOURCE, [0]);
    await cluster.until(wasLogged('The disk is full'), 'the disk is known to be full');
    expect(await cluster.count()).toMatchObject({ rows: 30 });
    await cluster.until(() => cluster.view.segments().length === 3, 'it is published');
    await cluster.send(10);
    await cluster.countUntil(40);
    expect(cluster.logged.filter((line) => line.includes('task failed'))).toEqual([]);
    await pool.close();
  });

  test('deep storage that is away stops reading when very many sequences wait for it, and reading goes on afterwards', async () => {
    const away = new AwayStorage(cluster.deepStorage);
    const node = await cluster.startNode('a', { disk, deepStorage: away.storage });
    await cluster.supervise(supervisorSpec({ tuningConfig: { maxTotalRows: 10 } }));
    await cluster.send(1000, 10);
    await cluster.until(() => (node.activity(DATA_SOURCE)[0]?.publishing.length ?? 0) >= 64, 'so many wait');
    await cluster.until(() => pausedFor(node) === 'publishing', 'reading pauses');
    const counted = await cluster.count();
    expect(counted!.rows).toBe(counted!.to['0']);
    expect(counted!.rows).toBeLessThan(1000);
    away.isAway = false;
    await cluster.countUntil(1000);
  });

  test('what has no room in memory is read from runs on disk while deep storage is away, and every row comes once', async () => {
    const away = new AwayStorage(cluster.deepStorage);
    const node = await cluster.startNode('a', { disk, deepStorage: away.storage });
    await cluster.supervise(supervisorSpec({ tuningConfig: { maxBytesInMemory: LEAST_BYTES } }));
    const watch = new CountWatch(cluster);
    await cluster.send(ROWS, 1000, 'x'.repeat(1000));
    await cluster.countUntil(ROWS);
    const runs = join(cluster.directory, 'tmp', 'a');
    await cluster.until(() => node.activity(DATA_SOURCE)[0]!.spilled.rows > ROWS / 3, 'rows are spilled');
    const { memoryBytes, publishing } = node.activity(DATA_SOURCE)[0]!;
    expect(memoryBytes).toBeLessThan(6 * LEAST_BYTES);
    expect(publishing.length).toBeGreaterThan(6);
    expect(cluster.view.segments()).toEqual([]);
    away.isAway = false;
    await cluster.until(() => node.activity(DATA_SOURCE)[0]!.publishing.length === 0, 'all is published');
    await cluster.until(async () => {
      await cluster.historical(cluster.view.segments().map(({ id }) => id));
      return (await readdir(runs)).length === 0;
    }, 'the runs of what is handed off are removed');
    expect(node.activity(DATA_SOURCE)[0]!.spilled).toEqual({ sequences: 0, rows: 0, bytes: 0 });
    await cluster.countUntil(ROWS);
    await watch.stop();
    expect(watch.wrong).toEqual([]);
    expect(watch.counts).toBeGreaterThan(20);
  });

  test('runs of sequences that are given up are removed', async () => {
    const away = new AwayStorage(cluster.deepStorage);
    const node = await cluster.startNode('a', { disk, deepStorage: away.storage });
    await cluster.supervise(supervisorSpec());
    await cluster.send(30);
    await cluster.countUntil(30);
    node.handoff(DATA_SOURCE, [0]);
    const runs = join(cluster.directory, 'tmp', 'a');
    await cluster.until(async () => (await readdir(runs)).length > 0, 'there is a run');
    await cluster.store.resetOffsets(DATA_SOURCE);
    await cluster.until(wasLogged('is lost'), 'the task is lost');
    await cluster.until(async () => (await readdir(runs)).length === 0, 'its run is removed');
  });
});

/** Deep storage that fails whatever it is asked while it is away. */
class AwayStorage {
  isAway = true;
  readonly storage: DeepStorage;

  constructor(storage: DeepStorage) {
    this.storage = new Proxy(storage, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) =>
          this.isAway
            ? Promise.reject(new Error('away'))
            : (value as (...given: unknown[]) => unknown).apply(target, args);
      },
    });
  }
}
