import { readFactory } from '../../../lookups/lookup-factory.js';
import { DEFAULT_TIER, type LookupRegistry } from '../../../lookups/lookup-registry.js';
import type { LookupRow, MetadataStore } from '../../../metadata/metadata-store.js';
import { type HttpResponse, json } from '../http-message.js';
import { jsonHandler } from '../json-body.js';
import type { Router } from '../router.js';

const PREFIX = '/druid/coordinator/v1/lookups';

export interface LookupRoutesOptions {
  readonly store: Pick<MetadataStore, 'putLookup' | 'removeLookup' | 'lookupVersions' | 'lookup'>;
  readonly registry: LookupRegistry;
  /** `host:port` of the nodes that load lookups. */
  readonly nodes: () => readonly string[];
}

/** Registering lookups, and what is known of them. @source Druid `LookupCoordinatorResource.java`, `LookupListeningResource.java` */
export function addLookupRoutes(router: Router, options: LookupRoutesOptions): void {
  addConfigRoutes(router, options);
  addStatusRoutes(router, options);
  addNodeRoutes(router, options.registry);
}

function addConfigRoutes(router: Router, { store, registry }: LookupRoutesOptions): void {
  router.add('GET', `${PREFIX}/config`, async () => json(await tiers(store)));
  router.add('GET', `${PREFIX}/config/all`, async () => json(await allConfig(store)));
  router.add(
    'POST',
    `${PREFIX}/config`,
    jsonHandler(async (body) => {
      const rows = rowsOf(body);
      if (typeof rows === 'string') return json({ error: rows }, 400);
      for (const row of rows) {
        if (!(await store.putLookup(row))) return cannotReplace(row, await store.lookup(row.tier, row.name));
      }
      await registry.refresh();
      return { status: 202 };
    }),
  );
  router.add('GET', `${PREFIX}/config/:tier`, async (request) => {
    const tier = request.param('tier');
    const config = (await allConfig(store))[tier];
    if (config === undefined) return tier === DEFAULT_TIER ? json([]) : notFound(`Tier [${tier}] not found`);
    return json(request.query.get('detailed') === 'true' ? config : Object.keys(config));
  });
  router.add('DELETE', `${PREFIX}/config/:tier`, async (request) => {
    const tier = request.param('tier');
    const names = (await store.lookupVersions()).filter((row) => row.tier === tier);
    for (const { name } of names) await store.removeLookup(tier, name);
    await registry.refresh();
    return { status: names.length > 0 ? 202 : 404 };
  });
  router.add('GET', `${PREFIX}/config/:tier/:lookup`, async (request) => {
    const [tier, name] = [request.param('tier'), request.param('lookup')];
    const row = await store.lookup(tier, name);
    if (row === undefined) return notFound(`lookup [${name}] not found`);
    return json(container(row));
  });
  router.add(
    'POST',
    `${PREFIX}/config/:tier/:lookup`,
    jsonHandler(async (body, request) => {
      const row = rowOf(request.param('tier'), request.param('lookup'), body);
      if (typeof row === 'string') return json({ error: row }, 400);
      if (!(await store.putLookup(row))) return cannotReplace(row, await store.lookup(row.tier, row.name));
      await registry.refresh();
      return { status: 202 };
    }),
  );
  router.add('DELETE', `${PREFIX}/config/:tier/:lookup`, async (request) => {
    const removed = await store.removeLookup(request.param('tier'), request.param('lookup'));
    await registry.refresh();
    return { status: removed ? 202 : 404 };
  });
}

function addStatusRoutes(router: Router, { store, registry, nodes }: LookupRoutesOptions): void {
  const status = async (): Promise<Record<string, Record<string, { loaded: boolean }>>> => {
    const found: Record<string, Record<string, { loaded: boolean }>> = {};
    for (const { tier, name, version } of await store.lookupVersions()) {
      (found[tier] ??= {})[name] = { loaded: registry.get(name)?.version === version };
    }
    return found;
  };
  router.add('GET', `${PREFIX}/status`, async () => json(await status()));
  router.add('GET', `${PREFIX}/status/:tier`, async (request) => {
    const tier = request.param('tier');
    const found = (await status())[tier];
    return found === undefined ? notFound(`Tier [${tier}] not found`) : json(found);
  });
  router.add('GET', `${PREFIX}/status/:tier/:lookup`, async (request) => {
    const found = (await status())[request.param('tier')]?.[request.param('lookup')];
    return found === undefined ? notFound(`Lookup [${request.param('lookup')}] not found`) : json(found);
  });
  const tierNodes = (): Record<string, unknown> =>
    Object.fromEntries(nodes().map((node) => [node, { current: currentOf(registry), toLoad: {}, toDrop: [] }]));
  router.add('GET', `${PREFIX}/nodeStatus`, () => json({ [DEFAULT_TIER]: tierNodes() }));
  router.add('GET', `${PREFIX}/nodeStatus/:tier`, (request) =>
    request.param('tier') === DEFAULT_TIER ? json(tierNodes()) : notFound(`Tier [${request.param('tier')}] not found`),
  );
  router.add('GET', `${PREFIX}/nodeStatus/:tier/:node`, (request) => {
    const found = tierNodes()[request.param('node')];
    return found === undefined ? notFound(`Node [${request.param('node')}] not found`) : json(found);
  });
}

