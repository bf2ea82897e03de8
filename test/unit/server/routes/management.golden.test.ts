import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseInterval } from '../../../../src/common/iso-time.js';
import { Supervisors } from '../../../../src/coordination/overlord/supervisors.js';
import { TaskQueue } from '../../../../src/coordination/overlord/tasks.js';
import { MemoryDeepStorage } from '../../../../src/deep-storage/memory.js';
import { readSupervisor, readTask } from '../../../../src/spec-readers.js';
import type { NodeRow } from '../../../../src/metadata/metadata-store.js';
import { MetadataView } from '../../../../src/metadata/metadata-view.js';
import type { SqlMetadataStore } from '../../../../src/metadata/sql-metadata-store.js';
import { systemClock } from '../../../../src/platform/clock.js';
import { SeededRandomness } from '../../../../src/platform/randomness.js';
import { addConfigRoutes } from '../../../../src/server/http/routes/config-routes.js';
import { addCoordinatorRoutes } from '../../../../src/server/http/routes/coordinator-routes.js';
import { sample } from '../../../../src/indexing/sampler/sample.js';
import { NO_ACCESS } from '../../../../src/indexing/input-access.js';
import { addSamplerRoutes } from '../../../../src/server/http/routes/sampler-routes.js';
import { addDynamicConfigRoutes } from '../../../../src/server/http/routes/dynamic-config-routes.js';
import { addServerRoutes } from '../../../../src/server/http/routes/server-routes.js';
import { addSegmentRoutes } from '../../../../src/server/http/routes/segment-routes.js';
import { addStatusRoutes } from '../../../../src/server/http/routes/status-routes.js';
import { addSupervisorRoutes } from '../../../../src/server/http/routes/supervisor-routes.js';
import { addTaskRoutes } from '../../../../src/server/http/routes/task-routes.js';
import { openMemoryStore } from '../../coordination/memory-store.js';
import { listen, type Served } from '../serve.js';
import { noting } from '../../../support/noting.js';

/** Recorded answers of Druid 33.0.0: one file a request, run in order of their names. */
interface Case {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Record<string, string>;
    readonly body?: unknown;
    readonly rawBody?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly raw?: string;
  };
}

const CASES = join(import.meta.dirname, '../../../conformance/cases');
const NODE: NodeRow = {
  id: 'node-1',
  roles: ['broker', 'historical', 'indexer', 'coordinator'],
  host: 'localhost',
  port: 8888,
  startedAtMs: 0,
  heartbeatAtMs: 0,
  viewS: 0,
};
/** Recorded requests to routes or with data that these tests do not set up: the conformance run asks them. */
const NOT_HERE: Readonly<Record<string, readonly string[]>> = {
  status: [
    'coordinator-health',
    'coordinator-selfDiscovered-status',
    'coordinator-status',
    'historical-selfDiscovered',
    'historical-selfDiscovered-status',
    'indexer-health',
    'indexer-selfDiscovered',
    'indexer-selfDiscovered-status',
    'indexer-status',
    'root-redirect',
    'router-selfDiscovered-status',
    'unified-console',
  ],
  coordinator: [
    'ds-interval-one-full',
    'ds-tiers',
    'interval-one',
    'interval-one-simple',
    'intervals-full',
    'introspect-lookups',
    'introspect-one',
    'introspect-unknown',
    'loadqueue-simple',
    'lookups-bad-config',
    'lookups-config-discover',
    'lookups-nodeStatus',
    'lookups-one',
    'lookups-status',
    'lookups-status-tier',
    'lookups-tier',
    'markUsed-none',
    'server-one',
    'server-one-segments',
    'tier-one-simple',
    'tier-unknown',
  ],
  overlord: ['lockedIntervals', 'lockedIntervals-post'],
};
/** The data sources that the recorded server held, with one segment an interval. */
const SEGMENTS: Readonly<Record<string, readonly string[]>> = {
  lineitem: ['1992-01-01/1993-01-01', '1993-01-01/1994-01-01'],
  mvd: ['2024-03-09/2024-03-10', '2024-03-10/2024-03-11', '2024-03-11/2024-03-12'],
  wikipedia: ['2015-09-12/2015-09-13'],
  wikipedia_rollup: ['2015-09-12T00/2015-09-12T06', '2015-09-12T06/2015-09-12T12'],
};

