import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LookupRegistry } from '../../../../src/lookups/lookup-registry.js';
import type { SqlMetadataStore } from '../../../../src/metadata/sql-metadata-store.js';
import { systemClock } from '../../../../src/platform/clock.js';
import { addLookupRoutes } from '../../../../src/server/http/routes/lookup-routes.js';
import { openMemoryStore } from '../../coordination/memory-store.js';
import { listen, type Served } from '../serve.js';

const LOOKUPS = '/druid/coordinator/v1/lookups';
const NODE = '127.0.0.1:8888';
const spec = (version: string, map: object) => ({ version, lookupExtractorFactory: { type: 'map', map } });
let store: SqlMetadataStore;
let served: Served;

beforeEach(async () => {
  store = await openMemoryStore(systemClock);
  const registry = new LookupRegistry(store);
  served = await listen((router) => addLookupRoutes(router, { store, registry, nodes: () => [NODE] }));
});
afterEach(async () => {
  served.server.close();
  await store.close();
});

async function ask(method: string, path: string, body?: unknown) {
  const response = await fetch(served.url + path, {
    method,
    ...(body !== undefined && {
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

describe('config', () => {
  test('lookups that are posted together are answered, listed and shown', async () => {
    const config = { __default: { a: spec('v1', { k: 'v' }), b: spec('v1', {}) }, far: { c: spec('1', {}) } };
    expect(await ask('POST', `${LOOKUPS}/config`, config)).toEqual({ status: 202, json: config });
    expect((await ask('GET', `${LOOKUPS}/config`)).json).toEqual(['__default', 'far']);
    expect((await ask('GET', `${LOOKUPS}/config/all`)).json).toEqual(config);
    expect((await ask('GET', `${LOOKUPS}/config/__default`)).json).toEqual(['a', 'b']);
    expect((await ask('GET', `${LOOKUPS}/config/__default?detailed=true`)).json).toEqual(config['__default']);
    expect((await ask('GET', `${LOOKUPS}/config/far/c`)).json).toEqual(config.far.c);
  });

  test('before the first lookup there are no tiers but those that nodes are of', async () => {
    expect(await ask('POST', `${LOOKUPS}/config`, {})).toEqual({ status: 202, json: {} });
    expect((await ask('GET', `${LOOKUPS}/config`)).json).toEqual([]);
    expect((await ask('GET', `${LOOKUPS}/config?discover=true`)).json).toEqual(['__default']);
    expect(await ask('GET', `${LOOKUPS}/config/__default`)).toEqual({
      status: 404,
      json: { error: 'Tier [__default] not found' },
    });
    expect((await ask('DELETE', `${LOOKUPS}/config/__default`)).status).toBe(404);
  });

  test('only a version that comes later as text replaces one, and all of a request or none', async () => {
    await ask('POST', `${LOOKUPS}/config/__default/a`, spec('v2', { k: 'v' }));
    const known =
      "given update for lookup [__default]:[a] can't replace existing spec [LookupExtractorFactoryContainer{version='v2', lookupExtractorFactory={type=map, map={k=v}}}].";
    for (const version of ['v2', 'v10']) {
      expect(await ask('POST', `${LOOKUPS}/config/__default/a`, spec(version, {}))).toEqual({
        status: 500,
        json: { error: known },
      });
    }
    const both = { __default: { b: spec('v1', {}), a: spec('v1', {}) } };
    expect((await ask('POST', `${LOOKUPS}/config`, both)).status).toBe(500);
    expect((await ask('GET', `${LOOKUPS}/config/__default`)).json).toEqual(['a']);
    expect((await ask('POST', `${LOOKUPS}/config/__default/a`, spec('v3', {}))).status).toBe(202);
    expect((await ask('DELETE', `${LOOKUPS}/config/__default/a`)).status).toBe(202);
    expect((await ask('DELETE', `${LOOKUPS}/config/__default/a`)).status).toBe(404);
    expect((await ask('GET', `${LOOKUPS}/config/__default`)).status).toBe(404);
  });

  test('a spec without version, without factory, or of another shape is refused as Druid refuses it', async () => {
    const post = (body: unknown) => ask('POST', `${LOOKUPS}/config`, body);
    expect(await post({ t: { a: { lookupExtractorFactory: {} } } })).toEqual({
      status: 500,
      json: { error: 'lookup [t]:[a] does not have version.' },
    });
    expect(await post({ t: { a: { version: 'v1' } } })).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining('problem: null factory') },
    });
    for (const body of [
      [],
      { t: 5 },
      { t: { a: 5 } },
      { t: { a: { version: '1', lookupExtractorFactory: 5 } } },
      '{',
    ]) {
      expect((await post(body)).status).toBe(400);
    }
    expect((await ask('GET', `${LOOKUPS}/config/all`)).json).toEqual({});
  });
});

test('status tells what every node has, and names the nodes that lack one', async () => {
  await ask('POST', `${LOOKUPS}/config`, {
    __default: { a: spec('v1', { k: 'v' }), odd: { version: 'v0', lookupExtractorFactory: { type: 'other' } } },
    far: { c: spec('1', {}) },
  });
  expect((await ask('GET', `${LOOKUPS}/status`)).json).toEqual({
    __default: { a: { loaded: true }, odd: { loaded: false } },
    far: { c: { loaded: true } },
  });
  expect((await ask('GET', `${LOOKUPS}/status/__default?detailed=true`)).json).toEqual({
    a: { loaded: true, pendingNodes: [] },
    odd: { loaded: false, pendingNodes: [NODE] },
  });
  expect((await ask('GET', `${LOOKUPS}/status/far/c`)).json).toEqual({ loaded: true });
  expect(await ask('GET', `${LOOKUPS}/status/nope`)).toEqual({
    status: 404,
    json: { error: 'No lookups found for tier [nope].' },
  });
  expect((await ask('GET', `${LOOKUPS}/status/far/nope`)).json).toEqual({
    error: 'Lookup [nope] not found for tier [far].',
  });
});

test('a node tells its lookups in full or by version', async () => {
  await ask('POST', `${LOOKUPS}/config`, { __default: { a: spec('v1', { k: 'v' }) }, far: { c: spec('1', {}) } });
  const factory = { type: 'map', map: { k: 'v' }, isOneToOne: false };
  const full = { current: { a: { version: 'v1', lookupExtractorFactory: factory } }, toLoad: {}, toDrop: [] };
  expect((await ask('GET', `${LOOKUPS}/nodeStatus`)).json).toEqual({ __default: { [NODE]: full }, far: {} });
  expect((await ask('GET', `${LOOKUPS}/nodeStatus?discover=true&detailed=false`)).json).toEqual({
    __default: { [NODE]: { current: { a: 'v1' }, toLoad: {}, toDrop: [] } },
  });
  expect((await ask('GET', `${LOOKUPS}/nodeStatus/__default`)).json).toEqual({ [NODE]: full });
  expect((await ask('GET', `${LOOKUPS}/nodeStatus/nope`)).json).toEqual({});
  expect((await ask('GET', `${LOOKUPS}/nodeStatus/__default/${NODE}`)).json).toEqual(full);
  expect(await ask('GET', `${LOOKUPS}/nodeStatus/__default/a:1`)).toEqual({
    status: 404,
    json: { error: 'Node [a:1] status is unknown.' },
  });
  expect((await ask('GET', '/druid/listen/v1/lookups')).json).toEqual(full);
  expect((await ask('GET', '/druid/listen/v1/lookups/a')).json).toEqual(full.current.a);
  expect((await ask('GET', '/druid/listen/v1/lookups/nope')).status).toBe(404);
});

test('what a lookup maps can be looked into', async () => {
  await ask('POST', `${LOOKUPS}/config/__default/a`, spec('v1', { k: 'v', l: 'w' }));
  const path = '/druid/v1/lookups/introspect';
  expect((await ask('GET', `${path}/a`)).json).toEqual({ k: 'v', l: 'w' });
  expect((await ask('GET', `${path}/a/keys`)).json).toEqual(['k', 'l']);
  expect((await ask('GET', `${path}/a/values`)).json).toEqual(['v', 'w']);
  expect((await ask('GET', `${path}/a/version`)).status).toBe(404);
  expect((await ask('GET', `${path}/nope`)).status).toBe(405);
});
