import type { ClusterView } from '../../../broker/cluster-view.js';
import type { Interval } from '../../../common/interval.js';
import { parseInterval } from '../../../common/iso-time.js';
import type { SegmentRow } from '../../../metadata/metadata-store.js';
import type { MetadataView } from '../../../metadata/metadata-view.js';
import { nodeAddress, placedServers } from '../../placed-servers.js';
import { visibleRows } from '../../visible-rows.js';
import { segmentInterval, segmentJson } from '../encode/segment-json.js';
import { type HttpRequest, json } from '../http-message.js';
import type { Router } from '../router.js';

const PREFIX = '/druid/coordinator/v1';
const TIER = '_default_tier';

export interface IntervalRoutesOptions {
  readonly view: MetadataView;
  readonly cluster: Pick<ClusterView, 'all'>;
}

/** What lies where: by interval and tier. @source Druid `IntervalsResource.java`, `TiersResource.java` */
export function addIntervalRoutes(router: Router, { view, cluster }: IntervalRoutesOptions): void {
  const rows = (): SegmentRow[] => view.dataSources().flatMap((name) => visibleRows(view, name));
  router.add('GET', `${PREFIX}/intervals`, () => json(bySource(rows())));
  router.add('GET', `${PREFIX}/intervals/:interval`, (request) => {
    const within = rows().filter(isIn(intervalOf(request)));
    if (request.query.has('full')) return json(bySource(within));
    return json(request.query.has('simple') ? grouped(within, segmentInterval, totals) : totals(within));
  });
  router.add('GET', `${PREFIX}/datasources/:dataSource/intervals/:interval`, (request) => {
    const within = visibleRows(view, request.param('dataSource')).filter(isIn(intervalOf(request)));
    if (request.query.has('full')) {
      return json(grouped(within, segmentInterval, (of) => Object.fromEntries(of.map((row) => [row.id, served(row)]))));
    }
    if (request.query.has('simple')) return json(grouped(within, segmentInterval, totals));
    return json(within.map((row) => row.id));
  });
  router.add('GET', `${PREFIX}/datasources/:dataSource/tiers`, (request) => {
    return visibleRows(view, request.param('dataSource')).length > 0 ? json([TIER]) : { status: 204 };
  });
  router.add('GET', `${PREFIX}/tiers/:tier`, (request) => {
    const of = request.param('tier') === TIER ? rows() : [];
    if (!request.query.has('simple'))
      return json(view.dataSources().filter((name) => of.some((row) => row.dataSource === name)));
    return json(
      grouped(
        of,
        (row) => row.dataSource,
        (some) => grouped(some, segmentInterval, totals),
      ),
    );
  });

  const served = (row: SegmentRow): unknown => ({
    metadata: segmentJson(row),
    servers: placedServers(row.id, cluster.all()).map(nodeAddress),
  });
}

/** In a path an interval has an underscore in place of its slash. */
function intervalOf(request: HttpRequest): Interval {
  return parseInterval(request.param('interval').replace('_', '/'));
}

function isIn({ startMs, endMs }: Interval): (row: SegmentRow) => boolean {
  return (row) => row.intervalStartMs >= startMs && row.intervalEndMs <= endMs;
}

function totals(rows: readonly SegmentRow[]): unknown {
  return { size: rows.reduce((sum, row) => sum + row.sizeBytes, 0), count: rows.length };
}

function bySource(rows: readonly SegmentRow[]): unknown {
  return grouped(rows, segmentInterval, (of) => grouped(of, (row) => row.dataSource, totals));
}

function grouped(
  rows: readonly SegmentRow[],
  keyOf: (row: SegmentRow) => string,
  value: (of: readonly SegmentRow[]) => unknown,
): Record<string, unknown> {
  const groups = new Map<string, SegmentRow[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return Object.fromEntries([...groups].map(([key, group]) => [key, value(group)]));
}
