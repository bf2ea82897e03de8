import { afterAll, beforeAll, expect, test } from 'vitest';
import { compactionState, parseCompactSpec } from '../../../../src/indexing/spec/compact-spec.js';
import { MetadataView } from '../../../../src/metadata/metadata-view.js';
import type { SqlMetadataStore } from '../../../../src/metadata/sql-metadata-store.js';
import { systemClock } from '../../../../src/platform/clock.js';
import { addCompactionRoutes } from '../../../../src/server/http/routes/compaction-routes.js';
import { openMemoryStore } from '../../coordination/memory-store.js';
import { listen, type Served } from '../serve.js';

const OVERLORD = '/druid/indexer/v1/compaction';
const COORDINATOR = '/druid/coordinator/v1';
let store: SqlMetadataStore;
let served: Served;

beforeAll(async () => {
  store = await openMemoryStore(systemClock);
  const view = new MetadataView(store);
  await view.refresh();
  const checkCompaction = (config: object): void => void parseCompactSpec({ ...config, interval: '2000/2001' });
  served = await listen((router) => addCompactionRoutes(router, { store, view, checkCompaction, compactionState }));
});
afterAll(async () => {
  served.server.close();
  await store.close();
});

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const response = await fetch(served.url + path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

test('a config whose period is none is refused', async () => {
  const refused = await ask('POST', `${OVERLORD}/config/datasources/wiki`, {
    dataSource: 'wiki',
    skipOffsetFromLatest: 'x',
  });
  expect(refused).toMatchObject({ status: 400, json: { error: expect.stringContaining('skipOffsetFromLatest') } });
  expect((await ask('GET', `${OVERLORD}/config/datasources`)).json).toEqual({ compactionConfigs: [] });
});

test('a config that the overlord was given is the one that the coordinator shows, and both forget it', async () => {
  const config = { dataSource: 'wiki', skipOffsetFromLatest: 'PT1H' };
  expect(await ask('POST', `${OVERLORD}/config/datasources/wiki`, config)).toEqual({
    status: 200,
    json: { success: true },
  });
  const stored = { ...config, taskPriority: 25, inputSegmentSizeBytes: 100_000_000_000_000 };
  expect((await ask('GET', `${OVERLORD}/config/datasources`)).json).toEqual({ compactionConfigs: [stored] });
  expect((await ask('GET', `${OVERLORD}/config/datasources/wiki`)).json).toEqual(stored);
  expect((await ask('GET', `${COORDINATOR}/config/compaction/wiki`)).json).toEqual(stored);
  expect((await ask('GET', `${OVERLORD}/status/datasources/wiki`)).json).toMatchObject({ dataSource: 'wiki' });
  expect((await ask('GET', `${OVERLORD}/status/datasources`)).json).toMatchObject({
    latestStatus: [{ dataSource: 'wiki', scheduleStatus: 'RUNNING' }],
  });
  expect((await ask('DELETE', `${OVERLORD}/config/datasources/wiki`)).json).toEqual({ success: true });
  expect((await ask('GET', `${COORDINATOR}/config/compaction/wiki`)).status).toBe(404);
  expect((await ask('GET', `${OVERLORD}/status/datasources/wiki`)).status).toBe(404);
  expect((await ask('GET', `${OVERLORD}/config/datasources/wiki/history`)).json).toMatchObject({
    entries: [{ compactionConfig: null }, { compactionConfig: stored }],
  });
});

test('settings of the cluster are the same by both APIs; what is not there is refused', async () => {
  const limits = { compactionTaskSlotRatio: 0.5, maxCompactionTaskSlots: 7 };
  expect((await ask('POST', `${OVERLORD}/config/cluster`, limits)).json).toEqual({ success: true });
  expect((await ask('GET', `${OVERLORD}/config/cluster`)).json).toMatchObject({ ...limits, engine: 'native' });
  expect((await ask('GET', `${COORDINATOR}/config/compaction`)).json).toMatchObject(limits);
  expect((await ask('POST', `${OVERLORD}/config/cluster`, { useSupervisors: true })).status).toBe(501);
  expect((await ask('POST', `${OVERLORD}/config/cluster`, { maxCompactionTaskSlots: -1 })).status).toBe(400);
  expect((await ask('GET', `${OVERLORD}/isSupervisorEnabled`)).json).toBe(false);
});
