import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GroupActivity } from '../../../src/protocol/group-activity.js';
import type { IndexerNode } from '../../../src/indexing/stream/indexer-node.js';
import { systemClock } from '../../../src/platform/clock.js';
import {
  BASE_MS,
  type Cluster,
  CountWatch,
  Cluster as TestCluster,
  DATA_SOURCE,
  rowsOf,
  supervisorSpec,
  total,
} from './indexer-fixture.js';

const HOUR_MS = 3_600_000;

describe('an indexer node', () => {
  let cluster: Cluster;
  const task = (node: IndexerNode): GroupActivity | undefined => node.activity(DATA_SOURCE)[0];
  const isPublished = (offset: number) => (): boolean =>
    cluster.view.streams(DATA_SOURCE)[0]?.offsets?.partitions['0'] === offset;

  beforeEach(async () => {
    cluster = await TestCluster.create();
  });
  afterEach(async () => {
    await cluster.close();
  });

  test('suspend publishes what was read and releases the lease; resume goes on from there', async () => {
    await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.send(300);
    expect(total((await cluster.countUntil(300)).to)).toBe(300);
    await cluster.supervise(supervisorSpec(), true);
    await cluster.until(
      () => cluster.view.streams(DATA_SOURCE)[0]?.groups[0]?.lease?.holder === null,
      'the lease is released',
    );
    expect(cluster.view.segments().map((segment) => segment.numRows)).toEqual([100, 100, 100]);
    expect(await cluster.count()).toMatchObject({ rows: 300, to: { 0: 300 } });
    await cluster.send(10);
    await cluster.supervise(supervisorSpec(), false);
    await cluster.countUntil(310);
  });

  test('stop publishes what was read', async () => {
    await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.send(30);
    await cluster.countUntil(30);
    await cluster.stopNode('a');
    await cluster.until(isPublished(30), 'it is published');
  });

  test.each([
    ['takes a further group at once when no other indexer lives', false],
    ['lets another indexer go first for a further group', true],
  ])('%s', async (_fact, hasOther) => {
    const pauses: number[] = [];
    const sleep = (delayMs: number, signal?: AbortSignal): Promise<void> => {
      pauses.push(delayMs);
      return systemClock.sleep(delayMs, signal);
    };
    await cluster.startNode('a', { clock: { ...systemClock, sleep } });
    await cluster.supervise(supervisorSpec());
    await cluster.send(10);
    await cluster.countUntil(10);
    if (hasOther) await cluster.idleIndexer('b');
    const spec = JSON.parse(JSON.stringify(supervisorSpec()).replaceAll(DATA_SOURCE, 'other')) as object;
    await cluster.store.putSupervisor({ id: 'other', dataSource: 'other', spec, suspended: false });
    const holder = (): string | null | undefined => cluster.view.streams('other')[0]?.groups[0]?.lease?.holder;
    await cluster.until(() => holder() === 'a', 'the second group is taken');
    expect(pauses.includes(300)).toBe(hasOther);
  });

  test('a view of another epoch or of other offsets is refused', async () => {
    const node = await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.send(10);
    await cluster.countUntil(10);
    const { epoch } = cluster.view.streams(DATA_SOURCE)[0]!.groups[0]!.lease!;
    const request = { supervisorId: DATA_SOURCE, group: 0, epoch, from: { 0: 0 }, columns: null };
    expect(await node.view({ ...request, epoch: epoch + 1 })).toMatchObject({ kind: 'refused' });
    expect(await node.view({ ...request, from: { 0: 5 } })).toMatchObject({ kind: 'refused' });
    expect(await node.view({ ...request, from: { 0: 0, 1: 0 } })).toMatchObject({ kind: 'refused' });
    const view = await node.view(request);
    expect(view).toMatchObject({ kind: 'view', to: { 0: 10 } });
  });

  test('a published sequence is kept until historicals have loaded it, brokers have passed it and no view holds it', async () => {
    const node = await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.send(30);
    await cluster.countUntil(30);
    const { epoch } = cluster.view.streams(DATA_SOURCE)[0]!.groups[0]!.lease!;
    const before = { supervisorId: DATA_SOURCE, group: 0, epoch, from: { 0: 0 }, columns: null };
    await cluster.broker(0);
    node.handoff(DATA_SOURCE, [0]);
    await cluster.until(isPublished(30), 'it is published');
    const isKept = async (from: number): Promise<boolean> => {
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      const view = await node.view({ ...before, from: { 0: from } });
      if (view.kind === 'view') view.release();
      return view.kind === 'view';
    };
    const loadAll = (): Promise<void> => cluster.historical(cluster.view.segments().map((segment) => segment.id));
    await loadAll();
    expect(await isKept(0), 'a broker needs it').toBe(true);
    const held = await node.view(before);
    await cluster.broker(cluster.view.s);
    expect(await isKept(0), 'a view holds it').toBe(true);
    if (held.kind === 'view') held.release();
    await cluster.broker(cluster.view.s);
    expect(await isKept(0)).toBe(false);
    expect(held.kind === 'view' && rowsOf(held)).toBe(30);

    await cluster.send(30);
    await cluster.countUntil(60);
    node.handoff(DATA_SOURCE, [0]);
    await cluster.until(isPublished(60), 'it is published');
    await cluster.broker(cluster.view.s);
    expect(await isKept(30), 'no historical has it').toBe(true);
    await cluster.broker(cluster.view.s);
    await loadAll();
    expect(await isKept(30)).toBe(false);
  });

  test('bad records are counted and become dead letters with offset and reason', async () => {
    const node = await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.send(5);
    await cluster.sendRaw('{"time":', '{"name":"no time"}', `{"time":${BASE_MS},"n":"not a number"}`);
    await cluster.send(5);
    await cluster.until(async () => (await cluster.count())?.to['0'] === 13, 'all is read');
    expect(await cluster.count()).toMatchObject({ rows: 11 });
    await cluster.until(() => task(node)?.totals.processed === 10, 'the meters are reported');
    const { totals } = task(node)!;
    expect(totals).toMatchObject({ processed: 10, processedWithError: 1, thrownAway: 0, unparseable: 2 });
    expect(totals.processedBytes).toBeGreaterThan(300);
    await cluster.until(
      async () => (await cluster.store.deadLetters(DATA_SOURCE, 10)).length === 3,
      'the letters are stored',
    );
    const letters = [...(await cluster.store.deadLetters(DATA_SOURCE, 10))].sort((a, b) => a.offset - b.offset);
    expect(letters.map(({ partition, offset }) => `${partition}:${offset}`)).toEqual(['0:5', '0:6', '0:7']);
    expect(letters[1]!.reason).toMatch(/Timestamp/);
    expect(Buffer.from(letters[0]!.record).toString()).toBe('{"time":');
  });

  test('more bad records than maxParseExceptions end the task with an error', async () => {
    const node = await cluster.startNode('a');
    await cluster.supervise(supervisorSpec({ tuningConfig: { maxParseExceptions: 1 } }));
    await cluster.sendRaw('x', 'y', 'z');
    await cluster.until(() => (task(node)?.recentErrors.length ?? 0) > 0, 'the task failed');
    expect(task(node)!.recentErrors[0]).toMatchObject({
      message: expect.stringMatching(/maxParseExceptions/),
      streamException: false,
    });
  });

  test('late and early rows are thrown away', async () => {
    const node = await cluster.startNode('a');
    await cluster.supervise(
      supervisorSpec({ ioConfig: { lateMessageRejectionPeriod: 'PT1H', earlyMessageRejectionPeriod: 'PT1H' } }),
    );
    const now = Date.now();
    await cluster.sendRaw(
      ...[now - 2 * HOUR_MS, now, now + HOUR_MS, now + 3 * HOUR_MS].map((time) => JSON.stringify({ time })),
    );
    await cluster.until(() => task(node)?.totals.thrownAway === 2, 'two rows are thrown away');
    await cluster.countUntil(2);
  });

  test('committed offsets that the log has lost are DATA_LOSS, until an operator resets them', async () => {
    const node = await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.send(30);
    await cluster.countUntil(30);
    await cluster.store.resetOffsets(DATA_SOURCE, { 0: 1_000 });
    await cluster.until(() => task(node)?.trouble === 'DATA_LOSS', 'the loss is reported');
    expect(task(node)!.recentErrors.at(-1)!.message).toMatch(
      /^DATA_LOSS: .*partition \[0\] holds offsets \[0, 30\), not the next one wanted \[1000\]/,
    );
    await cluster.store.resetOffsets(DATA_SOURCE);
    await cluster.countUntil(30);
    expect(task(node)!.trouble).toBeUndefined();
  });

  test('resetOffsetAutomatically goes on at the end of what is there', async () => {
    await cluster.startNode('a');
    await cluster.supervise(
      supervisorSpec({ ioConfig: { useEarliestOffset: false }, tuningConfig: { resetOffsetAutomatically: true } }),
    );
    await cluster.until(() => cluster.view.streams(DATA_SOURCE)[0]?.offsets !== undefined, 'the start is committed');
    await cluster.send(30);
    await cluster.countUntil(30);
    await cluster.store.resetOffsets(DATA_SOURCE, { 0: 1_000 });
    await cluster.until(isPublished(30), 'the offsets are reset');
    await cluster.send(7);
    await cluster.countUntil(7);
  });

  test('a log made anew under the same name is DATA_LOSS', async () => {
    await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.send(30);
    await cluster.countUntil(30);
    const row = cluster.view.streams(DATA_SOURCE)[0]!.offsets!;
    await cluster.crash('a');
    const lease = (await cluster.store.acquireLease(`stream/${DATA_SOURCE}/0`, 'a', 1_000))!;
    // What another life of the log would have left.
    await cluster.store.resetOffsets(DATA_SOURCE);
    const again = (await cluster.store.acquireLease(lease.name, 'a', 1_000))!;
    const from = { 0: 30 };
    const published = { ...row, incarnation: 'local:another', from, to: from, segments: [] };
    await cluster.store.publishSequence({
      ...published,
      dataSource: DATA_SOURCE,
      lease: { name: lease.name, holder: 'a', epoch: again.epoch },
    });
    const second = await cluster.startNode('a');
    await cluster.until(() => task(second)?.trouble === 'DATA_LOSS', 'the loss is reported');
    expect(task(second)!.recentErrors.at(-1)!.message).toMatch(/local:another/);
  });

  test('rows of a finer granularity than the segments that are there are split and appended to them', async () => {
    const node = await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.send(30);
    await cluster.countUntil(30);
    node.handoff(DATA_SOURCE, [0]);
    await cluster.until(isPublished(30), 'hours are published');
    await cluster.supervise(supervisorSpec({ granularitySpec: { segmentGranularity: 'DAY' } }));
    await cluster.send(30);
    await cluster.countUntil(60);
    await cluster.supervise(supervisorSpec({ granularitySpec: { segmentGranularity: 'DAY' } }), true);
    await cluster.until(isPublished(60), 'the day is published');
    const hours = cluster.view.segments().map((segment) => (segment.intervalStartMs - BASE_MS) / HOUR_MS);
    expect(hours.sort((a, b) => a - b)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(await cluster.count()).toMatchObject({ rows: 60 });
  });

  test('the activity of a group says where it is', async () => {
    const node = await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.send(30);
    await cluster.countUntil(30);
    await cluster.until(
      () => task(node)?.totals.processed === 30 && task(node)?.latestOffsets?.['0'] === 30,
      'it is reported',
    );
    const activity = task(node)!;
    expect(activity).toMatchObject({
      group: 0,
      startingOffsets: { 0: 0 },
      currentOffsets: { 0: 30 },
      publishing: [],
      trouble: undefined,
      recentErrors: [],
      parseErrors: [],
    });
    expect(activity.remainingMs).toBeGreaterThan(HOUR_MS - 60_000);
    expect(Object.keys(activity.movingAverages)).toEqual(['1m', '5m', '15m']);
  });

  test('a supervisor with more task groups counts nothing twice while the former owner publishes and another node waits', async () => {
    await cluster.log.create(DATA_SOURCE, 2);
    await cluster.startNode('a');
    await cluster.supervise(supervisorSpec({ ioConfig: { taskCount: 1 } }));
    await cluster.send(400);
    await cluster.countUntil(400);
    await cluster.startNode('b');
    const watch = new CountWatch(cluster);
    await cluster.supervise(supervisorSpec({ ioConfig: { taskCount: 2 } }));
    await cluster.send(100);
    await cluster.countUntil(500);
    await watch.stop();
    expect(watch.wrong).toEqual([]);
  });

  test('a supervisor with fewer task groups takes over their partitions, and no count falls meanwhile', async () => {
    await cluster.log.create(DATA_SOURCE, 2);
    await cluster.startNode('a');
    await cluster.supervise(supervisorSpec({ ioConfig: { taskCount: 2 } }));
    await cluster.send(400);
    await cluster.countUntil(400);
    const watch = new CountWatch(cluster);
    await cluster.supervise(supervisorSpec({ ioConfig: { taskCount: 1 } }));
    await cluster.send(100);
    await cluster.countUntil(500);
    await watch.stop();
    expect(watch.wrong).toEqual([]);
  });
});
