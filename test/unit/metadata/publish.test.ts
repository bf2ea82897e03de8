import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LeaseRow, MetadataStore, PublishOutcome, SegmentRow } from '../../../src/metadata/metadata-store.js';
import { statementKinds, HOUR_MS, newSegment, sequence, T0, type TestDatabase, usedIds } from './stores.js';

const OTHER_LEASE = { name: 'stream/wiki/0', holder: 'node-b', epoch: 2 };

function published(outcome: PublishOutcome): readonly SegmentRow[] {
  if (outcome.kind !== 'published') throw new Error(`${outcome.reason}: ${outcome.detail}`);
  return outcome.segments;
}

function reason(outcome: PublishOutcome): string {
  return outcome.kind === 'conflict' ? outcome.reason : outcome.kind;
}

describe.each(statementKinds)('publishing on $name', (kind) => {
  let database: TestDatabase;
  let store: MetadataStore;
  let lease: LeaseRow;
  const replace = (from: number, to: number, segments = [newSegment(from, to)]) =>
    store.publishBatch({
      dataSource: 'wiki',
      append: false,
      intervals: [{ startMs: T0 + from, endMs: T0 + to }],
      segments,
    });

  beforeEach(async () => {
    database = await kind.create();
    store = await database.open();
    lease = (await store.acquireLease('stream/wiki/0', 'node-a', 60_000))!;
  });
  afterEach(async () => {
    await store.close();
    await database.drop();
  });

  test('segments of a sequence and its offsets appear together under the next S', async () => {
    const before = await store.currentS();
    const outcome = await store.publishSequence(
      sequence(lease, 0, 100, [newSegment(0, HOUR_MS), newSegment(0, HOUR_MS)]),
    );
    const snapshot = await store.snapshot();
    expect(snapshot.s).toBe(before + 1);
    expect(snapshot.segments).toHaveLength(2);
    expect(new Set(snapshot.segments.map((row) => row.partitionNum))).toEqual(new Set([0, 1]));
    expect(new Set(snapshot.segments.map((row) => row.version)).size).toBe(1);
    expect(snapshot.offsets).toEqual([
      { supervisorId: 'wiki', stream: 'edits', incarnation: 'i1', partitions: { 0: 100 } },
    ]);
    expect([...published(outcome)].sort((a, b) => a.partitionNum - b.partitionNum)).toEqual(
      [...snapshot.segments].sort((a, b) => a.partitionNum - b.partitionNum),
    );
    expect(snapshot.segments[0]).toMatchObject({ dimensions: ['page', 'ünï'], usedFromS: before + 1, usedToS: null });
  });

  test('a sequence whose start is not the stored vector is refused and changes nothing', async () => {
    await store.publishSequence(sequence(lease, 0, 100));
    const s = await store.currentS();
    expect(reason(await store.publishSequence(sequence(lease, 50, 150, [newSegment(0, HOUR_MS)])))).toBe('offsets');
    expect(await store.snapshot()).toMatchObject({ s, segments: [], offsets: [{ partitions: { 0: 100 } }] });
  });

  test('a partition that has no stored offset matches any start, and others keep theirs', async () => {
    await store.publishSequence(sequence(lease, 0, 100));
    await store.publishSequence({ ...sequence(lease, 0, 0), from: { 1: 7 }, to: { 1: 9 } });
    expect((await store.snapshot()).offsets[0]?.partitions).toEqual({ 0: 100, 1: 9 });
  });

  test('a recreated topic is not continued from the offsets of the old one', async () => {
    await store.publishSequence(sequence(lease, 0, 100));
    expect(reason(await store.publishSequence({ ...sequence(lease, 100, 110), incarnation: 'i2' }))).toBe('offsets');
    expect(reason(await store.publishSequence({ ...sequence(lease, 100, 110), incarnation: 'i11' }))).toBe('offsets');
  });

  test('offsets that were stored without the id of their topic go on, and have it from then on', async () => {
    await store.publishSequence(sequence(lease, 0, 100));
    await store.publishSequence({ ...sequence(lease, 100, 110), incarnation: 'i1:a' });
    expect((await store.snapshot()).offsets).toMatchObject([{ incarnation: 'i1:a', partitions: { 0: 110 } }]);
    expect(reason(await store.publishSequence({ ...sequence(lease, 110, 120), incarnation: 'i1:b' }))).toBe('offsets');
  });

  test('an owner that lost its lease cannot publish: other epoch, other holder, released', async () => {
    expect(reason(await store.publishSequence({ ...sequence(lease, 0, 1), lease: OTHER_LEASE }))).toBe('lease');
    await store.acquireLease('stream/wiki/0', 'node-a', 60_000);
    expect(reason(await store.publishSequence(sequence(lease, 0, 1)))).toBe('lease');
    const again = (await store.acquireLease('stream/wiki/0', 'node-a', 60_000))!;
    await store.releaseLease('stream/wiki/0', 'node-a', again.epoch);
    expect(reason(await store.publishSequence(sequence(again, 0, 1)))).toBe('lease');
  });

  test('a publish whose answer was lost is answered with the first outcome', async () => {
    const request = sequence(lease, 0, 100, [newSegment(0, HOUR_MS)]);
    const first = await store.publishSequence(request);
    await store.publishSequence(sequence(lease, 100, 200, [newSegment(0, HOUR_MS)]));
    expect(await store.publishSequence(request)).toEqual(first);
    const withoutRows = sequence(lease, 200, 300);
    await store.publishSequence(withoutRows);
    expect(reason(await store.publishSequence(withoutRows))).toBe('published');
    expect((await store.snapshot()).segments).toHaveLength(2);
  });

  test('later rows of an interval join the version that is there, under new partition numbers', async () => {
    const [first] = published(await store.publishSequence(sequence(lease, 0, 1, [newSegment(0, HOUR_MS)])));
    const [second] = published(await store.publishSequence(sequence(lease, 1, 2, [newSegment(0, HOUR_MS)])));
    expect(second).toMatchObject({ version: first!.version, partitionNum: 1 });
    await store.retireSegments('wiki', [second!.id]);
    const [third] = published(await store.publishSequence(sequence(lease, 2, 3, [newSegment(0, HOUR_MS)])));
    expect(third).toMatchObject({ version: first!.version, partitionNum: 2 });
  });

  test('rows inside a coarser segment that is there take its interval and version', async () => {
    const [day] = published(await replace(0, 24 * HOUR_MS));
    const [late] = published(await store.publishSequence(sequence(lease, 0, 1, [newSegment(HOUR_MS, 2 * HOUR_MS)])));
    expect(late).toMatchObject({
      intervalStartMs: day!.intervalStartMs,
      intervalEndMs: day!.intervalEndMs,
      version: day!.version,
      partitionNum: 1,
    });
  });

  test('rows that would span several finer segments are refused', async () => {
    published(await store.publishSequence(sequence(lease, 0, 1, [newSegment(0, HOUR_MS)])));
    const s = await store.currentS();
    expect(reason(await store.publishSequence(sequence(lease, 1, 2, [newSegment(0, 24 * HOUR_MS)])))).toBe('intervals');
    expect(await store.currentS()).toBe(s);
  });

  test('a replace overshadows and retires what lies inside, and only that', async () => {
    const [inside, outside] = published(
      await store.publishSequence(sequence(lease, 0, 1, [newSegment(0, HOUR_MS), newSegment(HOUR_MS, 2 * HOUR_MS)])),
    );
    const [fresh] = published(await replace(0, HOUR_MS));
    expect(fresh!.version > inside!.version).toBe(true);
    expect(await usedIds(store)).toEqual([fresh!.id, outside!.id].sort());
    const [again] = published(await replace(0, HOUR_MS));
    expect(again!.version > fresh!.version).toBe(true);
  });

  test('a replace without rows empties its intervals', async () => {
    published(await replace(0, HOUR_MS));
    published(await replace(0, HOUR_MS, []));
    expect(await usedIds(store)).toEqual([]);
  });

  test('a batch append joins the newest version', async () => {
    const [first] = published(await replace(0, HOUR_MS));
    const [second] = published(
      await store.publishBatch({ dataSource: 'wiki', append: true, intervals: [], segments: [newSegment(0, HOUR_MS)] }),
    );
    expect(second).toMatchObject({ version: first!.version, partitionNum: 1 });
  });

  test('compaction swaps exactly its inputs and keeps what was appended meanwhile', async () => {
    const inputs = published(
      await store.publishSequence(sequence(lease, 0, 1, [newSegment(0, HOUR_MS), newSegment(0, HOUR_MS)])),
    ).map((row) => row.id);
    const [meanwhile] = published(await store.publishSequence(sequence(lease, 1, 2, [newSegment(0, HOUR_MS)])));
    const request = { dataSource: 'wiki', inputs, outputs: [newSegment(0, HOUR_MS, 20)] };
    const [merged] = published(await store.replaceSegments(request));
    expect(merged).toMatchObject({ version: meanwhile!.version, partitionNum: 3, numRows: 20 });
    expect(await usedIds(store)).toEqual([meanwhile!.id, merged!.id].sort());
    expect(reason(await store.replaceSegments(request))).toBe('published');
    expect(reason(await store.replaceSegments({ ...request, outputs: [newSegment(0, HOUR_MS)] }))).toBe('inputs');
  });

  test('after a hard reset rows read before it can no longer be published', async () => {
    await store.publishSequence(sequence(lease, 0, 100));
    await store.resetOffsets('wiki');
    expect((await store.snapshot()).offsets).toEqual([]);
    expect(reason(await store.publishSequence(sequence(lease, 100, 200)))).toBe('lease');
  });

  test('offsets set by an operator are where the next owner must begin', async () => {
    await store.resetOffsets('wiki', { 0: 42 });
    lease = (await store.acquireLease('stream/wiki/0', 'node-a', 60_000))!;
    expect(reason(await store.publishSequence(sequence(lease, 0, 50)))).toBe('offsets');
    expect(reason(await store.publishSequence(sequence(lease, 42, 50)))).toBe('published');
    expect((await store.snapshot()).offsets[0]).toMatchObject({ stream: 'edits', incarnation: 'i1' });
  });

  test('of publishers that race for the same offsets exactly one wins', async () => {
    const stores = kind.shared ? await Promise.all([database.open(), database.open(), database.open()]) : [store];
    for (let round = 0; round < 10; round++) {
      const attempts = Array.from({ length: 8 }, (_, i) =>
        stores[i % stores.length]!.publishSequence(
          sequence(lease, round, round + 1, [newSegment(0, HOUR_MS), newSegment(HOUR_MS, 2 * HOUR_MS)]),
        ),
      );
      const outcomes = (await Promise.all(attempts)).map(reason);
      expect(outcomes.sort()).toEqual([...Array<string>(7).fill('offsets'), 'published']);
    }
    const { segments } = await store.snapshot();
    expect(segments).toHaveLength(20);
    expect(new Set(segments.map((row) => row.usedFromS)).size).toBe(10);
    if (kind.shared) await Promise.all(stores.map((other) => other.close()));
  });
});