function addNodeRoutes(router: Router, registry: LookupRegistry): void {
  router.add('GET', '/druid/listen/v1/lookups', () => json({ current: currentOf(registry), toLoad: {}, toDrop: [] }));
  router.add('GET', '/druid/listen/v1/lookups/:lookup', (request) => {
    const found = currentOf(registry)[request.param('lookup')];
    return found === undefined ? { status: 404 } : json(found);
  });
  const introspect = (part: (map: ReadonlyMap<string, string | null>) => unknown) => {
    return (request: { param(name: string): string }): HttpResponse => {
      const found = registry.get(request.param('lookup'));
      // What Druid's resource locator answers for a name that it does not know.
      return found === undefined ? { status: 405 } : json(part(found.map));
    };
  };
  const path = '/druid/v1/lookups/introspect/:lookup';
  router.add(
    'GET',
    path,
    introspect((map) => Object.fromEntries(map)),
  );
  router.add(
    'GET',
    `${path}/keys`,
    introspect((map) => [...map.keys()]),
  );
  router.add(
    'GET',
    `${path}/values`,
    introspect((map) => [...map.values()]),
  );
}

function currentOf(registry: LookupRegistry): Record<string, unknown> {
  const entries = [...registry.all()].map(([name, { version, isOneToOne, map }]) => {
    const factory = { type: 'map', map: Object.fromEntries(map), isOneToOne };
    return [name, { version, lookupExtractorFactory: factory }];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

type Config = Record<string, Record<string, unknown>>;

async function allConfig(store: LookupRoutesOptions['store']): Promise<Config> {
  const config: Config = {};
  for (const { tier, name } of await store.lookupVersions()) {
    const row = await store.lookup(tier, name);
    if (row !== undefined) (config[tier] ??= {})[name] = container(row);
  }
  return config;
}

async function tiers(store: LookupRoutesOptions['store']): Promise<string[]> {
  return [...new Set([DEFAULT_TIER, ...(await store.lookupVersions()).map(({ tier }) => tier)])];
}

function container({ version, factory }: LookupRow): unknown {
  return { version, lookupExtractorFactory: factory };
}

function rowsOf(body: unknown): readonly LookupRow[] | string {
  const rows: LookupRow[] = [];
  for (const [tier, lookups] of Object.entries(body as Record<string, unknown>)) {
    for (const [name, spec] of Object.entries((lookups ?? {}) as Record<string, unknown>)) {
      const row = rowOf(tier, name, spec);
      if (typeof row === 'string') return row;
      rows.push(row);
    }
  }
  return rows;
}

/** A spec as a row, or what is wrong with it. A factory that nothing can load is taken, as Druid does, and never loaded. */
function rowOf(tier: string, name: string, body: unknown): LookupRow | string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'lookup spec is not an object';
  const { version, lookupExtractorFactory: factory } = body as Record<string, unknown>;
  if (tier === '' || name === '') return '`tier` and `lookup` must be given';
  if (typeof factory !== 'object' || factory === null) return 'No lookupExtractorFactory given';
  if ((factory as Record<string, unknown>)['type'] === 'map' && readFactory('', factory) === undefined) {
    return 'map of a lookup must be an object';
  }
  return { tier, name, version: typeof version === 'string' ? version : '', factory };
}

/** @source Druid `LookupCoordinatorManager#updateLookups`, `LookupExtractorFactoryMapContainer#toString` */
function cannotReplace({ tier, name }: LookupRow, known: LookupRow | undefined): HttpResponse {
  const existing = `LookupExtractorFactoryContainer{version='${known?.version}', lookupExtractorFactory=${javaText(known?.factory)}}`;
  return json({ error: `given update for lookup [${tier}]:[${name}] can't replace existing spec [${existing}].` }, 500);
}

/** JSON as Java prints maps and lists. */
function javaText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([key, member]) => `${key}=${javaText(member)}`);
  return `{${members.join(', ')}}`;
}

function notFound(error: string): HttpResponse {
  return json({ error }, 404);
}
