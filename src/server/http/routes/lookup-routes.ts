import { DruidError } from '../../../common/druid-error.js';
import { assertJsonDepth } from '../../../common/json-read.js';
import { parseSmile } from '../../../common/smile/smile-reader.js';
import type { LookupRow } from '../../../metadata/metadata-store.js';
import { type HttpRequest, type HttpResponse, json } from '../http-message.js';
import { isJsonRequest } from '../json-body.js';
import { isSmile } from '../query-media.js';
import type { Router } from '../router.js';
import { addLookupStatusRoutes, type LookupRoutesOptions } from './lookup-status-routes.js';

const PREFIX = '/druid/coordinator/v1/lookups';
const CONTAINER = '`org.apache.druid.server.lookup.cache.LookupExtractorFactoryMapContainer`';

/** Registering lookups, and what is known of them. @source Druid `LookupCoordinatorResource.java`, `LookupCoordinatorManager.java` */
export function addLookupRoutes(router: Router, options: LookupRoutesOptions): void {
  addReadingRoutes(router, options);
  addWritingRoutes(router, options);
  addLookupStatusRoutes(router, options);
}

function addReadingRoutes(router: Router, { store }: LookupRoutesOptions): void {
  router.add('GET', `${PREFIX}/config`, async (request) => {
    const tiers = new Set((await store.lookupVersions()).map(({ tier }) => tier));
    // Every node is of this tier.
    return json(request.query.get('discover') === 'true' ? [...tiers.add('__default')] : [...tiers]);
  });
  router.add('GET', `${PREFIX}/config/all`, async () => json(await allConfig(store)));
  router.add('GET', `${PREFIX}/config/:tier`, async (request) => {
    const tier = request.param('tier');
    const config = (await allConfig(store))[tier];
    if (config === undefined) return failed(`Tier [${tier}] not found`, 404);
    return json(request.query.get('detailed') === 'true' ? config : Object.keys(config));
  });
  router.add('GET', `${PREFIX}/config/:tier/:lookup`, async (request) => {
    const [tier, name] = [request.param('tier'), request.param('lookup')];
    const row = await store.lookup(tier, name);
    return row === undefined ? failed(`lookup [${name}] not found`, 404) : json(container(row));
  });
}

function addWritingRoutes(router: Router, { store, registry }: LookupRoutesOptions): void {
  const put = async (rows: readonly LookupRow[], answer: HttpResponse): Promise<HttpResponse> => {
    const known = await store.putLookups(rows);
    if (known !== undefined) return cannotReplace(known);
    await registry.refresh();
    return answer;
  };
  router.add('POST', `${PREFIX}/config`, (request) =>
    withBody(request, (body) => {
      const rows = Object.entries(body).flatMap(([tier, lookups]) =>
        Object.entries(asMap(lookups)).map(([name, spec]) => rowOf(tier, name, spec)),
      );
      return put(rows, json(configOf(rows), 202));
    }),
  );
  router.add('POST', `${PREFIX}/config/:tier/:lookup`, (request) =>
    withBody(request, (body) => put([rowOf(request.param('tier'), request.param('lookup'), body)], { status: 202 })),
  );
  router.add('DELETE', `${PREFIX}/config/:tier`, async (request) => {
    const tier = request.param('tier');
    const names = (await store.lookupVersions()).filter((row) => row.tier === tier);
    for (const { name } of names) await store.removeLookup(tier, name);
    await registry.refresh();
    return { status: names.length > 0 ? 202 : 404 };
  });
  router.add('DELETE', `${PREFIX}/config/:tier/:lookup`, async (request) => {
    const removed = await store.removeLookup(request.param('tier'), request.param('lookup'));
    await registry.refresh();
    return { status: removed ? 202 : 404 };
  });
}

type JsonMap = Readonly<Record<string, unknown>>;

/** Runs with the body of a request, as JSON or Smile; what is wrong with it is `{"error": …}`. */
async function withBody(request: HttpRequest, run: (body: JsonMap) => Promise<HttpResponse>): Promise<HttpResponse> {
  const smile = isSmile(request.header('content-type') ?? '');
  if (!smile && !isJsonRequest(request)) return { status: 415 };
  const bytes = await request.body();
  try {
    const body: unknown = smile ? parseSmile(bytes) : JSON.parse(new TextDecoder().decode(bytes));
    assertJsonDepth(body);
    return await run(asMap(body));
  } catch (error) {
    if (error instanceof SyntaxError) return failed(error.message, 400);
    if (error instanceof DruidError) return failed(error.message, error.status);
    throw error;
  }
}

function asMap(value: unknown): JsonMap {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonMap;
  const kind = Array.isArray(value) ? 'Array' : value === null ? 'Null' : 'Scalar';
  throw wrong(`Cannot deserialize value of type \`java.util.LinkedHashMap\` from ${kind} value`);
}

/** A factory that nothing can load is taken, as Druid does, and never loaded. @throws DruidError for a spec without version or factory */
function rowOf(tier: string, name: string, body: unknown): LookupRow {
  const { version, lookupExtractorFactory: factory } = asMap(body);
  if (factory === undefined || factory === null) {
    throw wrong(`Cannot construct instance of ${CONTAINER}, problem: null factory`);
  }
  if (version === undefined || version === null) {
    throw new DruidError(`lookup [${tier}]:[${name}] does not have version.`, { category: 'RUNTIME_FAILURE' });
  }
  if (typeof version === 'object') {
    throw wrong(`Cannot deserialize value of type \`java.lang.String\` from Object value (${CONTAINER})`);
  }
  return { tier, name, version: String(version), factory: asMap(factory) };
}

function wrong(message: string): DruidError {
  return new DruidError(message, { category: 'INVALID_INPUT' });
}

type Config = Record<string, Record<string, unknown>>;

async function allConfig(store: LookupRoutesOptions['store']): Promise<Config> {
  const versions = await store.lookupVersions();
  const rows = await Promise.all(versions.map(({ tier, name }) => store.lookup(tier, name)));
  return configOf(rows.filter((row) => row !== undefined));
}

function configOf(rows: readonly LookupRow[]): Config {
  const config: Config = {};
  for (const row of rows) (config[row.tier] ??= {})[row.name] = container(row);
  return config;
}

function container({ version, factory }: LookupRow): unknown {
  return { version, lookupExtractorFactory: factory };
}

/** @source Druid `LookupCoordinatorManager#updateLookups`, `LookupExtractorFactoryMapContainer#toString` */
function cannotReplace({ tier, name, version, factory }: LookupRow): HttpResponse {
  const existing = `LookupExtractorFactoryContainer{version='${version}', lookupExtractorFactory=${javaText(factory)}}`;
  return failed(`given update for lookup [${tier}]:[${name}] can't replace existing spec [${existing}].`, 500);
}

/** JSON as Java prints maps and lists. */
function javaText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([key, member]) => `${key}=${javaText(member)}`);
  return `{${members.join(', ')}}`;
}

function failed(error: string, status: number): HttpResponse {
  return json({ error }, status);
}
