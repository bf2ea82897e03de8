import type { ClusterView } from '../../../broker/cluster-view.js';
import type { Interval } from '../../../common/interval.js';
import { parseInterval } from '../../../common/iso-time.js';
import { formatDouble } from '../../../common/java-number.js';
import { jsonString } from '../../../common/json-write.js';
import type { TaskQueue } from '../../../coordination/overlord/tasks.js';
import type { MetadataStore, NodeRow, SegmentRow } from '../../../metadata/metadata-store.js';
import type { MetadataView } from '../../../metadata/metadata-view.js';
import { nodeAddress, placedServers } from '../../placed-servers.js';
import { visibleRows } from '../../visible-rows.js';
import { segmentJson } from '../encode/segment-json.js';
import { type HttpRequest, type HttpResponse, json, text } from '../http-message.js';
import type { Router } from '../router.js';

const PREFIX = '/druid/coordinator/v1';
const TIER = '_default_tier';
/** Without an interval the load state is of the data of so much time. */
const LOAD_STATUS_MS = 14 * 86_400_000;

export interface ServerRoutesOptions {
  readonly view: MetadataView;
  readonly store: Pick<MetadataStore, 'loadedAmong'>;
  readonly cluster: Pick<ClusterView, 'all'>;
  readonly tasks: Pick<TaskQueue, 'list'>;
  /** Bytes that a historical may keep, for clients that show how full it is. */
  readonly maxBytes: number;
  readonly nowMs: () => number;
}

/** Servers with what they hold and do. @source Druid `ServersResource.java`, `CoordinatorResource.java`, `DataSourcesResource.java`, `WorkerResource.java` */
export function addServerRoutes(router: Router, options: ServerRoutesOptions): void {
  const { view, cluster, tasks } = options;
  const nodes = (): readonly NodeRow[] => dataServers(cluster.all());
  const named = (request: HttpRequest): NodeRow | undefined =>
    nodes().find((node) => nodeAddress(node) === request.param('server'));
  const held = (node: NodeRow): SegmentRow[] =>
    node.roles.includes('historical')
      ? view
          .dataSources()
          .flatMap((name) => visibleRows(view, name))
          .filter((row) => placedServers(row.id, cluster.all()).includes(node))
      : [];
  router.add('GET', `${PREFIX}/servers`, (request) => {
    if (request.query.has('full')) return json(nodes().map((node) => fullJson(node, held(node), options)));
    if (!request.query.has('simple')) return json(nodes().map(nodeAddress));
    return json(nodes().map((node) => simpleJson(node, held(node), options)));
  });
  router.add('GET', `${PREFIX}/servers/:server`, (request) => {
    const node = named(request);
    if (node === undefined) return { status: 404 };
    return json((request.query.has('simple') ? simpleJson : fullJson)(node, held(node), options));
  });
  router.add('GET', `${PREFIX}/servers/:server/segments`, (request) => {
    const node = named(request);
    if (node === undefined) return { status: 404 };
    return json(held(node).map((row) => (request.query.has('full') ? segmentJson(row) : row.id)));
  });
  router.add('GET', `${PREFIX}/servers/:server/segments/:segmentId`, (request) => {
    const node = named(request);
    const row = node && held(node).find(({ id }) => id === request.param('segmentId'));
    return row === undefined ? { status: 404 } : json(segmentJson(row));
  });
  router.add('GET', `${PREFIX}/loadqueue`, (request) => {
    const queue = request.query.has('simple') ? NO_COUNTS : NO_LISTS;
    return json(Object.fromEntries(nodes().map((node) => [nodeAddress(node), queue])));
  });
  router.add('GET', `${PREFIX}/datasources/:dataSource/loadstatus`, (request) => loadStatus(request, options));
  router.add('GET', '/druid/worker/v1/enabled', () =>
    json(Object.fromEntries(indexers(cluster.all()).map((node) => [nodeAddress(node), true]))),
  );
  router.add('GET', '/druid/worker/v1/tasks', async () => {
    const running = await tasks.list({ state: 'running' });
    return json(running.map(({ id }) => id));
  });
}

/** Historicals fetch what placement gives them: nothing is queued for them. */
const NO_LISTS = { segmentsToLoad: [], segmentsToDrop: [] };
const NO_COUNTS = {
  segmentsToLoad: 0,
  segmentsToDrop: 0,
  segmentsToLoadSize: 0,
  segmentsToDropSize: 0,
  expectedLoadTimeMillis: 0,
};

function dataServers(nodes: readonly NodeRow[]): readonly NodeRow[] {
  return nodes.filter((node) => node.roles.includes('historical') || node.roles.includes('indexer'));
}

function indexers(nodes: readonly NodeRow[]): readonly NodeRow[] {
  return nodes.filter((node) => node.roles.includes('indexer'));
}

function typeOf(node: NodeRow): string {
  return node.roles.includes('historical') ? 'historical' : 'indexer-executor';
}

function sizeOf(rows: readonly SegmentRow[]): number {
  return rows.reduce((sum, row) => sum + row.sizeBytes, 0);
}

function simpleJson(node: NodeRow, rows: readonly SegmentRow[], { maxBytes }: ServerRoutesOptions): unknown {
  const maxSize = node.roles.includes('historical') ? maxBytes : 0;
  return { host: nodeAddress(node), tier: TIER, type: typeOf(node), priority: 0, currSize: sizeOf(rows), maxSize };
}

function fullJson(node: NodeRow, rows: readonly SegmentRow[], { maxBytes }: ServerRoutesOptions): unknown {
  return {
    host: nodeAddress(node),
    maxSize: node.roles.includes('historical') ? maxBytes : 0,
    type: typeOf(node),
    tier: TIER,
    priority: 0,
    segments: Object.fromEntries(rows.map((row) => [row.id, segmentJson(row)])),
    currSize: sizeOf(rows),
  };
}

/** The share of a data source's segments in an interval that a historical has whole; `simple` and `full` count the others. */
async function loadStatus(request: HttpRequest, { view, store, nowMs }: ServerRoutesOptions): Promise<HttpResponse> {
  const { query } = request;
  if (!query.has('forceMetadataRefresh')) return text('Invalid request. forceMetadataRefresh must be specified', 400);
  if (query.has('simple') && query.has('full'))
    return text('Invalid request. simple and full cannot both be specified', 400);
  const name = request.param('dataSource');
  if (query.get('forceMetadataRefresh') === 'true') await view.refresh();
  const rows = visibleRows(view, name);
  if (rows.length === 0) return { status: 204, headers: { 'content-type': 'application/json' } };
  const asked = query.get('interval');
  const interval: Interval =
    asked === null ? { startMs: nowMs() - LOAD_STATUS_MS, endMs: nowMs() } : parseInterval(asked.replace('_', '/'));
  const within = rows.filter((row) => row.intervalStartMs < interval.endMs && row.intervalEndMs > interval.startMs);
  if (within.length === 0) {
    const body = 'No used segment found for the given datasource and interval';
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const loaded = await store.loadedAmong(within.map((row) => row.id));
  const missing = within.filter((row) => !loaded.has(row.id)).length;
  if (query.has('simple')) return json({ [name]: missing });
  if (query.has('full')) return json({ [TIER]: { [name]: missing } });
  const percent = formatDouble((100 * (within.length - missing)) / within.length);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: `{${jsonString(name)}:${percent}}` };
}