let store: SqlMetadataStore;
let served: Served;

beforeAll(async () => {
  store = await openMemoryStore(systemClock);
  const view = new MetadataView(store);
  await fill();
  await view.refresh();
  const cluster = { all: () => [NODE] };
  const shared = { view, store, cluster, nodeId: NODE.id, leader: () => NODE };
  const tasks = new TaskQueue({ store, clock: systemClock, randomness: new SeededRandomness(1), read: readTask });
  const runtime = { activity: () => Promise.resolve([]), handOff: () => Promise.resolve() };
  const supervisors = new Supervisors({ store, view, runtime, clock: systemClock, read: readSupervisor });
  served = await listen((router) => {
    addCoordinatorRoutes(router, shared);
    addDynamicConfigRoutes(router, shared);
    addServerRoutes(router, { ...shared, tasks, maxBytes: 1_000_000, nowMs: () => systemClock.nowMs() });
    addSegmentRoutes(router, { ...shared, submit: (task) => tasks.submit(task) });
    addConfigRoutes(router, { ...shared, checkCompaction: () => {}, compactionState: (config) => config });
    addTaskRoutes(router, { ...shared, tasks });
    addSupervisorRoutes(router, { supervisors });
    addSamplerRoutes(router, {
      sample: (spec) =>
        sample(spec, {
          access: NO_ACCESS,
          view,
          deepStorage: new MemoryDeepStorage(),
          temporaryDirectory: join(tmpdir(), 'millrace-golden-sampler'),
          clock: systemClock,
        }),
    });
    addStatusRoutes(router, {
      version: '0.0.0',
      ready: () => true,
      properties: () => ({ 'druid.port': '8888' }),
      metricsText: () => Promise.resolve(''),
    });
    router.add('POST', '/druid/v2', () => ({ status: 200 }));
  });
});

afterAll(async () => {
  served.server.close();
  await store.close();
});

for (const group of ['status', 'coordinator', 'overlord', 'supervisor']) {
  describe(group, () => {
    for (const file of readdirSync(join(CASES, group)).sort()) {
      if (NOT_HERE[group]?.includes(file.replace('.json', ''))) continue;
      test(file.replace('.json', ''), async () => {
        const { request, response } = JSON.parse(readFileSync(join(CASES, group, file), 'utf8')) as Case;
        const sent = request.rawBody ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
        const answer = await fetch(served.url + request.path, {
          method: request.method,
          headers: request.headers ?? {},
          redirect: 'manual',
          ...(sent !== undefined && request.method !== 'GET' && { body: sent }),
        });
        expect({ status: answer.status, body: comparable(await answer.text(), response) }).toEqual({
          status: response.status,
          body: expected(response),
        });
        expect(served.bugs).toEqual([]);
      });
    }
  });
}

test('nodes of one role, and as they announce themselves', async () => {
  const get = async (path: string): Promise<unknown> => (await fetch(served.url + path)).json();
  const address = { host: NODE.host, plaintextPort: NODE.port };
  expect(await get('/druid/coordinator/v1/cluster/broker')).toEqual([{ ...address, service: 'druid/broker' }]);
  expect(await get('/druid/coordinator/v1/cluster/overlord?full')).toEqual([
    expect.objectContaining({ nodeType: 'overlord', druidNode: expect.objectContaining(address) }),
  ]);
  expect(await get('/druid/router/v1/brokers')).toEqual({ 'druid/broker': [`${NODE.host}:${NODE.port}`] });
  expect((await fetch(`${served.url}/druid/coordinator/v1/cluster/zzz`)).status).toBe(404);
});

