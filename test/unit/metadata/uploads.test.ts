import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LeaseRow, MetadataStore, PublishOutcome } from '../../../src/metadata/metadata-store.js';
import { HOUR_MS, newSegment, sequence, statementKinds, type TestDatabase } from './stores.js';

const OWNER = { nodeId: 'node-a', startedAtMs: 7 };

describe.each(statementKinds)('uploads on $name', (kind) => {
  let database: TestDatabase;
  let store: MetadataStore;
  let lease: LeaseRow;
  const one = newSegment(0, HOUR_MS);
  const beat = (nodeId: string, startedAtMs: number) =>
    store.heartbeat({ id: nodeId, roles: ['indexer'], host: 'h', port: 1, startedAtMs, viewS: 0 });
  const givenUp = async () => (await store.uploadsGivenUp(100)).map(({ path }) => path);
  const outcomeOf = (outcome: PublishOutcome) => (outcome.kind === 'conflict' ? outcome.reason : outcome.kind);

  beforeEach(async () => {
    database = await kind.create();
    store = await database.openStrict();
    lease = (await store.acquireLease('stream/wiki/0', 'node-a', 60_000))!;
  });
  afterEach(async () => {
    await store.close();
    await database.drop();
  });

  test('a path that was not noted, or was given up, is not published by any of the three ways', async () => {
    const publishes = [
      () => store.publishSequence(sequence(lease, 0, 10, [one])),
      () => store.publishBatch({ dataSource: 'wiki', append: true, intervals: [], segments: [one] }),
      async () => {
        const input = newSegment(0, HOUR_MS);
        await store.noteUploads(OWNER, [input.path]);
        const there = await store.publishBatch({ dataSource: 'wiki', append: true, intervals: [], segments: [input] });
        if (there.kind !== 'published') throw new Error(there.detail);
        return store.replaceSegments({ dataSource: 'wiki', inputs: [there.segments[0]!.id], outputs: [one] });
      },
    ];
    for (const publish of publishes) expect(outcomeOf(await publish())).toBe('uploads');
    await store.noteUploads(OWNER, [one.path]);
    await store.giveUpUploads([one.path]);
    for (const publish of publishes) expect(outcomeOf(await publish())).toBe('uploads');
    expect((await store.snapshot()).offsets).toEqual([]);
  });

  test('publishing ends the notes, and a conflict leaves them', async () => {
    await store.noteUploads(OWNER, [one.path]);
    await store.publishSequence(sequence(lease, 0, 10));
    expect(outcomeOf(await store.publishSequence(sequence(lease, 5, 20, [one])))).toBe('offsets');
    expect(outcomeOf(await store.publishSequence(sequence(lease, 10, 20, [one])))).toBe('published');
    await store.giveUpUploads([one.path]);
    await store.giveUpUploadsOfTheDead(0);
    expect(await givenUp()).toEqual([]);
    expect(outcomeOf(await store.publishSequence(sequence(lease, 10, 20, [one])))).toBe('published');
  });

  test('notes of a process are given up when it is gone, silent or another life of its node', async () => {
    const notes = {
      alive: OWNER,
      gone: { nodeId: 'node-b', startedAtMs: 7 },
      before: { nodeId: 'node-a', startedAtMs: 6 },
    };
    for (const [path, owner] of Object.entries(notes)) await store.noteUploads(owner, [path]);
    await beat('node-a', 7);
    await store.giveUpUploadsOfTheDead(60_000);
    expect((await givenUp()).sort()).toEqual(['before', 'gone']);
    await store.removeNode('node-a');
    await store.giveUpUploadsOfTheDead(60_000);
    expect((await givenUp()).sort()).toEqual(['alive', 'before', 'gone']);
  });

  test('only what is given up is forgotten, and then it cannot be published', async () => {
    await store.noteUploads(OWNER, [one.path, 'other']);
    await store.giveUpUploads(['other']);
    await store.forgetUploads([one.path, 'other']);
    expect(await givenUp()).toEqual([]);
    expect(outcomeOf(await store.publishSequence(sequence(lease, 0, 10, [one])))).toBe('published');
  });

  test('objects of segments that are forgotten are to be deleted', async () => {
    await store.noteUploads(OWNER, [one.path]);
    const outcome = await store.publishSequence(sequence(lease, 0, 10, [one]));
    if (outcome.kind !== 'published') throw new Error(outcome.detail);
    const ids = outcome.segments.map(({ id }) => id);
    await store.deleteSegments('wiki', ids);
    expect(await givenUp()).toEqual([]);
    await store.retireSegments('wiki', ids);
    await store.deleteSegments('wiki', ids);
    expect(await givenUp()).toEqual([one.path]);
  });
});
