import { describe, expect, test } from 'vitest';
import { Supervisors } from '../../../../src/coordination/overlord/supervisors.js';
import type { SupervisorRuntime } from '../../../../src/coordination/overlord/supervisor-runtime.js';
import type { GroupActivity } from '../../../../src/protocol/group-activity.js';
import type { NodeRow } from '../../../../src/metadata/metadata-store.js';
import { MetadataView } from '../../../../src/metadata/metadata-view.js';
import { systemClock } from '../../../../src/platform/clock.js';
import { ClusterRuntime } from '../../../../src/server/cluster-runtime.js';
import { addActivityRoutes } from '../../../../src/server/http/routes/activity-routes.js';
import { addSupervisorRoutes } from '../../../../src/server/http/routes/supervisor-routes.js';
import { openMemoryStore } from '../../coordination/memory-store.js';
import { serve } from '../serve.js';

const PREFIX = '/druid/indexer/v1/supervisor';
const NO_ROWS = { processed: 0, processedBytes: 0, processedWithError: 0, thrownAway: 0, unparseable: 0 };

function activity(group: number, trouble?: GroupActivity['trouble']): GroupActivity {
  return {
    group,
    taskId: `task ${group}`,
    startTimeMs: 0,
    remainingMs: 1000,
    startingOffsets: { '0': 1 },
    currentOffsets: { '0': 5 },
    latestOffsets: { '0': 7 },
    publishing: [],
    trouble,
    isIdle: false,
    totals: { ...NO_ROWS, processed: 4 },
    movingAverages: { '1m': NO_ROWS, '5m': NO_ROWS, '15m': NO_ROWS },
    memoryBytes: 0,
    spilled: { sequences: 0, rows: 0, bytes: 0 },
    recentErrors: [],
    parseErrors: [{ input: '{' }],
  };
}

/** Supervisor routes over a store in memory; a spec is `{id, suspended}`. */
async function overlord(runtime: Partial<SupervisorRuntime> = {}): Promise<{
  readonly get: (path: string) => Promise<readonly [number, unknown]>;
  readonly post: (path: string, body?: unknown, headers?: object) => Promise<readonly [number, unknown]>;
}> {
  const store = await openMemoryStore(systemClock);
  const view = new MetadataView(store);
  const supervisors = new Supervisors({
    store,
    view,
    clock: systemClock,
    runtime: { activity: () => Promise.resolve([]), handOff: () => Promise.resolve(), ...runtime },
    read: (json) => {
      const { id, suspended = false } = json as { id: string; suspended?: boolean };
      const outline = { id, dataSource: id, stream: 't', replicas: 1, taskCount: 1, taskDurationMs: 1000, suspended };
      return { ...outline, type: 'kafka', shown: json };
    },
  });
  const { url } = await serve((router) => addSupervisorRoutes(router, { supervisors }));
  const ask = async (path: string, init: RequestInit): Promise<readonly [number, unknown]> => {
    const answer = await fetch(url + PREFIX + path, init);
    const body = await answer.text();
    return [answer.status, body.startsWith('{') || body.startsWith('[') ? JSON.parse(body) : body];
  };
  return {
    get: (path) => ask(path, { method: 'GET' }),
    post: (path, body, headers = { 'content-type': 'application/json' }) =>
      ask(path, { method: 'POST', headers: { ...headers }, ...(body !== undefined && { body: JSON.stringify(body) }) }),
  };
}

