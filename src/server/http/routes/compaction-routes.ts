import { awaitingCompaction, COMPACTION } from '../../../coordination/coordinator/auto-compaction-duty.js';
import { DruidError, invalidInput } from '../../../common/druid-error.js';
import { formatIso } from '../../../common/iso-time.js';
import { parsePeriod } from '../../../common/period.js';
import type { MetadataStore, SegmentRow } from '../../../metadata/metadata-store.js';
import type { MetadataView } from '../../../metadata/metadata-view.js';
import { type HttpHandler, type HttpRequest, type HttpResponse, json } from '../http-message.js';
import { jsonHandler } from '../json-body.js';
import type { Router } from '../router.js';
import { auditOf, countOf } from './audit.js';

type Json = Readonly<Record<string, unknown>>;

const COORDINATOR = '/druid/coordinator/v1';
const OVERLORD = '/druid/indexer/v1/compaction';
const CLUSTER = 'compactionCluster';
/** A state that no segment has. */
const NEVER = {};

export interface CompactionRoutesOptions {
  readonly store: Pick<MetadataStore, 'config' | 'configs' | 'putConfig' | 'configHistory'>;
  readonly view: Pick<MetadataView, 'visible'>;
  /** Checks a compaction config. @throws DruidError INVALID_INPUT, UNSUPPORTED */
  readonly checkCompaction: (config: Json) => void;
  readonly compactionState: (config: Json) => unknown;
}

/** Auto-compaction, by the coordinator's API and the overlord's. @source Druid `CoordinatorCompactionConfigsResource.java`, `OverlordCompactionResource.java` */
export function addCompactionRoutes(router: Router, options: CompactionRoutesOptions): void {
  const path = `${COORDINATOR}/config/compaction`;
  const { store } = options;
  router.add('GET', path, async () => json({ compactionConfigs: await configsOf(store), ...(await clusterOf(store)) }));
  router.add(
    'POST',
    path,
    putConfig(options, () => ({ status: 200 })),
  );
  router.add('POST', `${path}/taskslots`, async (request) => {
    const number = (name: string): number | undefined => {
      const text = request.query.get(name);
      return text === null || !Number.isFinite(Number(text)) ? undefined : Number(text);
    };
    const [ratio, max] = [number('ratio'), number('max')];
    const cluster = ((await store.config(CLUSTER)) ?? {}) as Json;
    const changed = { ...cluster, ...(ratio !== undefined && { ratio }), ...(max !== undefined && { max }) };
    await store.putConfig(CLUSTER, changed, auditOf(request));
    return { status: 200 };
  });
  router.add('GET', `${path}/:dataSource`, oneConfig(store));
  router.add(
    'DELETE',
    `${path}/:dataSource`,
    deleteConfig(store, () => ({ status: 200 })),
  );
  router.add('GET', `${path}/:dataSource/history`, async (request) => json(await historyOf(store, request)));
  addOverlordConfig(router, options);
  addCompactionState(router, options);
}

/** What Druid 33 has moved to the overlord: the same configs. */
function addOverlordConfig(router: Router, options: CompactionRoutesOptions): void {
  const { store } = options;
  const success = (): HttpResponse => json({ success: true });
  router.add('GET', `${OVERLORD}/isSupervisorEnabled`, () => json(false));
  router.add('GET', `${OVERLORD}/config/cluster`, async () => json(await clusterOf(store)));
  router.add(
    'POST',
    `${OVERLORD}/config/cluster`,
    jsonHandler(async (body, request) => {
      await store.putConfig(CLUSTER, parseCluster(body), auditOf(request));
      return success();
    }),
  );
  const path = `${OVERLORD}/config/datasources`;
  router.add('GET', path, async () => json({ compactionConfigs: await configsOf(store) }));
  router.add('GET', `${path}/:dataSource`, oneConfig(store));
  router.add('POST', `${path}/:dataSource`, putConfig(options, success));
  router.add('DELETE', `${path}/:dataSource`, deleteConfig(store, success));
  router.add('GET', `${path}/:dataSource/history`, async (request) =>
    json({ entries: await historyOf(store, request) }),
  );
}

async function configsOf(store: CompactionRoutesOptions['store']): Promise<readonly Json[]> {
  return (await store.configs(COMPACTION)).map(({ payload }) => payload as Json);
}

/** @source Druid `ClusterCompactionConfig.java` */
async function clusterOf(store: CompactionRoutesOptions['store']): Promise<Json> {
  const cluster = ((await store.config(CLUSTER)) ?? {}) as Json;
  return {
    compactionTaskSlotRatio: cluster['ratio'] ?? 0.1,
    maxCompactionTaskSlots: cluster['max'] ?? 2_147_483_647,
    compactionPolicy: null,
    useSupervisors: false,
    engine: 'native',
  };
}

function parseCluster(body: unknown): Json {
  const config = (body ?? {}) as Json;
  if (config['useSupervisors'] === true || (config['engine'] ?? 'native') !== 'native')
    throw new DruidError('Compaction by supervisors and by engine [msq] is not supported', { category: 'UNSUPPORTED' });
  const number = (key: string): number | undefined => {
    const value = config[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && value >= 0) return value;
    throw invalidInput(`${key} must be a number that is not negative`);
  };
  const [ratio, max] = [number('compactionTaskSlotRatio'), number('maxCompactionTaskSlots')];
  return { ...(ratio !== undefined && { ratio }), ...(max !== undefined && { max }) };
}

