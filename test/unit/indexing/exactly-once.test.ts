import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeepStorage } from '../../../src/deep-storage/deep-storage.js';
import type { MetadataStore } from '../../../src/metadata/metadata-store.js';
import {
  type Cluster,
  CountWatch,
  Cluster as TestCluster,
  DATA_SOURCE,
  supervisorSpec,
  total,
} from './indexer-fixture.js';

/** An object with some of its methods replaced; the others keep their `this`. */
function withMethods<T extends object>(object: T, methods: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      const value = Reflect.get(methods, name) ?? Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('every row counts once', () => {
  let cluster: Cluster;
  let watch: CountWatch | undefined;

  beforeEach(async () => {
    cluster = await TestCluster.create();
  });
  afterEach(async () => {
    await watch?.stop();
    watch = undefined;
    await cluster.close();
  });

  test('while sequences are closed, published and dropped', async () => {
    const node = await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.send(100);
    await cluster.countUntil(100);
    watch = new CountWatch(cluster);
    for (let i = 0; i < 30; i++) {
      await cluster.send(200);
      node.handoff(DATA_SOURCE, [0]);
      await cluster.broker(cluster.view.s);
      await cluster.historical(cluster.view.segments().map((segment) => segment.id));
      await sleep(50);
    }
    await cluster.until(
      () => total(cluster.view.streams(DATA_SOURCE)[0]!.offsets!.partitions) > 4_000,
      'most is published',
    );
    await cluster.countUntil(6_100);
    await watch.stop();
    expect(watch.wrong).toEqual([]);
    expect(watch.counts).toBeGreaterThan(0);
  });

  test('through crashes of the node, at whatever step', async () => {
    const sending = { go: true };
    await cluster.startNode('a');
    await cluster.supervise(supervisorSpec({ tuningConfig: { intermediateHandoffPeriod: 'PT0.3S' } }));
    await cluster.send(100);
    await cluster.countUntil(100);
    const sender = (async () => {
      let sent = 100;
      for (; sending.go; sent += 20) {
        await cluster.send(20);
        await sleep(10);
      }
      return sent;
    })();
    watch = new CountWatch(cluster);
    for (let life = 0; life < 5; life++) {
      await sleep(500 + life * 130);
      await cluster.crash('a');
      watch.forgive();
      await cluster.startNode('a');
      const { rows } = (await cluster.count()) ?? { rows: 0 };
      await cluster.until(async () => ((await cluster.count())?.rows ?? 0) > rows, 'reading goes on');
    }
    sending.go = false;
    await cluster.countUntil(await sender);
    await watch.stop();
    expect(watch.wrong).toEqual([]);
  });

  test('when the answer of a publish is lost with its node', async () => {
    const crashed = { done: false };
    const store = withMethods<MetadataStore>(cluster.store, {
      publishSequence: async (request) => {
        const outcome = await cluster.store.publishSequence(request);
        if (request.segments.length === 0 || crashed.done) return outcome;
        crashed.done = true;
        return new Promise(() => {});
      },
    });
    const node = await cluster.startNode('a', { store });
    await cluster.supervise(supervisorSpec());
    await cluster.send(90);
    await cluster.countUntil(90);
    node.handoff(DATA_SOURCE, [0]);
    await cluster.until(() => crashed.done, 'it is published');
    await cluster.send(30);
    await cluster.crash('a');
    await cluster.startNode('a');
    expect(await cluster.countUntil(120)).toMatchObject({ to: { 0: 120 } });
  });

  test('when the publish is answered by an error although it was done', async () => {
    let failures = 0;
    const store = withMethods<MetadataStore>(cluster.store, {
      publishSequence: async (request) => {
        const outcome = await cluster.store.publishSequence(request);
        if (failures++ < 3) throw new Error('connection lost');
        return outcome;
      },
    });
    const node = await cluster.startNode('a', { store });
    await cluster.supervise(supervisorSpec());
    await cluster.send(90);
    await cluster.countUntil(90);
    node.handoff(DATA_SOURCE, [0]);
    await cluster.until(() => cluster.view.segments().length === 3, 'it is published');
    await cluster.send(10);
    await cluster.countUntil(100);
    expect(cluster.view.segments().length).toBe(3);
  });

  test('when another owner takes the group before a publish: the loser discards all and reads again', async () => {
    let stolen = false;
    const store = withMethods<MetadataStore>(cluster.store, {
      publishSequence: async (request) => {
        // Ends the lease as an operator's reset does, to the offsets that are there.
        if (request.segments.length > 0 && !stolen) {
          stolen = true;
          await cluster.store.resetOffsets(DATA_SOURCE, request.from);
        }
        return cluster.store.publishSequence(request);
      },
    });
    const node = await cluster.startNode('a', { store });
    await cluster.supervise(supervisorSpec());
    await cluster.send(90);
    await cluster.countUntil(90);
    const epoch = (): number => cluster.view.streams(DATA_SOURCE)[0]!.groups[0]!.lease!.epoch;
    const before = epoch();
    node.handoff(DATA_SOURCE, [0]);
    await cluster.until(() => stolen && epoch() > before + 1, 'the group is taken again');
    await cluster.countUntil(90);
    expect(cluster.view.segments()).toEqual([]);
  });

  test('while deep storage fails, and nothing of failed attempts stays in it', async () => {
    let broken = true;
    const deepStorage = withMethods<DeepStorage>(cluster.deepStorage, {
      putFile: async (key, path) => {
        if (broken && key.endsWith('index.roaring')) throw new Error('no space left');
        await cluster.deepStorage.putFile(key, path);
      },
    });
    const node = await cluster.startNode('a', { deepStorage });
    await cluster.supervise(supervisorSpec());
    await cluster.send(90);
    await cluster.countUntil(90);
    watch = new CountWatch(cluster);
    node.handoff(DATA_SOURCE, [0]);
    await cluster.until(() => cluster.logged.some((line) => line.includes('no space left')), 'a push failed');
    await cluster.send(60);
    await cluster.countUntil(150);
    broken = false;
    await cluster.until(() => cluster.view.segments().length === 3, 'it is published');
    await cluster.countUntil(150);
    await watch.stop();
    expect(watch.wrong).toEqual([]);
    const stored: string[] = [];
    for await (const { key } of cluster.deepStorage.list('')) stored.push(key);
    const files = ['data.arrow', 'index.roaring', 'segment.bin'];
    const published = cluster.view.segments().flatMap(({ path }) => files.map((file) => `${path}/${file}`));
    expect(stored.sort()).toEqual(published.sort());
  });

  test('when sequences are closed by size and wait for one another', async () => {
    await cluster.startNode('a');
    await cluster.supervise(supervisorSpec({ tuningConfig: { maxRowsPerSegment: 100 } }));
    watch = new CountWatch(cluster);
    await cluster.send(5_000, 500);
    await cluster.until(() => cluster.view.segments().length > 30, 'many segments are published');
    await cluster.countUntil(5_000);
    await watch.stop();
    expect(watch.wrong).toEqual([]);
  });

  test('over two groups on two nodes, and when one node hands its group to the other', async () => {
    await cluster.log.create(DATA_SOURCE, 4);
    await cluster.startNode('a');
    await cluster.startNode('b');
    await cluster.supervise(supervisorSpec({ ioConfig: { taskCount: 2 } }));
    await cluster.send(2_000);
    await cluster.countUntil(2_000);
    watch = new CountWatch(cluster);
    const holders = (): (string | null | undefined)[] =>
      cluster.view.streams(DATA_SOURCE)[0]!.groups.map(({ lease }) => lease?.holder);
    const leaving = holders()[0]!;
    await cluster.stopNode(leaving);
    await cluster.send(1_000);
    await cluster.countUntil(3_000);
    expect(holders()).not.toContain(leaving);
    await watch.stop();
    expect(watch.wrong).toEqual([]);
  });
});
