/** The composition root: reads the configuration and the roles, wires the concrete parts, and starts them. */
import { access, constants, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Broker } from './broker/broker.js';
import { ClusterView } from './broker/cluster-view.js';
import { HttpLeafClient } from './broker/http-leaf-client.js';
import { Closers } from './closers.js';
import { addManagementApi, makeSupervisors, startCoordinator } from './coordinator-role.js';
import type { Core } from './core.js';
import { DruidError } from './common/druid-error.js';
import type { Supervisors } from './coordination/overlord/supervisors.js';
import { redactedConfig } from './config/describe-config.js';
import { loadConfig } from './config/load-config.js';
import type { Config } from './config/options.js';
import { openDeepStorage } from './deep-storage/open-deep-storage.js';
import { DEMO_SUPERVISOR_SPEC, DEMO_DATA_SOURCE } from './demo/demo-spec.js';
import { DemoStream } from './demo/demo-stream.js';
import { startHistorical } from './historical/start-historical.js';
import { type IndexerRole, startIndexer } from './indexer-role.js';
import { addLiveApi } from './live-api.js';
import { SegmentUploads } from './indexing/publish/segment-uploads.js';
import { LookupRegistry } from './lookups/lookup-registry.js';
import { ArenaPool } from './memory/arena-pool.js';
import { SlotCache } from './memory/slot-cache.js';
import type { NodeRow } from './metadata/metadata-store.js';
import { HeldPublishes } from './metadata/held-publishes.js';
import { MetadataView } from './metadata/metadata-view.js';
import { NodeHeartbeat } from './metadata/node-heartbeat.js';
import { openMetadataStore } from './metadata/open-metadata-store.js';
import type { NodeLeaf } from './plan/leaf-plan.js';
import { RecentPlans } from './plan/recent-plans.js';
import { systemClock } from './platform/clock.js';
import { nodeFileSystem } from './platform/node-file-system.js';
import { systemRandomness } from './platform/randomness.js';
import type { LeafClient } from './protocol/leaf.js';
import { addEngineMetrics } from './engine-metrics.js';
import { EnginePool } from './runtime/engine-pool.js';
import { HttpServer } from './server/http/http-server.js';
import { RunningQueries } from './server/sql/running-queries.js';
import { configuredCapacity, QueryScheduler } from './server/http/query-scheduler.js';
import { Router } from './server/http/router.js';
import { addConsoleRoutes } from './server/http/routes/console-routes.js';
import { addLookupRoutes } from './server/http/routes/lookup-routes.js';
import { addLeafRoutes } from './server/http/routes/leaf-routes.js';
import { addPushElsewhereRoute } from './server/http/routes/push-routes.js';
import { addQueryRoutes } from './server/http/routes/query-routes.js';
import { addStatusRoutes } from './server/http/routes/status-routes.js';
import { nodeAddress } from './server/placed-servers.js';
import { advertisedHost } from './advertised-host.js';
import { addSqlApi } from './sql-api.js';
import { createLogger, type Logger } from './telemetry/logger.js';
import { Metrics } from './telemetry/metrics.js';

/** How often a node looks for commits and nodes that no hint told it of. */
const METADATA_POLL_MS = 250;
const CLUSTER_POLL_MS = 1000;
const LOOKUP_POLL_MS = 1000;
const PARTIAL_CACHE_BYTES = 128 * 2 ** 20;
/** A stopping process lets queries end within this time. */
const QUERY_STOP_LIMIT_MS = 10_000;
const DEMO_EVENTS_PER_SECOND = 300;

/** A running engine. */
export interface Millrace {
  /** Where clients reach it: `http://127.0.0.1:8888`. */
  readonly url: string;
  readonly port: number;
  readonly config: Config;
  readonly demo: boolean;
  /** From the start of the process to ready. */
  readonly startMs: number;
  /** Publishes or leaves for replay what was read, then ends everything that was started. */
  stop(): Promise<void>;
}

/**
 * Starts Millrace in this process. Options are those of the command line in camel case (`dataDir`, `port`, `roles`, …); the environment and
 * the configuration file count as they do there.
 * @throws DruidError for a bad option, a taken port or a data directory in use
 */
