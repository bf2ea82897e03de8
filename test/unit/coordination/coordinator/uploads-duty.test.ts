import { afterEach, beforeEach, expect, test } from 'vitest';
import { uploadsDuty } from '../../../../src/coordination/coordinator/uploads-duty.js';
import type { Duty } from '../../../../src/coordination/coordinator/coordinator.js';
import type { SqlMetadataStore } from '../../../../src/metadata/sql-metadata-store.js';
import { SimulatedClock } from '../../../../src/platform/simulated-clock.js';
import { openMemoryStore } from '../memory-store.js';

const LATE_MS = 60_000;
let clock: SimulatedClock;
let store: SqlMetadataStore;
let objects: Set<string>;
let failing: string | undefined;
let removed: string[];
let duty: Duty;

beforeEach(async () => {
  clock = new SimulatedClock();
  store = await openMemoryStore(clock);
  objects = new Set();
  failing = undefined;
  removed = [];
  duty = uploadsDuty({
    store,
    remove: async (path) => {
      if (path === failing) throw new Error('deep storage is away');
      removed.push(path);
      objects.delete(path);
    },
    periodMs: 1_000,
    silentMs: 30_000,
    lateMs: LATE_MS,
    onDeleted: () => {},
  });
});
afterEach(() => store.close());

async function push(...paths: string[]): Promise<void> {
  await store.noteUploads({ nodeId: 'a', startedAtMs: 1 }, paths);
  for (const path of paths) objects.add(path);
}

test('deletes what dead processes left, and leaves what a live one pushes', async () => {
  await push('left');
  await duty.run(1);
  expect(objects).toEqual(new Set());
  await store.heartbeat({ id: 'a', roles: ['indexer'], host: 'h', port: 1, startedAtMs: 1, viewS: 0 });
  await push('under-way');
  await duty.run(1);
  expect(objects).toEqual(new Set(['under-way']));
});

test('deletes once, and once more when nothing can arrive any more; then it is forgotten', async () => {
  await push('late');
  for (let i = 0; i < 3; i++) await duty.run(1);
  expect(removed).toEqual(['late']);
  objects.add('late');
  await clock.advance(LATE_MS);
  await duty.run(1);
  expect(objects).toEqual(new Set());
  expect(await store.uploadsGivenUp(10)).toEqual([]);
});

test('what could not be deleted is deleted at a later turn', async () => {
  await push('a', 'b');
  failing = 'b';
  await expect(duty.run(1)).rejects.toThrow('away');
  failing = undefined;
  await duty.run(1);
  expect(objects).toEqual(new Set());
});
