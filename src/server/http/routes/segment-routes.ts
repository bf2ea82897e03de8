import type { ClusterView } from '../../../broker/cluster-view.js';
import { DruidError } from '../../../common/druid-error.js';
import { contains, overlaps, type Interval } from '../../../common/interval.js';
import { formatIso, parseInterval } from '../../../common/iso-time.js';
import type { MetadataStore, SegmentRow } from '../../../metadata/metadata-store.js';
import type { MetadataView } from '../../../metadata/metadata-view.js';
import { DEFAULT_REPLICAS } from '../../../historical/start-historical.js';
import { nodeAddress, placedServers } from '../../placed-servers.js';
import { usedRows, visibleRows } from '../../visible-rows.js';
import { segmentInterval, segmentJson } from '../encode/segment-json.js';
import { type HttpRequest, type HttpResponse, json, text } from '../http-message.js';
import { jsonHandler } from '../json-body.js';
import { integerParameter } from '../parameters.js';
import type { Router } from '../router.js';

const SERVED = '/druid/coordinator/v1/datasources';
const OVERLORD = '/druid/indexer/v1/datasources';
/** Marking segments is done by either API. */
const MARKED = [SERVED, OVERLORD];
const METADATA = '/druid/coordinator/v1/metadata';
const BAD_MARK =
  "Invalid request payload. Specify either 'interval' or 'segmentIds', but not both. " +
  "Optionally, include 'versions' only when 'interval' is provided.";

export interface SegmentRoutesOptions {
  readonly view: MetadataView;
  readonly store: Pick<MetadataStore, 'loadedAmong' | 'retireSegments' | 'unusedSegments' | 'useSegments'>;
  /** Submits a task. */
  readonly submit: (task: unknown) => Promise<unknown>;
  readonly cluster: Pick<ClusterView, 'all'>;
}

/**
 * Data sources and their segments, to read and to mark used or unused.
 * @source Druid `DataSourcesResource.java`, `MetadataResource.java`, `OverlordDataSourcesResource.java`
 */
export function addSegmentRoutes(router: Router, options: SegmentRoutesOptions): void {
  addServedRoutes(router, options);
  addMetadataRoutes(router, options.view);
  addMarkRoutes(router, options);
  addUseRoutes(router, options);
}

function addServedRoutes(router: Router, options: SegmentRoutesOptions): void {
  const { view } = options;
  router.add('GET', SERVED, (request) => {
    const names = view.dataSources();
    if (request.query.has('full')) return json(names.map((name) => dataSourceJson(view, name)));
    if (!request.query.has('simple')) return json(names);
    return json(names.map((name) => ({ name, properties: properties(visibleRows(view, name)) })));
  });
  router.add('GET', `${SERVED}/:dataSource`, (request) => {
    const rows = visibleRows(view, request.param('dataSource'));
    if (rows.length === 0) return { status: 204 };
    return json(request.query.has('full') ? dataSourceJson(view, request.param('dataSource')) : properties(rows));
  });
  router.add('GET', `${SERVED}/:dataSource/segments`, (request) => {
    const rows = visibleRows(view, request.param('dataSource'));
    if (rows.length === 0) return { status: 204 };
    return json(rows.map((row) => (request.query.has('full') ? segmentJson(row) : row.id)));
  });
  router.add('GET', `${SERVED}/:dataSource/segments/:segmentId`, async (request) => {
    const row = view.segment(request.param('segmentId'));
    if (row === undefined || row.dataSource !== request.param('dataSource')) return { status: 204 };
    const loaded = await options.store.loadedAmong([row.id]);
    return json(servedSegmentJson(row, loaded, options.cluster));
  });
  router.add('GET', `${SERVED}/:dataSource/intervals`, (request) => intervals(request, options));
  router.add('GET', `${SERVED}/:dataSource/handoffComplete`, (request) => handoffComplete(request, options));
}

