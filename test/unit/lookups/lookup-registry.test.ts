import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LookupRegistry } from '../../../src/lookups/lookup-registry.js';
import type { MetadataStore } from '../../../src/metadata/metadata-store.js';
import { openMetadataStore } from '../../../src/metadata/open-metadata-store.js';

let directory: string;
let store: MetadataStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-lookups-'));
  store = await openMetadataStore(join(directory, 'metadata.sqlite'));
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const put = (version: string, map: Record<string, string>): Promise<boolean> =>
  store
    .putLookups([{ tier: '__default', name: 'colours', version, factory: { type: 'map', map } }])
    .then((known) => known === undefined);

test('a registered lookup is there after a refresh, and only a newer version replaces it', async () => {
  const registry = new LookupRegistry(store);
  expect(await put('v1', { r: 'red' })).toBe(true);
  await registry.refresh();
  expect(registry.get('colours')?.map.get('r')).toBe('red');
  expect(await put('v1', { r: 'rouge' })).toBe(false);
  expect(await put('v0', { r: 'rouge' })).toBe(false);
  expect(await put('v2', { r: 'rot' })).toBe(true);
  await registry.refresh();
  expect(registry.get('colours')).toMatchObject({ version: 'v2', map: new Map([['r', 'rot']]) });
});

test('a removed lookup goes, and one that cannot be loaded never comes', async () => {
  const registry = new LookupRegistry(store);
  await put('v1', { r: 'red' });
  await store.putLookups([{ tier: '__default', name: 'odd', version: 'v1', factory: { type: 'other' } }]);
  await registry.refresh();
  expect([...registry.all().keys()]).toEqual(['colours']);
  expect(await store.removeLookup('__default', 'colours')).toBe(true);
  expect(await store.removeLookup('__default', 'colours')).toBe(false);
  await registry.refresh();
  expect(registry.get('colours')).toBeUndefined();
});

test('one that was removed and came back with its version is read again', async () => {
  const registry = new LookupRegistry(store);
  await put('v1', { r: 'red' });
  await registry.refresh();
  await store.removeLookup('__default', 'colours');
  await put('v1', { r: 'rouge' });
  await registry.refresh();
  expect(registry.get('colours')?.map.get('r')).toBe('rouge');
});

test('several lookups are put all or none', async () => {
  await put('v1', { r: 'red' });
  const row = (name: string, version: string) => ({
    tier: '__default',
    name,
    version,
    factory: { type: 'map', map: {} },
  });
  expect(await store.putLookups([row('shapes', 'v1'), row('colours', 'v1')])).toMatchObject({
    name: 'colours',
    factory: { type: 'map', map: { r: 'red' } },
  });
  expect((await store.lookupVersions()).map(({ name }) => name)).toEqual(['colours']);
  expect(await store.putLookups([row('shapes', 'v1'), row('colours', 'v2')])).toBeUndefined();
});
