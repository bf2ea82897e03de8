import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MetadataStore } from '../../../src/metadata/metadata-store.js';
import { MetadataView } from '../../../src/metadata/metadata-view.js';
import { statementKinds, type TestDatabase } from './stores.js';

let database: TestDatabase;
let store: MetadataStore;
let view: MetadataView;

beforeEach(async () => {
  database = await statementKinds[0]!.create();
  store = await database.open();
  view = new MetadataView(store);
  await view.start(60_000, (error) => {
    throw error;
  });
});
afterEach(async () => {
  view.stop();
  await store.close();
  await database.drop();
});

test('a refresh shows every commit made before it was asked for, also when others are being followed', async () => {
  for (let round = 0; round < 300; round++) {
    const id = `supervisor-${round}`;
    // The commit's own hint starts a refresh that may be over, about to be over, or under way when ours is asked for.
    const committed = store.putSupervisor({ id, dataSource: id, spec: {}, suspended: false });
    const others = round % 3 === 0 ? [] : Array.from({ length: round % 3 }, () => view.refresh());
    await committed;
    for (let turn = 0; turn < round % 7; turn++) await Promise.resolve();
    await view.refresh();
    expect(view.supervisors().some((row) => row.id === id)).toBe(true);
    await Promise.all(others);
  }
});

test('a refresh asked for in the moment in which another ends reads again', async () => {
  // The first read of changes is followed by a commit that it does not hold, and no hint tells of it.
  let wasRead = false;
  const following = new MetadataView({
    onCommit: () => () => {},
    snapshot: () => store.snapshot(),
    changesSince: async (s) => {
      const changes = await store.changesSince(s);
      if (!wasRead) await store.putSupervisor({ id: 'late', dataSource: 'late', spec: {}, suspended: false });
      wasRead = true;
      return changes;
    },
  });
  await following.refresh();
  await store.putSupervisor({ id: 'early', dataSource: 'early', spec: {}, suspended: false });
  const askedAtTheEnd = new Promise<void>((resolve) => {
    // Listeners are called just before a refresh is over; a microtask later it is.
    const unsubscribe = following.onChange(() => {
      unsubscribe();
      queueMicrotask(() => resolve(following.refresh()));
    });
  });
  await following.refresh();
  await askedAtTheEnd;
  expect(following.supervisors().map((row) => row.id)).toEqual(['early', 'late']);
});