describe('a supervisor', () => {
  test('is suspended and resumed, once each', async () => {
    const { get, post } = await overlord();
    await post('', { id: 'a/b' });
    expect(await post('/a%2Fb/resume')).toEqual([400, { error: '[a/b] is already running' }]);
    expect(await post('/a%2Fb/suspend')).toEqual([200, { id: 'a/b', suspended: true }]);
    expect(await get('?state=true')).toMatchObject([200, [{ id: 'a/b', state: 'SUSPENDED', suspended: true }]]);
    expect(await post('/a%2Fb/resume')).toEqual([200, { id: 'a/b', suspended: false }]);
    expect(await get('')).toEqual([200, ['a/b']]);
  });

  test('is terminated by either name, and its history stays', async () => {
    const { get, post } = await overlord();
    for (const [id, command] of [
      ['a', 'terminate'],
      ['b', 'shutdown'],
    ]) {
      await post('', { id });
      expect(await post(`/${id}/${command}`)).toEqual([200, { id }]);
      expect(await get(`/${id}`)).toEqual([404, `Cannot find any supervisor with id: [${id}]`]);
      const [status, history] = await get(`/${id}/history`);
      expect([status, (history as unknown[]).length]).toEqual([200, 2]);
    }
  });

  test('is told unhealthy with status 503', async () => {
    const { get, post } = await overlord({ activity: () => Promise.resolve([activity(0, 'DATA_LOSS')]) });
    await post('', { id: 'a' });
    expect(await get('/a/health')).toEqual([503, { healthy: false }]);
    expect(await get('/nope/health')).toEqual([404, 'Cannot find any supervisor with id: [nope]']);
  });

  test('tells what its groups do', async () => {
    const { get, post } = await overlord({ activity: () => Promise.resolve([activity(0)]) });
    await post('', { id: 'a' });
    expect(await get('/a/status')).toMatchObject([200, { payload: { aggregateLag: 2, state: 'RUNNING' } }]);
    expect(await get('/a/stats')).toMatchObject([
      200,
      { '0': { 'task 0': { totals: { buildSegments: { processed: 4 } } } } },
    ]);
    expect(await get('/a/parseErrors')).toEqual([200, [{ input: '{' }]]);
  });

  test('is reset, also to offsets of its own stream only', async () => {
    const { post } = await overlord();
    await post('', { id: 'a' });
    expect(await post('/a/reset')).toEqual([200, { id: 'a' }]);
    const to = (stream: string): unknown => ({
      type: 'kafka',
      partitions: { type: 'end', stream, partitionOffsetMap: { '0': 100 } },
    });
    expect(await post('/a/resetOffsets', to('t'))).toEqual([200, { id: 'a' }]);
    expect(await post('/a/resetOffsets', to('other'))).toMatchObject([400, { error: expect.any(String) }]);
    expect(await post('/nope/resetOffsets', to('t'))).toEqual([404, 'Cannot find any supervisor with id: [nope]']);
  });
});

describe('bodies', () => {
  test('must be said to be JSON', async () => {
    const { post } = await overlord();
    expect(await post('', { id: 'a' }, { 'content-type': 'text/plain' })).toEqual([415, '']);
    expect(await post('', { id: 'a' }, { 'content-type': 'Application/JSON; charset=utf-8' })).toEqual([
      200,
      { id: 'a' },
    ]);
  });

  test('that nest too deep are refused', async () => {
    const { post } = await overlord();
    let deep: unknown = 1;
    for (let i = 0; i < 500; i++) deep = [deep];
    expect(await post('', { id: 'a', deep })).toMatchObject([400, { error: expect.stringContaining('deeper than') }]);
  });
});

test('all supervisors are suspended, resumed and terminated together', async () => {
  const { get, post } = await overlord();
  await post('', { id: 'a' });
  await post('', { id: 'b' });
  expect(await post('/suspendAll')).toEqual([200, { status: 'success' }]);
  expect(await get('?state=true')).toMatchObject([200, [{ suspended: true }, { suspended: true }]]);
  expect(await post('/resumeAll')).toEqual([200, { status: 'success' }]);
  expect(Object.keys((await get('/history'))[1] as object)).toEqual(['a', 'b']);
  expect(await post('/terminateAll')).toEqual([200, { status: 'success' }]);
  expect(await get('/')).toEqual([200, []]);
  const [, histories] = await get('/history');
  const { a } = histories as { readonly a: readonly { readonly spec: unknown }[] };
  expect(Object.keys(histories as object)).toEqual(['a', 'b']);
  expect(a[0]!.spec).toMatchObject({ type: 'noop', dataSources: [expect.any(String)] });
});

describe('indexing nodes', () => {
  test('are asked for their groups, and told to hand off; one that is gone is left out', async () => {
    const told: unknown[] = [];
    const nodes: NodeRow[] = [];
    for (const group of [1, 0]) {
      const { port } = await serve((router) =>
        addActivityRoutes(router, {
          activity: (id) => (id === 'a/b' ? [activity(group)] : []),
          handOff: (id, groups) => void told.push([group, id, groups]),
        }),
      );
      nodes.push({ host: '127.0.0.1', port } as NodeRow);
    }
    const { server, port } = await serve(() => {});
    server.close();
    const runtime = new ClusterRuntime(() => [...nodes, { host: '127.0.0.1', port } as NodeRow]);
    expect(await runtime.activity('a/b')).toEqual([activity(0), activity(1)]);
    expect(await runtime.activity('other')).toEqual([]);
    await runtime.handOff('a/b', [0, 1]);
    expect(told.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
      [0, 'a/b', [0, 1]],
      [1, 'a/b', [0, 1]],
    ]);
  });
});