export async function startMillrace(options: Readonly<Record<string, unknown>> = {}): Promise<Millrace> {
  const { config, warnings } = loadConfig({ options });
  const log = createLogger({ level: config.logLevel, format: config.logFormat });
  for (const warning of warnings) log.warn(warning);
  log.info('starting', { version: VERSION, config: redactedConfig(config) });
  const closers = new Closers((name, err) => log.error(`stopping ${name} failed`, { err }));
  try {
    const core = await startCore(config, log, closers);
    const isReady = await startRoles(core);
    core.server.routesAreComplete();
    isReady.value = true;
    const startMs = Math.round(performance.now());
    log.info('ready', { port: core.port, roles: config.roles, nodeId: core.nodeId, startMs });
    const url = `http://${printableHost(config.host)}:${core.port}`;
    return { url, port: core.port, config, demo: config.demo, startMs, stop: () => stop(closers, log, isReady) };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function stop(closers: Closers, log: Logger, isReady: { value: boolean }): Promise<void> {
  log.info('stopping');
  // Load balancers that ask for the health send their queries elsewhere from now on.
  isReady.value = false;
  await closers.closeAll();
  log.info('stopped');
}

async function startCore(config: Config, log: Logger, closers: Closers): Promise<Core> {
  const { dataDir } = config;
  const lock = await inDirectory('Data directory', dataDir, () => nodeFileSystem.lock(join(dataDir, 'lock')));
  if (lock === undefined) {
    throw new DruidError(`Data directory [${dataDir}] is in use by another process`, {
      category: 'CONFLICT',
      persona: 'OPERATOR',
    });
  }
  closers.add('data directory lock', () => lock.release());
  const objects = config.deepStorage.kind === 'local' ? config.deepStorage.path : undefined;
  if (objects !== undefined) await inDirectory('Deep storage', objects, () => access(objects, constants.W_OK));
  const metrics = new Metrics();
  const router = new Router();
  const server = new HttpServer({
    router,
    onResponse: ({ method }, status) =>
      metrics.count('millrace_http_requests_total', { method, status: String(status) }),
    onBug: (err) => log.error('request failed unexpectedly', { err }),
  });
  const port = await server.listen(config.host, config.port);
  closers.add('HTTP server', () => server.close());
  const [store, deepStorage, nodeId] = await Promise.all([
    openMetadataStore(config.metadata.kind === 'sqlite' ? config.metadata.path : config.metadata.url),
    openDeepStorage(deepStorageUri(config)),
    config.nodeId ?? keptNodeId(config.dataDir),
  ]);
  closers.add('metadata store', () => store.close());
  // Not earlier: on few cores its threads would only keep the store's thread waiting, and nothing can be asked before.
  const arenas = new ArenaPool({ budgetBytes: config.memoryBytes });
  const pool = new EnginePool({ threads: config.threads });
  addEngineMetrics(metrics, pool);
  closers.add('engine threads', () => pool.close());
  const held = config.roles.includes('broker') ? new HeldPublishes(store, systemClock) : null;
  const view = new MetadataView(store, held);
  const cluster = new ClusterView(store);
  const owner = { nodeId, startedAtMs: STARTED_AT_MS };
  return {
    config,
    nodeId,
    port,
    log,
    metrics,
    store,
    deepStorage,
    uploads: new SegmentUploads({ store, deepStorage, owner, clock: systemClock }),
    view,
    lookups: new LookupRegistry(store),
    cluster,
    arenas,
    cache: new SlotCache({ pool: arenas }),
    pool,
    recentPlans: new RecentPlans(),
    router,
    server,
    closers,
  };
}

/** A directory that cannot be used is told at the start, not when the first segment is to be kept. */
async function inDirectory<T>(what: string, path: string, use: () => Promise<T>): Promise<T> {
  try {
    // Not Node's recursive one: below /proc it never ends.
    await nodeFileSystem.mkdir(path);
    return await use();
  } catch (cause) {
    const message = `${what} [${path}] cannot be used: ${(cause as Error).message}`;
    throw new DruidError(message, { category: 'INVALID_INPUT', persona: 'OPERATOR', cause });
  }
}

function deepStorageUri({ deepStorage }: Config): string {
  return deepStorage.kind === 'local' ? deepStorage.path : `s3://${deepStorage.bucket}/${deepStorage.prefix}`;
}

/** The id of a data directory is made once, so that a restarted process is the same node. */
async function keptNodeId(dataDir: string): Promise<string> {
  const path = join(dataDir, 'node-id');
  const kept = await readFile(path, 'utf8').catch(() => undefined);
  if (kept !== undefined && kept.trim() !== '') return kept.trim();
  const id = systemRandomness.uuid();
  await writeFile(path, `${id}\n`);
  return id;
}

async function startRoles(core: Core): Promise<{ value: boolean }> {
  const { config, router, view, cluster, closers, log } = core;
  const ready = { value: false };
  const onPollError = (err: unknown): void => log.warn('metadata store cannot be read, trying again', { err });
  addStatus(core, () => ready.value);
  const { lookups } = core;
  const broker = config.roles.includes('broker') ? makeBroker(core, lookups) : undefined;
  const heartbeat = new NodeHeartbeat({
    store: core.store,
    clock: systemClock,
    describe: () => describeNode(core, broker?.broker.minS ?? view.s),
    onError: (err) => log.warn('heartbeat failed, trying again', { err }),
  });
  await view.start(METADATA_POLL_MS, onPollError);
  closers.add('metadata view', () => view.stop());
  await heartbeat.start();
  closers.add('heartbeat', () => heartbeat.stop());
  await cluster.start(CLUSTER_POLL_MS, onPollError);
  closers.add('cluster view', () => cluster.stop());
  await lookups.start(LOOKUP_POLL_MS, onPollError);
  closers.add('lookups', () => lookups.stop());
  const supervisors = makeSupervisors(core);
  const [historical, indexer] = await Promise.all([
    config.roles.includes('historical') ? historicalRole(core) : undefined,
    config.roles.includes('indexer') ? startIndexer(core, (spec) => supervisors.submit(spec, true)) : undefined,
  ]);
  if (indexer === undefined) addPushElsewhereRoute(router);
  const leaves = localLeaves(core, historical, indexer?.leaf);
  broker?.setLocal(leaves);
  addLeafRoutes(router, leaves);
  if (broker) addClientApi(core, broker.broker, { lookups, supervisors });
  if (broker || config.roles.includes('coordinator')) addManagementApi(core, supervisors);
  const nodes = (): readonly string[] => cluster.all().map(nodeAddress);
  addLookupRoutes(router, { store: core.store, registry: lookups, nodes });
  if (config.roles.includes('coordinator')) await startCoordinator(core, indexer?.merges);
  if (config.demo && indexer) await startDemo(core, indexer, supervisors);
  return ready;
}

/** The demo is a user like any other: a supervisor spec, and pushes into the embedded log. */
async function startDemo(core: Core, indexer: IndexerRole, supervisors: Supervisors): Promise<void> {
  await supervisors.submit(DEMO_SUPERVISOR_SPEC, true);
  const demo = new DemoStream({
    eventsPerSecond: DEMO_EVENTS_PER_SECOND,
    clock: systemClock,
    random: systemRandomness,
    push: async (lines) => {
      await indexer.localLog.append(
        DEMO_DATA_SOURCE,
        lines.map((line) => ({ key: null, value: Buffer.from(line, 'utf8') })),
      );
    },
    onError: (err) => core.log.warn('demo events could not be pushed', { err }),
  });
  core.closers.add('demo stream', () => demo.stop());
}

function describeNode(core: Core, viewS: number): Omit<NodeRow, 'heartbeatAtMs'> {
  const { config, nodeId, port } = core;
  return { id: nodeId, roles: config.roles, host: advertisedHost(config), port, startedAtMs: STARTED_AT_MS, viewS };
}

const STARTED_AT_MS = Math.round(performance.timeOrigin);

function printableHost(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

function makeBroker(
  core: Core,
  lookups: LookupRegistry,
): { readonly broker: Broker; setLocal(leaves: LeafClient<NodeLeaf>): void } {
  let local: LeafClient<NodeLeaf> | undefined;
  const remote = new Map<string, HttpLeafClient>();
  const clientOf = (node: NodeRow): LeafClient<NodeLeaf> => {
    if (node.id === core.nodeId && local !== undefined) return local;
    const key = `${node.host}:${node.port}`;
    let client = remote.get(key);
    if (client === undefined) remote.set(key, (client = new HttpLeafClient(node)));
    return client;
  };
  const broker = new Broker({
    view: core.view,
    cluster: core.cluster,
    clientOf,
    clock: systemClock,
    cacheBytes: PARTIAL_CACHE_BYTES,
    lookups,
  });
  core.closers.add('broker', () => broker.close());
  return {
    broker,
    setLocal: (leaves) => {
      local = leaves;
    },
  };
}

/** What this node can be asked for by brokers. */
function localLeaves(
  { nodeId, recentPlans }: Core,
  historical: LeafClient<NodeLeaf> | undefined,
  stream: LeafClient<NodeLeaf> | undefined,
): LeafClient<NodeLeaf> {
  return {
    run: async (request, signal) => {
      const { kind } = request.target;
      if (request.plan.kind !== 'analyze') recentPlans.add(request.dataSource, request.plan);
      const leaf = kind === 'segments' ? historical : stream;
      return leaf?.run(request, signal) ?? { kind: 'refused', reason: `node [${nodeId}] does not serve ${kind}` };
    },
  };
}

async function historicalRole(core: Core): Promise<LeafClient<NodeLeaf>> {
  const { config, metrics, closers } = core;
  const historical = await startHistorical({
    nodeId: core.nodeId,
    cacheDir: join(config.dataDir, 'segment-cache'),
    arenas: core.arenas,
    cache: core.cache,
    store: core.store,
    view: core.view,
    deepStorage: core.deepStorage,
    pool: core.pool,
    recentPlans: core.recentPlans,
    historicals: () => core.cluster.withRole('historical'),
    log: core.log.child({ service: 'historical' }),
    onCorruption: (dataSource) => metrics.count('millrace_corruptions_total', { data_source: dataSource }),
  });
  closers.add('historical', () => historical.stop());
  metrics.gauge('millrace_memory_bytes', () => [
    { labels: { use: 'budget' }, value: config.memoryBytes },
    { labels: { use: 'used' }, value: core.cache.metrics.bytes },
  ]);
  return historical.node;
}

function addStatus(core: Core, ready: () => boolean): void {
  const { metrics, view } = core;
  metrics.gauge('millrace_metadata_sequence', () => [{ labels: {}, value: view.s }]);
  metrics.gauge('millrace_segments', () => segmentCounts(view));
  addStatusRoutes(core.router, {
    version: VERSION,
    ready,
    properties: () =>
      Object.fromEntries(
        Object.entries(redactedConfig(core.config)).map(([key, value]) => [`millrace.${key}`, JSON.stringify(value)]),
      ),
    metricsText: () => metrics.text(),
  });
}

const VERSION = '0.1.0';

function segmentCounts(view: MetadataView): { labels: { data_source: string }; value: number }[] {
  const counts = new Map<string, number>();
  for (const row of view.segments()) counts.set(row.dataSource, (counts.get(row.dataSource) ?? 0) + 1);
  return [...counts].map(([dataSource, value]) => ({ labels: { data_source: dataSource }, value }));
}

/** What clients of a broker use: queries, live queries, the page. */
function addClientApi(
  core: Core,
  broker: Broker,
  shared: { readonly lookups: LookupRegistry; readonly supervisors: Supervisors },
): void {
  const { router, metrics } = core;
  metrics.gauge('millrace_running_queries', () => [{ labels: {}, value: broker.runningQueries }]);
  const scheduler = new QueryScheduler(configuredCapacity(core.config));
  const onQuery = (type: string, durationMs: number, failed: boolean, rowsScanned: number): void => {
    metrics.count('millrace_queries_total', { type, outcome: failed ? 'failed' : 'success' });
    metrics.count('millrace_query_rows_scanned_total', { type }, rowsScanned);
    metrics.observeSeconds('millrace_query_seconds', { type }, durationMs / 1000);
  };
  const running = new RunningQueries(() => systemClock.nowMs());
  core.closers.add('running queries', async () => {
    const cut = await running.settled(systemClock, QUERY_STOP_LIMIT_MS);
    if (cut > 0) core.log.warn('Queries are cut off', { queries: cut });
  });
  const sql = addSqlApi(core, { broker, scheduler, running, onQuery, ...shared });
  addQueryRoutes(router, {
    broker,
    view: core.view,
    cluster: core.cluster,
    maxBytes: core.config.memoryBytes,
    nowMs: () => systemClock.nowMs(),
    scheduler,
    running,
    onQuery,
  });
  addLiveApi(core, broker, sql);
  metrics.gauge('millrace_partial_cache_requests', () => [
    { labels: { result: 'hit' }, value: broker.cache.hits },
    { labels: { result: 'miss' }, value: broker.cache.misses },
  ]);
  addConsoleRoutes(router);
}
