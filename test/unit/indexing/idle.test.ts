import { afterEach, beforeEach, expect, test } from 'vitest';
import { IdleWatch } from '../../../src/indexing/stream/idle-watch.js';
import { Cluster, DATA_SOURCE, supervisorSpec } from './indexer-fixture.js';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await Cluster.create();
});
afterEach(() => cluster.close());

test('a stream without news hands over what was read, is idle, and wakes with the next event', async () => {
  const node = await cluster.startNode('a');
  const idleConfig = { enabled: true, inactiveAfterMillis: 500 };
  await cluster.supervise(supervisorSpec({ ioConfig: { idleConfig } }));
  await cluster.send(100);
  await cluster.countUntil(100);
  const isIdle = (): boolean | undefined => node.activity(DATA_SOURCE)[0]?.isIdle;
  const published = (): number => cluster.view.segments().reduce((sum, row) => sum + row.numRows, 0);
  await cluster.until(() => isIdle() === true, 'the group is idle');
  await cluster.until(() => published() === 100, 'all is published');
  expect((await cluster.count())?.rows).toBe(100);
  await cluster.send(1);
  await cluster.countUntil(101);
  await cluster.until(() => published() === 101, 'it is published when nothing follows');
});

test('lag and news keep a stream from being idle; without idleConfig nothing is', () => {
  const watch = new IdleWatch({ enabled: true, inactiveAfterMs: 10 }, 0);
  expect(watch.look({ 0: 5 }, { 0: 7 }, 0)).toBe(false);
  expect(watch.look({ 0: 5 }, { 0: 7 }, 50)).toBe(false);
  expect(watch.look({ 0: 7 }, { 0: 7 }, 59)).toBe(false);
  expect(watch.look({ 0: 7 }, { 0: 7 }, 69)).toBe(true);
  expect([watch.look({ 0: 7 }, { 0: 7 }, 70), watch.isIdle]).toEqual([false, true]);
  expect([watch.look({ 0: 8 }, { 0: 8 }, 71), watch.isIdle]).toEqual([false, false]);
  const off = new IdleWatch({ enabled: false, inactiveAfterMs: 10 }, 0);
  expect([off.look({ 0: 7 }, { 0: 7 }, 1e9), off.isIdle]).toEqual([false, false]);
});