function addMetadataRoutes(router: Router, view: MetadataView): void {
  router.add('GET', `${METADATA}/datasources`, (request) => {
    const names = view.dataSources();
    return json(request.query.has('full') ? names.map((name) => dataSourceJson(view, name)) : names);
  });
  router.add('GET', `${METADATA}/datasources/:dataSource`, (request) => {
    const name = request.param('dataSource');
    return view.dataSources().includes(name) ? json(dataSourceJson(view, name)) : { status: 404 };
  });
  const segments = (request: HttpRequest, within: readonly Interval[] | undefined): HttpResponse => {
    const used = usedRows(view, request.param('dataSource'));
    if (used.length === 0) return { status: 404 };
    const rows = used.filter((row) => within === undefined || within.some((interval) => overlaps(interval, span(row))));
    return json(rows.map((row) => (request.query.has('full') ? segmentJson(row) : row.id)));
  };
  router.add('GET', `${METADATA}/datasources/:dataSource/segments`, (request) => segments(request, undefined));
  router.add(
    'POST',
    `${METADATA}/datasources/:dataSource/segments`,
    jsonHandler((body, request) => segments(request, intervalList(body))),
  );
  router.add('GET', `${METADATA}/datasources/:dataSource/segments/:segmentId`, (request) => {
    const row = view.segment(request.param('segmentId'));
    return row?.dataSource === request.param('dataSource') ? json(segmentJson(row)) : { status: 404 };
  });
  router.add('GET', `${METADATA}/segments`, (request) => allSegments(request, view));
}

/** Unused segments of a data source as Druid's mark calls choose them: those that nothing newer hides. */
async function markUsed(
  dataSource: string,
  wanted: Marked | 'all',
  { view, store }: SegmentRoutesOptions,
): Promise<HttpResponse> {
  const interval = wanted === 'all' || 'ids' in wanted ? null : wanted.interval;
  const unused = await store.unusedSegments(dataSource, interval, Number.MAX_SAFE_INTEGER);
  const chosen = unused.filter((row) => {
    if (wanted === 'all') return true;
    return 'ids' in wanted ? wanted.ids.includes(row.id) : (wanted.versions?.includes(row.version) ?? true);
  });
  const visible = chosen.filter((row) => {
    const newer = [...view.segments().filter((other) => other.dataSource === dataSource), ...chosen];
    return !newer.some((other) => other.version > row.version && contains(span(other), span(row)));
  });
  const changed =
    visible.length === 0
      ? 0
      : await store.useSegments(
          dataSource,
          visible.map((row) => row.id),
        );
  if (changed > 0) await view.refresh();
  return json({ numChangedSegments: changed, segmentStateChanged: changed > 0 });
}

function addUseRoutes(router: Router, options: SegmentRoutesOptions): void {
  for (const prefix of MARKED) {
    router.add('POST', `${prefix}/:dataSource`, (request) => markUsed(request.param('dataSource'), 'all', options));
    router.add('POST', `${prefix}/:dataSource/segments/:segmentId`, (request) =>
      markUsed(request.param('dataSource'), { ids: [request.param('segmentId')] }, options),
    );
    router.add(
      'POST',
      `${prefix}/:dataSource/markUsed`,
      jsonHandler((body, request) => {
        const wanted = readMarked(body);
        return wanted === undefined ? text(BAD_MARK, 400) : markUsed(request.param('dataSource'), wanted, options);
      }),
    );
  }
  router.add('GET', `${METADATA}/datasources/:dataSource/unusedSegments`, async (request) => {
    const asked = request.query.get('interval');
    const interval = asked === null ? null : parseInterval(asked.replace('_', '/'));
    const limit = integerParameter(request, 'limit', { min: 1, max: 2 ** 31 - 1, fallback: 2 ** 31 - 1 });
    const rows = await options.store.unusedSegments(request.param('dataSource'), interval, limit);
    return json(rows.map(segmentJson));
  });
  const kill = async (dataSource: string, interval: string): Promise<HttpResponse> => {
    await options.submit({ type: 'kill', dataSource, interval: interval.replace('_', '/') });
    return { status: 200 };
  };
  router.add('DELETE', `${SERVED}/:dataSource/intervals/:interval`, (request) =>
    kill(request.param('dataSource'), request.param('interval')),
  );
  router.add('DELETE', `${OVERLORD}/:dataSource`, (request) => retireAll(request.param('dataSource'), options));
  router.add('DELETE', `${SERVED}/:dataSource`, async (request) => {
    const dataSource = request.param('dataSource');
    if (request.query.get('kill') !== 'true') return retireAll(dataSource, options);
    return kill(
      dataSource,
      request.query.get('interval') ?? '-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z',
    );
  });
}