function putConfig({ store, checkCompaction }: CompactionRoutesOptions, done: () => HttpResponse): HttpHandler {
  return jsonHandler(async (body, request) => {
    const config = (body ?? {}) as Json;
    const { dataSource } = config;
    if (typeof dataSource !== 'string' || dataSource === '') throw invalidInput('dataSource must be set');
    checkCompaction(config);
    const defaults = { taskPriority: 25, inputSegmentSizeBytes: 100_000_000_000_000, skipOffsetFromLatest: 'P1D' };
    const filled = { ...defaults, ...config };
    const { skipOffsetFromLatest } = filled;
    if (typeof skipOffsetFromLatest !== 'string' || parsePeriod(skipOffsetFromLatest) === undefined)
      throw invalidInput(`skipOffsetFromLatest [${JSON.stringify(skipOffsetFromLatest)}] is not an ISO 8601 period`);
    await store.putConfig(COMPACTION + dataSource, filled, auditOf(request));
    return done();
  });
}

function oneConfig(store: CompactionRoutesOptions['store']): HttpHandler {
  return async (request) => {
    const config = await store.config(COMPACTION + request.param('dataSource'));
    return config === undefined ? notFound('Datasource compaction config does not exist') : json(config);
  };
}

function deleteConfig(store: CompactionRoutesOptions['store'], done: () => HttpResponse): HttpHandler {
  return async (request) => {
    const name = COMPACTION + request.param('dataSource');
    if ((await store.config(name)) === undefined) return notFound('Datasource compaction config does not exist');
    await store.putConfig(name, undefined, auditOf(request));
    return done();
  };
}

/** @source Druid `DataSourceCompactionConfigAuditEntry.java` */
async function historyOf(store: CompactionRoutesOptions['store'], request: HttpRequest): Promise<readonly Json[]> {
  const changes = await store.configHistory(COMPACTION + request.param('dataSource'), countOf(request));
  return changes.map(({ payload, author, comment, atMs }) => ({
    globalConfig: null,
    compactionConfig: payload,
    auditInfo: { author, identity: 'allowAll', comment, ip: '127.0.0.1' },
    auditTime: formatIso(atMs),
  }));
}

function addCompactionState(router: Router, { store, view, compactionState }: CompactionRoutesOptions): void {
  const awaiting = (config: Json): SegmentRow[] =>
    awaitingCompaction(view, String(config['dataSource']), config, compactionState).flatMap(({ rows }) => rows);
  const bytes = (rows: readonly SegmentRow[]): number => rows.reduce((sum, row) => sum + row.sizeBytes, 0);
  router.add('GET', `${COORDINATOR}/compaction/progress`, async (request) => {
    const config = await store.config(COMPACTION + (request.query.get('dataSource') ?? ''));
    if (config === undefined) return notFound('Unknown DataSource');
    return json({ remainingSegmentSize: bytes(awaiting(config as Json)) });
  });
  const statuses = async (asked: string | null): Promise<readonly Json[]> => {
    const chosen = (await configsOf(store)).filter((config) => asked === null || config['dataSource'] === asked);
    return chosen.map((config) => statusJson(config, awaiting(config), view));
  };
  const statusOf = async (asked: string | null): Promise<HttpResponse> => {
    const latestStatus = await statuses(asked);
    return asked !== null && latestStatus.length === 0 ? notFound('Unknown DataSource') : json({ latestStatus });
  };
  router.add('GET', `${COORDINATOR}/compaction/status`, (request) => statusOf(request.query.get('dataSource')));
  router.add('GET', `${OVERLORD}/status/datasources`, () => statusOf(null));
  router.add('GET', `${OVERLORD}/status/datasources/:dataSource`, async (request) => {
    const [status] = await statuses(request.param('dataSource'));
    return status === undefined ? notFound('Unknown DataSource') : json(status);
  });
}

/** @source Druid `AutoCompactionSnapshot.java` */
function statusJson(config: Json, awaiting: readonly SegmentRow[], view: CompactionRoutesOptions['view']): Json {
  const dataSource = String(config['dataSource']);
  const every = awaitingCompaction(view, dataSource, config, () => NEVER).flatMap(({ rows }) => rows);
  const waiting = new Set(awaiting.map((row) => row.id));
  const compacted = every.filter((row) => !waiting.has(row.id));
  const sums = (prefix: string, rows: readonly SegmentRow[]): Json => ({
    [`bytes${prefix}`]: rows.reduce((sum, row) => sum + row.sizeBytes, 0),
    [`segmentCount${prefix}`]: rows.length,
    [`intervalCount${prefix}`]: new Set(rows.map((row) => row.intervalStartMs)).size,
  });
  return {
    dataSource,
    scheduleStatus: 'RUNNING',
    message: null,
    ...sums('AwaitingCompaction', awaiting),
    ...sums('Compacted', compacted),
    ...sums('Skipped', []),
  };
}

function notFound(message: string): HttpResponse {
  const { persona, category, errorCode, context } = new DruidError(message, {
    category: 'NOT_FOUND',
    persona: 'USER',
    errorCode: 'notFound',
  });
  return json({ error: 'druidException', errorCode, persona, category, errorMessage: message, context }, 404);
}
