import { awaitingCompaction, COMPACTION } from '../../../coordination/coordinator/auto-compaction-duty.js';
import { DEFAULT_RULES, RULES } from '../../../coordination/coordinator/retention-duty.js';
import { DEFAULT_TIER, parseRules } from '../../../coordination/coordinator/rules.js';
import { DruidError, invalidInput } from '../../../common/druid-error.js';
import { formatIso } from '../../../common/iso-time.js';
import type { ConfigChange, MetadataStore, SegmentRow } from '../../../metadata/metadata-store.js';
import type { MetadataView } from '../../../metadata/metadata-view.js';
import { type HttpRequest, type HttpResponse, json } from '../http-message.js';
import { jsonHandler } from '../json-body.js';
import { integerParameter } from '../parameters.js';
import type { Router } from '../router.js';

type Json = Readonly<Record<string, unknown>>;

const PREFIX = '/druid/coordinator/v1';
const CLUSTER = 'compactionCluster';
const MAX_HISTORY = 10_000;
/** A state that no segment has. */
const NEVER = {};

const LOAD_FOREVER = { tieredReplicants: { [DEFAULT_TIER]: 2 }, useDefaultTierForNull: true, type: 'loadForever' };

export interface ConfigRoutesOptions {
  readonly store: Pick<MetadataStore, 'config' | 'configs' | 'putConfig' | 'configHistory'>;
  readonly view: Pick<MetadataView, 'visible'>;
  /** Checks a compaction config. @throws DruidError INVALID_INPUT, UNSUPPORTED */
  readonly checkCompaction: (config: Json) => void;
  readonly compactionState: (config: Json) => unknown;
}

/** Rules and auto-compaction. @source Druid `RulesResource.java`, `CoordinatorCompactionConfigsResource.java` */
export function addConfigRoutes(router: Router, options: ConfigRoutesOptions): void {
  addRules(router, options.store);
  addCompactionConfig(router, options);
  addCompactionState(router, options);
}

function addRules(router: Router, store: ConfigRoutesOptions['store']): void {
  const defaults = async (): Promise<unknown> => (await store.config(RULES + DEFAULT_RULES)) ?? [LOAD_FOREVER];
  router.add('GET', `${PREFIX}/rules`, async () => {
    const all = await store.configs(RULES);
    const own = all.map(({ name, payload }) => [name.slice(RULES.length), payload] as const);
    return json({ ...Object.fromEntries(own), [DEFAULT_RULES]: await defaults() });
  });
  router.add('GET', `${PREFIX}/rules/history`, async (request) => {
    const names = (await store.configs(RULES)).map(({ name }) => name);
    const histories = await Promise.all(names.map((name) => store.configHistory(name, MAX_HISTORY)));
    const newest = histories.flat().sort((a, b) => b.atMs - a.atMs);
    return json(newest.slice(0, countOf(request)).map((change) => auditJson(change, 'rules', RULES)));
  });
  router.add('GET', `${PREFIX}/rules/:dataSource`, async (request) => {
    const name = request.param('dataSource');
    const own = await store.config(RULES + name);
    if (name === DEFAULT_RULES) return json(await defaults());
    const rules = (own ?? []) as readonly unknown[];
    return json(request.query.has('full') ? [...rules, ...((await defaults()) as readonly unknown[])] : rules);
  });
  router.add('GET', `${PREFIX}/rules/:dataSource/history`, async (request) => {
    const changes = await store.configHistory(RULES + request.param('dataSource'), countOf(request));
    return json(changes.map((change) => auditJson(change, 'rules', RULES)));
  });
  router.add(
    'POST',
    `${PREFIX}/rules/:dataSource`,
    jsonHandler(async (body, request) => {
      const rules = parseRules(body).map((rule) => rule.json);
      const name = request.param('dataSource');
      if (name === DEFAULT_RULES && rules.length === 0) throw invalidInput('Rules of [_default] must not be empty');
      await store.putConfig(RULES + name, rules, auditOf(request));
      return { status: 200 };
    }),
  );
}