async function retireAll(dataSource: string, { view, store }: SegmentRoutesOptions): Promise<HttpResponse> {
  const changed = await store.retireSegments(dataSource, 'all');
  if (changed > 0) await view.refresh();
  return json({ numChangedSegments: changed, segmentStateChanged: changed > 0 });
}

function addMarkRoutes(router: Router, { view, store }: SegmentRoutesOptions): void {
  const retire = async (dataSource: string, ids: readonly string[] | 'all'): Promise<HttpResponse> => {
    const changed = ids.length === 0 ? 0 : await store.retireSegments(dataSource, ids);
    // Whoever got the answer finds the segments gone from this node's queries.
    if (changed > 0) await view.refresh();
    return json({ numChangedSegments: changed, segmentStateChanged: changed > 0 });
  };
  for (const prefix of MARKED) {
    router.add('DELETE', `${prefix}/:dataSource/segments/:segmentId`, (request) =>
      retire(request.param('dataSource'), [request.param('segmentId')]),
    );
    router.add(
      'POST',
      `${prefix}/:dataSource/markUnused`,
      jsonHandler((body, request) => {
        const wanted = readMarked(body);
        if (wanted === undefined)
          return { status: 400, headers: { 'content-type': 'application/json' }, body: BAD_MARK };
        if ('ids' in wanted) return retire(request.param('dataSource'), wanted.ids);
        const rows = usedRows(view, request.param('dataSource'));
        const { interval, versions } = wanted;
        const marked = rows.filter(
          (row) => contains(interval, span(row)) && (versions === undefined || versions.includes(row.version)),
        );
        return retire(
          request.param('dataSource'),
          marked.map((row) => row.id),
        );
      }),
    );
  }
}

type Marked =
  | { readonly ids: readonly string[] }
  | { readonly interval: Interval; readonly versions: readonly string[] | undefined };

/** undefined: neither an interval (with versions or without) nor ids. @source Druid `SegmentsToUpdateFilter.java` */
function readMarked(body: unknown): Marked | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { interval, segmentIds, versions } = body as Readonly<Record<string, unknown>>;
  if (isTextList(segmentIds) && segmentIds.length > 0) {
    return interval == null && versions == null ? { ids: segmentIds } : undefined;
  }
  if (typeof interval !== 'string' || segmentIds != null) return undefined;
  if (versions == null) return { interval: parseInterval(interval), versions: undefined };
  return isTextList(versions) ? { interval: parseInterval(interval), versions } : undefined;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}

function intervalList(body: unknown): Interval[] {
  if (!isTextList(body)) throw new DruidError('Body must be a list of intervals', { category: 'INVALID_INPUT' });
  return body.map((element) => parseInterval(element));
}

