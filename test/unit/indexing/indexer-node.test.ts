import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Cluster, Cluster as TestCluster, DATA_SOURCE, supervisorSpec, total } from './indexer-fixture.js';

describe('an indexer node', () => {
  let cluster: Cluster;

  beforeEach(async () => {
    cluster = await TestCluster.create();
  });
  afterEach(async () => {
    await cluster.close();
  });

  test('rows are in views as soon as they are read, and the view names the offsets that it covers', async () => {
    await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.send(500);
    const { to } = await cluster.countUntil(500);
    expect(total(to)).toBe(500);
  });

  test('suspend publishes what was read and releases the lease; resume goes on from there', async () => {
    await cluster.startNode('a');
    await cluster.supervise(supervisorSpec());
    await cluster.send(300);
    await cluster.countUntil(300);
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
});