test.each(['coordinator', 'indexer'])('segments are marked unused and used again by the API of the %s', async (api) => {
  const path = `/druid/${api}/v1/datasources/mvd`;
  const interval = { interval: '2024-03-09/2024-03-10' };
  const mark = async (method: string, tail: string, body?: unknown): Promise<unknown> => {
    const sent = { method, headers: { 'content-type': 'application/json' } };
    const answer = await fetch(
      served.url + path + tail,
      body === undefined ? sent : { ...sent, body: JSON.stringify(body) },
    );
    return answer.json();
  };
  const changed = (count: number) => ({ numChangedSegments: count, segmentStateChanged: count > 0 });
  expect(await mark('POST', '/markUnused', interval)).toEqual(changed(1));
  expect(await mark('POST', '/markUsed', interval)).toEqual(changed(1));
  expect(await mark('DELETE', '')).toEqual(changed(3));
  expect(await mark('POST', '')).toEqual(changed(3));
});

/** Errors and texts must be equal, but for lists of known types, which are our own; of data the keys and the kinds of values. */
function comparable(text: string, recorded: Case['response']): unknown {
  if (recorded.headers['content-type']?.startsWith('text/html')) return '';
  if (!recorded.raw) return text;
  const value = parsed(text);
  return recorded.status >= 400 ? withoutTypeIds(value) : shape(value, parsed(recorded.raw ?? ''));
}

function expected(recorded: Case['response']): unknown {
  if (!recorded.raw || recorded.headers['content-type']?.startsWith('text/html')) return '';
  const value = parsed(recorded.raw);
  return recorded.status >= 400 ? withoutTypeIds(value) : shape(value, value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function withoutTypeIds(value: unknown): unknown {
  const text = JSON.stringify(value);
  return parsed(text.replace(/known type ids = \[[^\]]*\]/, 'known type ids'));
}

/** Values as names of their kinds: what depends on machine and moment does not matter. Keys that `like` lacks are left out. */
function shape(value: unknown, like: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 && Array.isArray(like) ? [shape(value[0], like[0])] : [];
  if (typeof value !== 'object' || value === null) return value === null || like === null ? 'any' : typeof value;
  if (typeof like !== 'object' || like === null) return 'object';
  const members = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(like).filter((key) => key in members);
  const isByName = Object.keys(like).some((key) => /[_/:]|^\d|^(lineitem|mvd|druid\.)/.test(key));
  if (isByName) return 'map';
  return Object.fromEntries(
    keys.map((key) => [key, shape(members[key], (like as Readonly<Record<string, unknown>>)[key])]),
  );
}

async function fill(): Promise<void> {
  for (const [dataSource, intervals] of Object.entries(SEGMENTS)) {
    const outcome = await noting(store).publishBatch({
      dataSource,
      append: false,
      intervals: intervals.map(parseInterval),
      segments: intervals.map((text, i) => {
        const { startMs, endMs } = parseInterval(text);
        return {
          intervalStartMs: startMs,
          intervalEndMs: endMs,
          numRows: 10,
          sizeBytes: 1000,
          minTimeMs: startMs,
          maxTimeMs: endMs - 1,
          dimensions: ['a', 'b'],
          metrics: ['count'],
          path: `${dataSource}/${i}`,
        };
      }),
    });
    if (outcome.kind !== 'published') throw new Error(outcome.detail);
    await store.announceReplicas(
      NODE.id,
      outcome.segments.map((row) => row.id),
      [],
    );
  }
  await store.heartbeat(NODE);
  for (const [id, dataSource] of [
    ['index_parallel_mvd', 'mvd'],
    ['index_parallel_wikipedia', 'wikipedia'],
  ] as const) {
    await store.putTask({
      id,
      type: 'index_parallel',
      dataSource,
      createdAtMs: 1_700_000_000_000,
      state: 'SUCCESS',
      durationMs: 1234,
      errorMsg: null,
      nodeId: NODE.id,
      payload: {},
      report: null,
    });
  }
}