function addCompactionConfig(router: Router, { store, checkCompaction }: ConfigRoutesOptions): void {
  const path = `${PREFIX}/config/compaction`;
  router.add('GET', path, async () => {
    const compactionConfigs = (await store.configs(COMPACTION)).map(({ payload }) => payload);
    const cluster = ((await store.config(CLUSTER)) ?? {}) as Json;
    return json({
      compactionConfigs,
      compactionTaskSlotRatio: cluster['ratio'] ?? 0.1,
      maxCompactionTaskSlots: cluster['max'] ?? 2_147_483_647,
      compactionPolicy: null,
      useSupervisors: false,
      engine: 'native',
    });
  });
  router.add(
    'POST',
    path,
    jsonHandler(async (body, request) => {
      const config = (body ?? {}) as Json;
      const { dataSource } = config;
      if (typeof dataSource !== 'string' || dataSource === '') throw invalidInput('dataSource must be set');
      checkCompaction(config);
      const filled = { taskPriority: 25, inputSegmentSizeBytes: 100_000_000_000_000, skipOffsetFromLatest: 'P1D' };
      await store.putConfig(COMPACTION + dataSource, { ...filled, ...config }, auditOf(request));
      return { status: 200 };
    }),
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
  router.add('GET', `${path}/:dataSource`, async (request) => {
    const config = await store.config(COMPACTION + request.param('dataSource'));
    return config === undefined ? notFound('Datasource compaction config does not exist') : json(config);
  });
  router.add('DELETE', `${path}/:dataSource`, async (request) => {
    const name = COMPACTION + request.param('dataSource');
    if ((await store.config(name)) === undefined) return notFound('Datasource compaction config does not exist');
    await store.putConfig(name, undefined, auditOf(request));
    return { status: 200 };
  });
  router.add('GET', `${path}/:dataSource/history`, async (request) => {
    const changes = await store.configHistory(COMPACTION + request.param('dataSource'), countOf(request));
    return json(
      changes.map(({ payload, author, comment, atMs }) => ({
        globalConfig: null,
        compactionConfig: payload,
        auditInfo: { author, identity: 'allowAll', comment, ip: '127.0.0.1' },
        auditTime: formatIso(atMs),
      })),
    );
  });
}

function addCompactionState(router: Router, { store, view, compactionState }: ConfigRoutesOptions): void {
  const awaiting = (config: Json): SegmentRow[] =>
    awaitingCompaction(view, String(config['dataSource']), config, compactionState).flatMap(({ rows }) => rows);
  const bytes = (rows: readonly SegmentRow[]): number => rows.reduce((sum, row) => sum + row.sizeBytes, 0);
  router.add('GET', `${PREFIX}/compaction/progress`, async (request) => {
    const config = await store.config(COMPACTION + (request.query.get('dataSource') ?? ''));
    if (config === undefined) return notFound('Unknown DataSource');
    return json({ remainingSegmentSize: bytes(awaiting(config as Json)) });
  });
  router.add('GET', `${PREFIX}/compaction/status`, async (request) => {
    const asked = request.query.get('dataSource');
    const configs = (await store.configs(COMPACTION)).map(({ payload }) => payload as Json);
    const chosen = configs.filter((config) => asked === null || config['dataSource'] === asked);
    if (asked !== null && chosen.length === 0) return notFound('Unknown DataSource');
    return json({ latestStatus: chosen.map((config) => statusJson(config, awaiting(config), view)) });
  });
}

/** @source Druid `AutoCompactionSnapshot.java` */
function statusJson(config: Json, awaiting: readonly SegmentRow[], view: ConfigRoutesOptions['view']): Json {
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

function countOf(request: HttpRequest): number {
  return integerParameter(request, 'count', { min: 1, max: MAX_HISTORY, fallback: MAX_HISTORY });
}

function auditOf(request: HttpRequest): { readonly author: string; readonly comment: string } {
  return { author: request.header('x-druid-author') ?? '', comment: request.header('x-druid-comment') ?? '' };
}

/** @source Druid `AuditEntry.java` */
function auditJson({ name, author, comment, payload, atMs }: ConfigChange, type: string, prefix: string): Json {
  return {
    key: name.slice(prefix.length),
    type,
    auditInfo: { author, identity: 'allowAll', comment, ip: '127.0.0.1' },
    request: null,
    payload: JSON.stringify(payload),
    auditTime: formatIso(atMs),
  };
}
