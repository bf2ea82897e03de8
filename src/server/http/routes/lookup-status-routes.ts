/** Which lookups are loaded where, and what they hold. @source Druid `LookupCoordinatorResource.java`, `LookupListeningResource.java` */
import { DEFAULT_TIER, type LookupRegistry } from '../../../lookups/lookup-registry.js';
import type { MetadataStore } from '../../../metadata/metadata-store.js';
import { type HttpResponse, json } from '../http-message.js';
import type { Router } from '../router.js';

const PREFIX = '/druid/coordinator/v1/lookups';
const INTROSPECT = '/druid/v1/lookups/introspect/:lookup';

export interface LookupRoutesOptions {
  readonly store: Pick<MetadataStore, 'putLookups' | 'removeLookup' | 'lookupVersions' | 'lookup'>;
  readonly registry: LookupRegistry;
  /** `host:port` of the nodes that load lookups. */
  readonly nodes: () => readonly string[];
}

export function addLookupStatusRoutes(router: Router, options: LookupRoutesOptions): void {
  addStatusRoutes(router, options);
  addNodeStatusRoutes(router, options);
  addNodeRoutes(router, options.registry);
}

interface Status {
  readonly loaded: boolean;
  readonly pendingNodes?: readonly string[];
}

function addStatusRoutes(router: Router, { store, registry, nodes }: LookupRoutesOptions): void {
  const status = async (query: URLSearchParams): Promise<Record<string, Record<string, Status>>> => {
    const isDetailed = query.get('detailed') === 'true';
    const found: Record<string, Record<string, Status>> = {};
    for (const { tier, name, version } of await store.lookupVersions()) {
      // A tier without nodes has nothing left to load.
      const loaded = tier !== DEFAULT_TIER || registry.get(name)?.version === version;
      (found[tier] ??= {})[name] = { loaded, ...(isDetailed && { pendingNodes: loaded ? [] : nodes() }) };
    }
    return found;
  };
  router.add('GET', `${PREFIX}/status`, async (request) => json(await status(request.query)));
  router.add('GET', `${PREFIX}/status/:tier`, async (request) => {
    const tier = request.param('tier');
    const found = (await status(request.query))[tier];
    return found === undefined ? notFound(`No lookups found for tier [${tier}].`) : json(found);
  });
  router.add('GET', `${PREFIX}/status/:tier/:lookup`, async (request) => {
    const [tier, name] = [request.param('tier'), request.param('lookup')];
    const lookups = (await status(request.query))[tier];
    if (lookups === undefined) return notFound(`No lookups found for tier [${tier}].`);
    const found = lookups[name];
    return found === undefined ? notFound(`Lookup [${name}] not found for tier [${tier}].`) : json(found);
  });
}

function addNodeStatusRoutes(router: Router, { store, registry, nodes }: LookupRoutesOptions): void {
  const statusOf = (tier: string, isFull: boolean): Record<string, unknown> => {
    const of = tier === DEFAULT_TIER ? nodes() : [];
    return Object.fromEntries(of.map((node) => [node, isFull ? fullState(registry) : versionState(registry)]));
  };
  router.add('GET', `${PREFIX}/nodeStatus`, async (request) => {
    const isFull = (request.query.get('detailed') ?? 'true') === 'true';
    const tiers =
      request.query.get('discover') === 'true'
        ? [DEFAULT_TIER]
        : new Set((await store.lookupVersions()).map(({ tier }) => tier));
    return json(Object.fromEntries([...tiers].map((tier) => [tier, statusOf(tier, isFull)])));
  });
  router.add('GET', `${PREFIX}/nodeStatus/:tier`, (request) => json(statusOf(request.param('tier'), true)));
  router.add('GET', `${PREFIX}/nodeStatus/:tier/:node`, (request) => {
    const node = request.param('node');
    return nodes().includes(node) ? json(fullState(registry)) : notFound(`Node [${node}] status is unknown.`);
  });
}

function addNodeRoutes(router: Router, registry: LookupRegistry): void {
  router.add('GET', '/druid/listen/v1/lookups', () => json(fullState(registry)));
  router.add('GET', '/druid/listen/v1/lookups/:lookup', (request) => {
    const found = containers(registry)[request.param('lookup')];
    return found === undefined ? { status: 404 } : json(found);
  });
  const introspect = (path: string, part: (map: ReadonlyMap<string, string | null>) => unknown): void => {
    router.add('GET', path, (request): HttpResponse => {
      const found = registry.get(request.param('lookup'));
      // What Druid's resource locator makes of its own 404 for a name that it does not know.
      return found === undefined ? { status: 405, headers: { allow: 'OPTIONS' } } : json(part(found.map));
    });
  };
  introspect(INTROSPECT, (map) => Object.fromEntries(map));
  introspect(`${INTROSPECT}/keys`, (map) => [...map.keys()]);
  introspect(`${INTROSPECT}/values`, (map) => [...map.values()]);
}

function fullState(registry: LookupRegistry): unknown {
  return { current: containers(registry), toLoad: {}, toDrop: [] };
}

function versionState(registry: LookupRegistry): unknown {
  const versions = [...registry.all()].map(([name, { version }]) => [name, version]);
  return { current: Object.fromEntries(versions), toLoad: {}, toDrop: [] };
}

function containers(registry: LookupRegistry): Record<string, unknown> {
  const entries = [...registry.all()].map(([name, { version, isOneToOne, map }]) => {
    const factory = { type: 'map', map: Object.fromEntries(map), isOneToOne };
    return [name, { version, lookupExtractorFactory: factory }];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function notFound(error: string): HttpResponse {
  return json({ error }, 404);
}
