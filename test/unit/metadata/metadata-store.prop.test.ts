import fc from 'fast-check';
import { expect, test } from 'vitest';
import type {
  LeaseRow,
  MetadataChanges,
  MetadataSnapshot,
  MetadataStore,
  OffsetsRow,
  SegmentRow,
  SupervisorRow,
} from '../../../src/metadata/metadata-store.js';
import { SqlMetadataStore } from '../../../src/metadata/sql-metadata-store.js';
import { openSqliteDatabase } from '../../../src/metadata/sqlite-database.js';
import { SeededRandomness } from '../../../src/platform/randomness.js';
import { SimulatedClock } from '../../../src/platform/simulated-clock.js';
import { HOUR_MS, newSegment, sequence, T0 } from './stores.js';

/** One user of the store, with what it remembers between operations. */
interface World {
  readonly store: MetadataStore;
  readonly clock: SimulatedClock;
  lease: LeaseRow | undefined;
  offset: number;
}
type Operation = (world: World) => Promise<unknown>;

const hour = fc.integer({ min: 0, max: 5 });
const hours = fc
  .tuple(hour, fc.integer({ min: 1, max: 4 }))
  .map(([from, n]) => ({ from: from * HOUR_MS, to: (from + n) * HOUR_MS }));
const index = fc.nat(1_000);

const operations: fc.Arbitrary<Operation> = fc.oneof(
  fc.constantFrom('node-a', 'node-b').map(
    (holder): Operation =>
      async (world) => {
        const lease = await world.store.acquireLease('stream/wiki/0', holder, 1_000);
        world.lease = holder === 'node-a' ? lease : undefined;
      },
  ),
  fc.array(hours, { maxLength: 3 }).map(
    (intervals): Operation =>
      async (world) => {
        const segments = intervals.map(({ from, to }) => newSegment(from, to));
        const request = sequence(world.lease ?? { epoch: 0 }, world.offset, world.offset + 10, segments);
        const outcome = await world.store.publishSequence(request);
        if (outcome.kind === 'published') world.offset += 10;
      },
  ),
  fc.tuple(fc.boolean(), hours, fc.nat(2)).map(
    ([append, { from, to }, count]): Operation =>
      ({ store }) =>
        store.publishBatch({
          dataSource: 'wiki',
          append,
          intervals: [{ startMs: T0 + from, endMs: T0 + to }],
          segments: Array.from({ length: count }, () => newSegment(from, to)),
        }),
  ),
  index.map(
    (i): Operation =>
      async ({ store }) => {
        const { segments } = await store.snapshot();
        const first = segments[i % Math.max(1, segments.length)];
        if (first === undefined) return;
        const inputs = segments.filter((row) => chunkOf(row) === chunkOf(first)).map((row) => row.id);
        await store.replaceSegments({
          dataSource: 'wiki',
          inputs: inputs.slice(0, 1 + (i % 3)),
          outputs: [newSegment(0, 1)],
        });
      },
  ),
  index.map(
    (i): Operation =>
      async ({ store }) => {
        const { segments } = await store.snapshot();
        await store.retireSegments(
          'wiki',
          i % 10 === 0 ? 'all' : segments.slice(i % 3, (i % 3) + 2).map((row) => row.id),
        );
      },
  ),
  fc.boolean().map(
    (hard): Operation =>
      async (world) => {
        await world.store.resetOffsets('wiki', hard ? undefined : { 0: 5 });
        world.offset = hard ? 0 : 5;
      },
  ),
  fc.boolean().map(
    (suspended): Operation =>
      ({ store }) =>
        store.putSupervisor({ id: 'wiki', dataSource: 'wiki', spec: { suspended }, suspended }),
  ),
  fc.constant<Operation>(({ store }) => store.removeSupervisor('wiki')),
  fc.nat(2_000).map(
    (ms): Operation =>
      ({ clock }) =>
        clock.advance(ms),
  ),
);

function chunkOf(row: SegmentRow): string {
  return `${row.intervalStartMs}/${row.intervalEndMs}/${row.version}`;
}

/** A copy of the store that knows nothing but a snapshot and the changes since. */
class Follower {
  s: number;
  readonly segments = new Map<string, SegmentRow>();
  readonly offsets = new Map<string, OffsetsRow>();
  readonly leases = new Map<string, LeaseRow>();
  readonly supervisors = new Map<string, SupervisorRow>();

  constructor(snapshot: MetadataSnapshot) {
    this.s = snapshot.s;
  }

  apply(changes: MetadataChanges): void {
    expect(changes.fromS).toBe(this.s);
    for (const id of changes.segmentsRetired) expect(this.segments.delete(id)).toBe(true);
    for (const row of changes.segmentsAdded) {
      expect(this.segments.has(row.id)).toBe(false);
      this.segments.set(row.id, row);
    }
    for (const id of changes.offsetsRemoved) this.offsets.delete(id);
    for (const row of changes.offsets) this.offsets.set(row.supervisorId, row);
    for (const row of changes.leases) this.leases.set(row.name, row);
    for (const id of changes.supervisorsRemoved) this.supervisors.delete(id);
    for (const row of changes.supervisors) this.supervisors.set(row.id, row);
    this.s = changes.toS;
  }

  expectEqual(snapshot: MetadataSnapshot): void {
    expect(this.s).toBe(snapshot.s);
    expect(this.segments).toEqual(new Map(snapshot.segments.map((row) => [row.id, row])));
    expect(this.offsets).toEqual(new Map(snapshot.offsets.map((row) => [row.supervisorId, row])));
    expect(this.leases).toEqual(new Map(snapshot.leases.map((row) => [row.name, row])));
    expect(this.supervisors).toEqual(new Map(snapshot.supervisors.map((row) => [row.id, row])));
  }
}

/** Chunks of one version never overlap, so that no row can hide another of its own version. */
function expectDisjointChunks(segments: readonly SegmentRow[]): void {
  for (const a of segments) {
    for (const b of segments) {
      const overlap = a.intervalStartMs < b.intervalEndMs && b.intervalStartMs < a.intervalEndMs;
      if (overlap && a.version === b.version) expect(chunkOf(a)).toBe(chunkOf(b));
    }
  }
}

test('a snapshot and the changes since are the store as it is, however often they are read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(operations, fc.boolean()), { maxLength: 40 }), async (steps) => {
      const clock = new SimulatedClock();
      const store = new SqlMetadataStore(openSqliteDatabase(':memory:', clock), {
        changeLogEntries: 100_000,
        clock,
        randomness: new SeededRandomness(1),
      });
      await store.open();
      const world: World = { store, clock, lease: undefined, offset: 0 };
      const follower = new Follower(await store.snapshot());
      let s = 0;
      for (const [operation, follow] of steps) {
        await operation(world);
        const now = await store.currentS();
        expect(now - s).toBeLessThanOrEqual(1);
        s = now;
        if (follow) follower.apply((await store.changesSince(follower.s))!);
      }
      follower.apply((await store.changesSince(follower.s))!);
      const snapshot = await store.snapshot();
      follower.expectEqual(snapshot);
      expectDisjointChunks(snapshot.segments);
      await store.close();
    }),
    { numRuns: 200 },
  );
});
