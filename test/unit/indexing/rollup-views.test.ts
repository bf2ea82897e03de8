import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ArenaRegistry } from '../../../src/memory/arena-registry.js';
import { openBlock } from '../../../src/vectors/block-view.js';
import { type Cluster, Cluster as TestCluster, DATA_SOURCE, supervisorSpec, total } from './indexer-fixture.js';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await TestCluster.create();
});
afterEach(async () => {
  await cluster.close();
});

test('under rollup the summed count of a view is that of the events before its vector, while events come in', async () => {
  const metricsSpec = [{ type: 'count', name: 'count' }];
  const granularitySpec = { rollup: true, queryGranularity: 'MINUTE' };
  const node = await cluster.startNode('a');
  await cluster.supervise(supervisorSpec({ metricsSpec, granularitySpec }));
  await cluster.until(() => cluster.view.streams(DATA_SOURCE)[0]?.offsets !== undefined, 'the start is committed');
  const sending = { on: true };
  const done = { sent: 0, views: 0 };
  const sender = (async () => {
    for (; done.sent < 30_000 || done.views < 20; done.sent += 1_000) await cluster.send(1_000, 1_000);
    sending.on = false;
  })();
  const { epoch } = cluster.view.streams(DATA_SOURCE)[0]!.groups[0]!.lease!;
  let reached = 0;
  while (sending.on || reached < done.sent) {
    const view = await node.view({ supervisorId: DATA_SOURCE, group: 0, epoch, from: { 0: 0 }, columns: ['count'] });
    if (view.kind === 'view') {
      const arenas = new ArenaRegistry();
      arenas.register(view.arenas);
      let events = 0;
      for (const segment of view.blocks) {
        for (const ref of segment.blocks) {
          const column = openBlock(ref, (arena) => arenas.buffer(arena)).column('count');
          if (column?.kind !== 'long') throw new Error('No count');
          for (let i = 0; i < ref.numRows; i++) events += column.base + Number(column.values[i]);
        }
      }
      expect(events).toBe(total(view.to));
      reached = events;
      done.views++;
      view.release();
    }
    await sleep(3);
  }
  await sender;
});
