import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  DeadLetter,
  StoredDeadLetter,
  MetadataStore,
  NodeRow,
  TaskRow,
} from '../../../src/metadata/metadata-store.js';
import { databaseKinds, type TestDatabase } from './stores.js';

const GONE_MS = -1;

function node(id: string, roles: NodeRow['roles'] = ['historical']): Omit<NodeRow, 'heartbeatAtMs'> {
  return { id, roles, host: '127.0.0.1', port: 8083, startedAtMs: 1_750_000_000_123, viewS: 7 };
}

function waiting(id: string, createdAtMs: number, dataSource = 'wiki'): TaskRow {
  const empty = { durationMs: -1, errorMsg: null, nodeId: null, report: null };
  return { id, type: 'index_parallel', dataSource, createdAtMs, state: 'WAITING', payload: { spec: id }, ...empty };
}

describe.each(databaseKinds)('leases, nodes and tasks on $name', (kind) => {
  let database: TestDatabase;
  let store: MetadataStore;
  beforeAll(async () => {
    database = await kind.create();
    store = await database.open();
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  test('a lease has one holder until it expires or is released, and its epoch is the S of its last change of owner', async () => {
    expect(await store.acquireLease('l', 'a', 60_000)).toMatchObject({ name: 'l', epoch: 1, holder: 'a' });
    expect(await store.acquireLease('l', 'b', 60_000)).toBeUndefined();
    expect(await store.renewLease('l', 'a', 1, 60_000)).toBe(true);
    expect(await store.renewLease('l', 'b', 1, 60_000)).toBe(false);
    expect(await store.releaseLease('l', 'b', 1)).toBe(false);
    expect(await store.releaseLease('l', 'a', 1)).toBe(true);
    expect(await store.renewLease('l', 'a', 1, 60_000)).toBe(false);
    expect(await store.acquireLease('l', 'b', GONE_MS)).toMatchObject({ epoch: 3, holder: 'b' });
    expect(await store.acquireLease('l', 'a', 60_000)).toMatchObject({ epoch: 4, holder: 'a' });
    expect(await store.renewLease('l', 'b', 3, 60_000)).toBe(false);
    expect(await store.acquireLease('l', 'a', 60_000)).toMatchObject({ epoch: 5, holder: 'a' });
  });

  test('renewing moves the expiry without a new S', async () => {
    const { epoch } = (await store.acquireLease('renewed', 'a', GONE_MS))!;
    const s = await store.currentS();
    expect(await store.renewLease('renewed', 'a', epoch, 60_000)).toBe(true);
    expect(await store.acquireLease('renewed', 'b', 60_000)).toBeUndefined();
    expect(await store.currentS()).toBe(s);
  });

  test('of many that want a lease one gets it', async () => {
    const wanting = Array.from({ length: 8 }, (_, i) => store.acquireLease('wanted', `node-${i}`, 60_000));
    expect((await Promise.all(wanting)).filter((lease) => lease !== undefined)).toHaveLength(1);
  });

  test('nodes are live for as long as their heartbeats are recent', async () => {
    const before = Date.now();
    await store.heartbeat(node('n1', ['broker', 'coordinator']));
    await store.heartbeat(node('n2'));
    const live = await store.liveNodes(10_000);
    expect(live).toMatchObject([node('n1', ['broker', 'coordinator']), node('n2')]);
    expect(live[0]!.heartbeatAtMs).toBeGreaterThanOrEqual(before - 1_000);
    // Long enough that a busy machine does not make the younger heartbeat look old as well.
    await sleep(2_500);
    await store.heartbeat({ ...node('n2'), viewS: 8 });
    expect(await store.liveNodes(2_000)).toMatchObject([{ id: 'n2', viewS: 8 }]);
    await store.removeNode('n1');
    expect((await store.liveNodes(10_000)).map((live_) => live_.id)).toEqual(['n2']);
  });

  test('a store that no heartbeat reaches makes nobody dead', async () => {
    await store.heartbeat(node('n1'));
    await store.heartbeat(node('n2'));
    await store.announceReplicas('n1', ['segment'], []);
    await sleep(1_500);
    expect((await store.liveNodes(1_000)).map(({ id }) => id)).toEqual(['n1', 'n2']);
  });

  test('a segment counts as loaded while a live node has it', async () => {
    await store.heartbeat(node('h1'));
    await store.heartbeat(node('h2'));
    const many = Array.from({ length: 1200 }, (_, i) => `segment-${i}`);
    await store.announceReplicas('h1', many, []);
    await store.announceReplicas('h2', ['segment-0', 'other'], []);
    await store.announceReplicas('unknown', ['unknown-only'], []);
    expect((await store.loadedAmong([...many, 'other', 'nope', 'unknown-only'])).size).toBe(1201);
    await store.announceReplicas('h1', [], ['segment-1']);
    expect(await store.loadedAmong(['segment-0', 'segment-1'])).toEqual(new Set(['segment-0']));
    await store.clearReplicas('h1');
    expect(await store.loadedAmong(['segment-0', 'segment-2'])).toEqual(new Set(['segment-0']));
    await store.removeNode('h2');
    expect(await store.loadedAmong(['segment-0'])).toEqual(new Set());
  });

  test('waiting tasks are claimed oldest first, each by one node', async () => {
    for (let i = 0; i < 6; i++) await store.putTask(waiting(`t${i}`, 1_000 + i));
    const claimed = await Promise.all(Array.from({ length: 8 }, (_, i) => store.claimTask(`node-${i}`)));
    expect(claimed.filter((task) => task !== undefined).map((task) => task.id)).toHaveLength(6);
    expect(new Set(claimed.map((task) => task?.id)).size).toBe(7);
    expect(await store.task('t0')).toMatchObject({ state: 'RUNNING', payload: { spec: 't0' }, report: null });
    expect((await store.task('t0'))!.nodeId).toMatch(/^node-/);
  });

  test('how a task ended is final', async () => {
    await store.putTask(waiting('final', 5_000, 'final'));
    await store.updateTask('final', { state: 'SUCCESS', durationMs: 12, report: { rows: 3 } });
    await store.updateTask('final', { state: 'FAILED', errorMsg: 'shut down' });
    await store.putTask(waiting('final', 5_000, 'final'));
    expect(await store.task('final')).toMatchObject({
      state: 'SUCCESS',
      durationMs: 12,
      errorMsg: null,
      report: { rows: 3 },
    });
    expect(await store.task('nope')).toBeUndefined();
  });

  test('tasks are listed newest first, by state and data source', async () => {
    await store.putTask(waiting('x1', 9_001, 'x'));
    await store.putTask(waiting('x2', 9_002, 'x'));
    await store.updateTask('x1', { state: 'FAILED', errorMsg: 'no' });
    expect((await store.tasks({ dataSource: 'x' })).map((task) => task.id)).toEqual(['x2', 'x1']);
    expect((await store.tasks({ dataSource: 'x', states: ['FAILED'] })).map((task) => task.errorMsg)).toEqual(['no']);
    expect(await store.tasks({ limit: 1 })).toMatchObject([{ id: 'x2' }]);
    expect(await store.tasks({ states: [] })).toEqual([]);
  });

  test('supervisors have a history that outlives them, newest first', async () => {
    const first = await store.putSupervisor({ id: 's/1', dataSource: 's', spec: { a: 1 }, suspended: false });
    await store.putSupervisor({ id: 's/1', dataSource: 's', spec: { a: 2 }, suspended: true });
    expect((await store.snapshot()).supervisors).toMatchObject([{ id: 's/1', spec: { a: 2 }, suspended: true }]);
    expect(await store.removeSupervisor('s/1')).toBe(true);
    const history = await store.supervisorHistory('s/1');
    expect(history.map((entry) => entry.spec)).toEqual([
      { type: 'noop', id: null, dataSources: ['s'], suspended: false, source: 'noop' },
      { a: 2 },
      { a: 1 },
    ]);
    expect(history[2]!.version).toBe(first.version);
    expect(first.version).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test('a topic that is made anew has its own letters at the same offsets, and a reason may hold any character', async () => {
    const letter = { partition: '0', offset: 5, timestampMs: 1, record: new Uint8Array([1]) };
    await store.addDeadLetters('t', 'first', [{ ...letter, reason: 'bad \0 byte' }]);
    await sleep(5);
    await store.addDeadLetters('t', 'second', [{ ...letter, reason: 'of the second' }]);
    const kept = await store.deadLetters('t', 10);
    expect(kept.map(({ incarnation, reason }) => [incarnation, reason])).toEqual([
      ['second', 'of the second'],
      ['first', 'bad \uFFFD byte'],
    ]);
  });

  test('dead letters are kept with their bytes, newest first, and bounded', async () => {
    const letter = (offset: number): DeadLetter => ({
      partition: '0',
      offset,
      timestampMs: 1_750_000_000_000 + offset,
      reason: 'not JSON',
      record: new Uint8Array([0, 255, offset % 256]),
    });
    const stored = (offset: number): StoredDeadLetter => ({ ...letter(offset), incarnation: 'first' });
    await store.addDeadLetters('s', 'first', [letter(1), letter(2)]);
    await sleep(5);
    await store.addDeadLetters('s', 'first', [letter(2), letter(3)]);
    expect(await store.deadLetters('s', 10)).toEqual([stored(3), stored(2), stored(1)]);
    await sleep(5);
    await store.addDeadLetters(
      's',
      'first',
      Array.from({ length: 10_500 }, (_, i) => letter(100 + i)),
    );
    const kept = await store.deadLetters('s', 20_000);
    expect(kept).toHaveLength(10_000);
    expect(kept[0]!.offset).toBe(10_599);
    expect(await store.deadLetters('other', 10)).toEqual([]);
  });
});
