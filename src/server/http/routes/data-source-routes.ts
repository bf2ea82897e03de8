import type { ClusterView } from '../../../broker/cluster-view.js';
import { condense, type Interval, overlaps } from '../../../common/interval.js';
import { formatInterval, parseInterval } from '../../../common/iso-time.js';
import type { NodeRow, SegmentRow } from '../../../metadata/metadata-store.js';
import type { MetadataView, VisibleSegment } from '../../../metadata/metadata-view.js';
import { nodeAddress, placedServers } from '../../placed-servers.js';
import { type HttpRequest, type HttpResponse, json } from '../http-message.js';
import { javaHashOrder } from '../java-hash-order.js';
import type { Router } from '../router.js';

const PREFIX = '/druid/v2/datasources';
/** `druid.query.segmentMetadata.defaultHistory`: what is looked at when no interval is given. */
const DEFAULT_HISTORY_MS = 7 * 24 * 3600 * 1000;

export interface DataSourceRoutesOptions {
  readonly view: Pick<MetadataView, 'dataSources' | 'segments' | 'supervisors' | 'visible'>;
  readonly cluster: Pick<ClusterView, 'all'>;
  /** Bytes that a historical may keep, for clients that show it. */
  readonly maxBytes: number;
  readonly nowMs: () => number;
}

/** Names of data sources, their columns, and where their segments are. @source Druid `server/ClientInfoResource.java` */
export function addDataSourceRoutes(router: Router, options: DataSourceRoutesOptions): void {
  const names = (): HttpResponse => json(dataSourceNames(options.view));
  router.add('GET', PREFIX, names);
  router.add('GET', `${PREFIX}/`, names);
  router.add('GET', `${PREFIX}/:dataSource`, (request) => {
    const interval = askedInterval(request, options);
    if (request.query.has('full')) return json(columnsByInterval(request.param('dataSource'), interval, options));
    return json(columns(overlapping(request.param('dataSource'), interval, options)));
  });
  for (const kind of ['dimensions', 'metrics'] as const) {
    router.add('GET', `${PREFIX}/:dataSource/${kind}`, (request) => {
      const interval = askedInterval(request, options);
      return json(columns(overlapping(request.param('dataSource'), interval, options))[kind]);
    });
  }
  router.add('GET', `${PREFIX}/:dataSource/candidates`, (request) => {
    const texts = (request.query.get('intervals') ?? '').split(',').filter((text) => text !== '');
    return json(candidates([request.param('dataSource')], texts.map(parseInterval), request, options));
  });
}

/**
 * The segments that a query over the intervals reads, and the servers that have them.
 * @source Druid `client/ServerViewUtil.java`
 */
export function candidates(
  dataSources: readonly string[],
  intervals: readonly Interval[],
  request: HttpRequest,
  options: Pick<DataSourceRoutesOptions, 'view' | 'cluster' | 'maxBytes'>,
): unknown[] {
  const most = Number(request.query.get('numCandidates') ?? -1);
  const nodes = options.cluster.all();
  const wanted = condense(intervals);
  return dataSources.flatMap((dataSource) =>
    wanted.flatMap((interval) =>
      options.view.visible(dataSource, interval).map((segment) => {
        const servers = placedServers(segment.row.id, nodes);
        const chosen = most >= 0 ? servers.slice(0, most) : servers;
        return located(segment, interval, chosen, options.maxBytes);
      }),
    ),
  );
}

function located(
  { row, clip }: VisibleSegment,
  asked: Interval,
  servers: readonly NodeRow[],
  maxSize: number,
): unknown {
  const whole = clip ?? { startMs: row.intervalStartMs, endMs: row.intervalEndMs };
  const interval = { startMs: Math.max(whole.startMs, asked.startMs), endMs: Math.min(whole.endMs, asked.endMs) };
  return {
    interval: formatInterval(interval),
    version: row.version,
    partitionNumber: row.partitionNum,
    size: row.sizeBytes,
    locations: servers.map((node) => ({
      name: nodeAddress(node),
      host: nodeAddress(node),
      hostAndTlsPort: null,
      maxSize,
      type: 'historical',
      tier: '_default_tier',
      priority: 0,
    })),
  };
}

/** What is read from a stream can be queried before its first segment is published, and is listed as soon. */
function dataSourceNames(view: DataSourceRoutesOptions['view']): string[] {
  const fed = view.supervisors().filter((row) => !row.suspended);
  return [...new Set([...view.dataSources(), ...fed.map((row) => row.dataSource)])].sort();
}

/** @throws DruidError INVALID_INPUT when it is no interval */
function askedInterval(request: HttpRequest, { nowMs }: DataSourceRoutesOptions): Interval {
  const text = request.query.get('interval');
  if (text) return parseInterval(text);
  const endMs = nowMs();
  return { startMs: endMs - DEFAULT_HISTORY_MS, endMs };
}

function overlapping(dataSource: string, interval: Interval, { view }: DataSourceRoutesOptions): SegmentRow[] {
  return view
    .segments()
    .filter((row) => row.dataSource === dataSource)
    .filter((row) => overlaps({ startMs: row.intervalStartMs, endMs: row.intervalEndMs }, interval));
}

interface Columns {
  readonly dimensions: readonly string[];
  readonly metrics: readonly string[];
}

function columns(rows: readonly SegmentRow[]): Columns {
  return {
    dimensions: javaHashOrder(rows.flatMap((row) => row.dimensions)),
    metrics: javaHashOrder(rows.flatMap((row) => row.metrics)),
  };
}

/** Intervals that abut and have the same columns are shown as one. */
function columnsByInterval(
  dataSource: string,
  asked: Interval,
  { view }: DataSourceRoutesOptions,
): Record<string, Columns> {
  const rowsOf = new Map<string, { readonly interval: Interval; readonly rows: SegmentRow[] }>();
  for (const { row, clip } of view.visible(dataSource, asked)) {
    const interval = clip ?? { startMs: row.intervalStartMs, endMs: row.intervalEndMs };
    const key = formatInterval(interval);
    const entry = rowsOf.get(key);
    if (entry === undefined) rowsOf.set(key, { interval, rows: [row] });
    else entry.rows.push(row);
  }
  const merged: { interval: Interval; readonly columns: Columns; readonly text: string }[] = [];
  for (const { interval, rows } of rowsOf.values()) {
    const found = columns(rows);
    const text = JSON.stringify(found);
    const last = merged.at(-1);
    if (last?.text === text && last.interval.endMs === interval.startMs) {
      last.interval = { startMs: last.interval.startMs, endMs: interval.endMs };
    } else {
      merged.push({ interval, columns: found, text });
    }
  }
  return Object.fromEntries(merged.map((one) => [formatInterval(one.interval), one.columns]));
}
