import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MetadataStore } from '../../../src/metadata/metadata-store.js';
import { databaseKinds, HOUR_MS, newSegment, sequence, type TestDatabase } from './stores.js';

describe.each(databaseKinds)('following commits on $name', (kind) => {
  let database: TestDatabase;
  let store: MetadataStore;
  beforeEach(async () => {
    database = await kind.create();
    store = await database.open();
  });
  afterEach(async () => {
    await store.close();
    await database.drop();
  });

  test('an empty store is at S 0 and has no changes', async () => {
    expect(await store.snapshot()).toEqual({ s: 0, segments: [], offsets: [], leases: [], supervisors: [] });
    expect(await store.changesSince(0)).toMatchObject({ fromS: 0, toS: 0, segmentsAdded: [], supervisors: [] });
  });

  test('every kind of change is told, once, with whole rows', async () => {
    const lease = (await store.acquireLease('stream/wiki/0', 'node-a', 60_000))!;
    await store.putSupervisor({ id: 'wiki', dataSource: 'wiki', spec: { type: 'kafka' }, suspended: false });
    await store.publishSequence(sequence(lease, 0, 10, [newSegment(0, HOUR_MS)]));
    const snapshot = await store.snapshot();
    expect(await store.changesSince(0)).toEqual({
      fromS: 0,
      toS: 3,
      segmentsAdded: snapshot.segments,
      segmentsRetired: [],
      offsets: snapshot.offsets,
      offsetsRemoved: [],
      leases: [lease],
      supervisors: snapshot.supervisors,
      supervisorsRemoved: [],
    });
    await store.retireSegments('wiki', 'all');
    await store.resetOffsets('wiki');
    await store.removeSupervisor('wiki');
    expect(await store.changesSince(3)).toEqual({
      fromS: 3,
      toS: 6,
      segmentsAdded: [],
      segmentsRetired: [snapshot.segments[0]!.id],
      offsets: [],
      offsetsRemoved: ['wiki'],
      // The S of the reset.
      leases: [{ ...lease, epoch: 5, holder: null }],
      supervisors: [],
      supervisorsRemoved: ['wiki'],
    });
  });

  test('what changes nothing takes no S', async () => {
    await store.acquireLease('a', 'node-a', 60_000);
    const s = await store.currentS();
    expect(await store.acquireLease('a', 'node-b', 60_000)).toBeUndefined();
    expect(await store.releaseLease('a', 'node-b', 1)).toBe(false);
    expect(await store.renewLease('a', 'node-a', 1, 60_000)).toBe(true);
    expect(await store.retireSegments('wiki', ['nope'])).toBe(0);
    expect(await store.removeSupervisor('nope')).toBe(false);
    expect(await store.currentS()).toBe(s);
  });

  test('a reader too far behind, or ahead of the store, is told to take a snapshot', async () => {
    const small = await database.open({ changeLogEntries: 100 });
    for (let i = 0; i < 1100; i++) await small.acquireLease('a', 'node-a', 60_000);
    expect(await store.changesSince(0)).toBeUndefined();
    expect(await store.changesSince(1024 - 100 - 1)).toBeUndefined();
    expect(await store.changesSince(1024 - 100)).toMatchObject({ toS: 1100, leases: [{ epoch: 1100 }] });
    expect(await store.changesSince(1101)).toBeUndefined();
    await small.close();
  });

  test('commits are hinted at, in every store that is open on a shared database', async () => {
    const listening = kind.shared ? await database.open() : store;
    const hint = new Promise<number>((resolve) => listening.onCommit(resolve));
    await store.acquireLease('a', 'node-a', 60_000);
    expect(await hint).toBe(1);
    if (kind.shared) await listening.close();
  });

  test('a reader that follows while others commit sees each S, and all of it', async () => {
    const stores = kind.shared ? await Promise.all([database.open(), database.open()]) : [store];
    const writers = Array.from({ length: 6 }, async (_, i) => {
      for (let round = 0; round < 15; round++) {
        await stores[i % stores.length]!.publishBatch({
          dataSource: `ds${i}`,
          append: true,
          intervals: [],
          segments: [newSegment(0, HOUR_MS), newSegment(0, HOUR_MS)],
        });
      }
    });
    const done = Promise.all(writers).then(() => true);
    const sOfSegments = new Map<string, number>();
    let s = 0;
    for (let finished = false; !finished; ) {
      finished = await Promise.race([done, Promise.resolve(false)]);
      const changes = (await store.changesSince(s))!;
      expect(changes.fromS).toBe(s);
      for (const row of changes.segmentsAdded) {
        expect(row.usedFromS).toBeGreaterThan(s);
        expect(row.usedFromS).toBeLessThanOrEqual(changes.toS);
        sOfSegments.set(row.id, row.usedFromS);
      }
      s = changes.toS;
    }
    expect(s).toBe(6 * 15);
    const perS = new Map<number, number>();
    for (const usedFromS of sOfSegments.values()) perS.set(usedFromS, (perS.get(usedFromS) ?? 0) + 1);
    expect([...perS.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, i) => i + 1));
    expect(new Set(perS.values())).toEqual(new Set([2]));
    if (kind.shared) await Promise.all(stores.map((other) => other.close()));
  });
});