/** Newest first: a list of intervals; `simple` with size and count; `full` with segments and who serves them. */
async function intervals(request: HttpRequest, { view, store, cluster }: SegmentRoutesOptions): Promise<HttpResponse> {
  const rows = visibleRows(view, request.param('dataSource')).reverse();
  if (rows.length === 0) return { status: 204 };
  const byInterval = new Map<string, SegmentRow[]>();
  for (const row of rows) {
    const interval = segmentInterval(row);
    byInterval.set(interval, [...(byInterval.get(interval) ?? []), row]);
  }
  if (request.query.has('simple')) {
    const sums = [...byInterval].map(([interval, of]) => [interval, { size: sizeOf(of), count: of.length }] as const);
    return json(Object.fromEntries(sums));
  }
  if (!request.query.has('full')) return json([...byInterval.keys()]);
  const loaded = await store.loadedAmong(rows.map((row) => row.id));
  const members = [...byInterval].map(([interval, of]) => {
    const described = of.map((row) => [row.id, servedSegmentJson(row, loaded, cluster)] as const);
    return [interval, Object.fromEntries(described)] as const;
  });
  return json(Object.fromEntries(members));
}

function servedSegmentJson(
  row: SegmentRow,
  loaded: ReadonlySet<string>,
  cluster: Pick<ClusterView, 'all'>,
): Readonly<Record<string, unknown>> {
  const servers = loaded.has(row.id) ? placedServers(row.id, cluster.all()).map(nodeAddress) : [];
  return { metadata: segmentJson(row), servers };
}

/** Whether a historical serves this partition in this version, or a newer version of its interval. */
async function handoffComplete(request: HttpRequest, { view, store }: SegmentRoutesOptions): Promise<HttpResponse> {
  const interval = parseInterval(request.query.get('interval') ?? '');
  const partitionNum = Number(request.query.get('partitionNumber'));
  const version = request.query.get('version') ?? '';
  const candidates = visibleRows(view, request.param('dataSource')).filter(
    (row) =>
      contains(span(row), interval) &&
      (row.version > version || (row.version === version && row.partitionNum === partitionNum)),
  );
  const loaded = await store.loadedAmong(candidates.map((row) => row.id));
  return json(loaded.size > 0);
}

function allSegments(request: HttpRequest, view: MetadataView): HttpResponse {
  const wanted = new Set(request.query.getAll('datasources'));
  const names = view.dataSources().filter((name) => wanted.size === 0 || wanted.has(name));
  if (!request.query.has('includeOvershadowedStatus')) {
    return json(names.flatMap((name) => usedRows(view, name).map(segmentJson)));
  }
  const described = names.flatMap((name) => {
    const visible = new Set(visibleRows(view, name).map((row) => row.id));
    return usedRows(view, name).map((row) => ({
      overshadowed: !visible.has(row.id),
      replicationFactor: DEFAULT_REPLICAS,
      numRows: row.numRows,
      realtime: false,
      ...segmentJson(row),
    }));
  });
  return json(described);
}

function dataSourceJson(view: MetadataView, name: string): Readonly<Record<string, unknown>> {
  const rows = usedRows(view, name);
  const createdMs = rows.reduce((earliest, row) => Math.min(earliest, row.createdAtMs), Infinity);
  return { name, properties: { created: formatIso(createdMs) }, segments: rows.map(segmentJson) };
}

/** Every copy is counted once: how many there are is up to the historicals alive. */
function properties(rows: readonly SegmentRow[]): Readonly<Record<string, unknown>> {
  const size = sizeOf(rows);
  let [minMs, maxMs] = [Infinity, -Infinity];
  for (const row of rows) {
    minMs = Math.min(minMs, row.intervalStartMs);
    maxMs = Math.max(maxMs, row.intervalEndMs);
  }
  return {
    tiers: { _default_tier: { size, replicatedSize: size, segmentCount: rows.length } },
    segments: {
      maxTime: formatIso(maxMs),
      size,
      minTime: formatIso(minMs),
      count: rows.length,
      replicatedSize: size,
    },
  };
}

function sizeOf(rows: readonly SegmentRow[]): number {
  return rows.reduce((sum, row) => sum + row.sizeBytes, 0);
}

function span(row: SegmentRow): Interval {
  return { startMs: row.intervalStartMs, endMs: row.intervalEndMs };
}
