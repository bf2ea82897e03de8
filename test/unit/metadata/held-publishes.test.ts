import { afterEach, beforeEach, expect, test } from 'vitest';
import { fixState } from '../../../src/broker/fixed-state.js';
import { HeldPublishes } from '../../../src/metadata/held-publishes.js';
import type { LeaseRow, MetadataStore, PublishSequence } from '../../../src/metadata/metadata-store.js';
import { MetadataView } from '../../../src/metadata/metadata-view.js';
import { streamLeaseName } from '../../../src/metadata/stream-state.js';
import { systemClock } from '../../../src/platform/clock.js';
import { eventually } from '../../support/millrace-process.js';
import { HOUR_MS, newSegment, sequence, statementKinds, T0, type TestDatabase } from './stores.js';

/** What a broker uses of a publish while no historical has loaded its segments. */

const LEASE = streamLeaseName('wiki', 0, 1);
const DAY = { startMs: T0, endMs: T0 + 24 * HOUR_MS };

let database: TestDatabase;
let store: MetadataStore;
let view: MetadataView;
let lease: LeaseRow;

beforeEach(async () => {
  database = await statementKinds[0]!.create();
  store = await database.open();
  await store.putSupervisor({ id: 'wiki', dataSource: 'wiki', spec: {}, suspended: false });
  lease = (await store.acquireLease(LEASE, 'node-a', 60_000))!;
  await store.heartbeat({ id: 'h', roles: ['historical'], host: 'h', port: 1, startedAtMs: 1, viewS: 0 });
  // Where the stream begins.
  await publish(0, 0);
  view = new MetadataView(store, new HeldPublishes(store, systemClock));
  await view.start(60_000, (error) => {
    throw error;
  });
});
afterEach(async () => {
  view.stop();
  await store.close();
  await database.drop();
});

async function publish(from: number, to: number, segments: PublishSequence['segments'] = []): Promise<string[]> {
  const outcome = await store.publishSequence({
    ...sequence(lease, from, to, segments),
    lease: { name: LEASE, holder: 'node-a', epoch: lease.epoch },
  });
  if (outcome.kind !== 'published') throw new Error(`${outcome.reason}: ${outcome.detail}`);
  return outcome.segments.map(({ id }) => id);
}

/** Segments that a query reads, and the offset after which it reads the stream. */
async function used(): Promise<{ readonly segments: string[]; readonly after: number | undefined }> {
  await view.refresh();
  const { segments, streams } = fixState(view, ['wiki'], [DAY], null, view.held);
  return {
    segments: segments.get('wiki')!.map(({ row }) => row.id),
    after: streams.get('wiki')?.[0]?.groups[0]?.committed['0'],
  };
}

const hour = (n: number) => newSegment(n * HOUR_MS, (n + 1) * HOUR_MS);

test('rows of a publish come from the stream until a historical has loaded all of its segments', async () => {
  const ids = await publish(0, 10, [hour(0), hour(1)]);
  const before = view.s;
  expect(await used()).toEqual({ segments: [], after: 0 });
  expect(view.s).toBeGreaterThan(before);
  expect(view.held!.minS(view.s)).toBe(before);
  await store.announceReplicas('h', [ids[0]!], []);
  expect(await used()).toEqual({ segments: [], after: 0 });
  await store.announceReplicas('h', [ids[1]!], []);
  await eventually(async () => ((await used()).after === 10 ? true : undefined));
  expect((await used()).segments.sort()).toEqual([...ids].sort());
  expect(view.held!.minS(view.s)).toBe(view.s);
});

test('publishes are let through in their order', async () => {
  const [first] = await publish(0, 10, [hour(0)]);
  expect(await used()).toEqual({ segments: [], after: 0 });
  const [second] = await publish(10, 20, [hour(0)]);
  await store.announceReplicas('h', [second!], []);
  expect(await used()).toEqual({ segments: [], after: 0 });
  await store.announceReplicas('h', [first!], []);
  await eventually(async () => ((await used()).after === 20 ? true : undefined));
  expect((await used()).segments.sort()).toEqual([first!, second!].sort());
});

test('a query over named segments reads them wherever they are', async () => {
  await publish(0, 10, [hour(0)]);
  await used();
  const [row] = view.segments();
  const named = [{ interval: DAY, version: row!.version, partitionNumber: row!.partitionNum }];
  const { segments } = fixState(view, ['wiki'], [DAY], named, view.held);
  expect(segments.get('wiki')!.map((segment) => segment.row.id)).toEqual([row!.id]);
});

test.each<[string, () => Promise<unknown>]>([
  ['another owner', () => store.releaseLease(LEASE, 'node-a', lease.epoch)],
  ['another spec', () => store.putSupervisor({ id: 'wiki', dataSource: 'wiki', spec: { a: 1 }, suspended: true })],
  ['the end of its supervisor', () => store.removeSupervisor('wiki')],
  [
    'a newer version of its interval',
    () => store.publishBatch({ dataSource: 'wiki', append: false, intervals: [DAY], segments: [hour(3)] }),
  ],
  [
    'the end of its segments',
    () =>
      store.retireSegments(
        'wiki',
        view.segments().map(({ id }) => id),
      ),
  ],
  [
    'other rows of the data source',
    () => store.publishBatch({ dataSource: 'wiki', append: true, intervals: [], segments: [hour(7)] }),
  ],
])('%s lets a held publish through', async (_, change) => {
  await publish(0, 10, [hour(0)]);
  expect(await used()).toEqual({ segments: [], after: 0 });
  await change();
  await view.refresh();
  expect(view.held!.minS(view.s)).toBe(view.s);
  const { segments } = fixState(view, ['wiki'], [DAY], null, view.held);
  expect(segments.get('wiki')!.map(({ row }) => row.id)).toEqual(view.visible('wiki', DAY).map(({ row }) => row.id));
  for (const stream of view.streams('wiki', view.held)) expect(stream.groups[0]!.committed).toEqual({ 0: 10 });
});

test('a change of another data source lets nothing through', async () => {
  await publish(0, 10, [hour(0)]);
  await store.publishBatch({ dataSource: 'other', append: true, intervals: [], segments: [hour(0)] });
  await store.putSupervisor({ id: 'other', dataSource: 'other', spec: {}, suspended: false });
  expect(await used()).toEqual({ segments: [], after: 0 });
});

test('a view that begins anew holds nothing', async () => {
  const ids = await publish(0, 10, [hour(0)]);
  const fresh = new MetadataView(store, new HeldPublishes(store, systemClock));
  await fresh.refresh();
  const { segments } = fixState(fresh, ['wiki'], [DAY], null, fresh.held);
  expect(segments.get('wiki')!.map(({ row }) => row.id)).toEqual(ids);
  fresh.stop();
});
