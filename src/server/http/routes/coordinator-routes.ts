import type { ClusterView } from '../../../broker/cluster-view.js';
import { jsonString } from '../../../common/json-write.js';
import { formatDouble } from '../../../common/java-number.js';
import type { MetadataStore, NodeRow, SegmentRow } from '../../../metadata/metadata-store.js';
import type { MetadataView } from '../../../metadata/metadata-view.js';
import { nodeAddress } from '../../placed-servers.js';
import { visibleRows } from '../../visible-rows.js';
import { type HttpRequest, type HttpResponse, json } from '../http-message.js';
import type { Router } from '../router.js';

const PREFIX = '/druid/coordinator/v1';
const TIER = '_default_tier';
export interface CoordinatorRoutesOptions {
  readonly view: MetadataView;
  readonly store: Pick<MetadataStore, 'loadedAmong'>;
  readonly cluster: Pick<ClusterView, 'all'>;
  /** Id of this node. */
  readonly nodeId: string;
  /** The node that coordinates now; undefined while none does. */
  readonly leader: () => NodeRow | undefined;
}

/** Leader, load state, nodes by role. @source Druid `CoordinatorResource.java`, `ClusterResource.java`, `RouterResource.java` */
export function addCoordinatorRoutes(router: Router, options: CoordinatorRoutesOptions): void {
  const { view, cluster } = options;
  addLeaderRoutes(router, PREFIX, options);
  router.add('GET', `${PREFIX}/loadstatus`, (request) => loadStatus(request, options));
  router.add('GET', `${PREFIX}/cluster`, (request) => json(clusterJson(cluster.all(), request)));
  router.add('GET', `${PREFIX}/cluster/:role`, (request) => {
    const nodes = clusterJson(cluster.all(), request)[request.param('role')];
    return nodes === undefined ? { status: 404 } : json(nodes);
  });
  router.add('GET', '/druid/router/v1/brokers', () => {
    const brokers = cluster.all().filter((node) => node.roles.includes('broker'));
    return json({ 'druid/broker': brokers.map(nodeAddress) });
  });
  router.add('GET', `${PREFIX}/tiers`, () => json(view.dataSources().length > 0 ? [TIER] : []));
}

/** Every coordinator is an overlord too: both APIs tell the same leader. */
export function addLeaderRoutes(
  router: Router,
  prefix: string,
  { leader, nodeId }: Pick<CoordinatorRoutesOptions, 'leader' | 'nodeId'>,
): void {
  router.add('GET', `${prefix}/leader`, () => {
    const node = leader();
    if (node === undefined) return { status: 404 };
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: `http://${nodeAddress(node)}`,
    };
  });
  router.add('GET', `${prefix}/isLeader`, () => {
    const leads = leader()?.id === nodeId;
    return json({ leader: leads }, leads ? 200 : 404);
  });
}

/** Percentages of visible segments that a historical has whole; `simple` and `full` count the others. */
async function loadStatus(request: HttpRequest, { view, store }: CoordinatorRoutesOptions): Promise<HttpResponse> {
  const bySource = new Map<string, SegmentRow[]>();
  for (const name of view.dataSources()) bySource.set(name, visibleRows(view, name));
  const ids = [...bySource.values()].flat().map((row) => row.id);
  const loaded = await store.loadedAmong(ids);
  const missing = (rows: readonly SegmentRow[]): number => rows.filter((row) => !loaded.has(row.id)).length;
  const counts = Object.fromEntries([...bySource].map(([name, rows]) => [name, missing(rows)]));
  if (request.query.has('simple')) return json(counts);
  if (request.query.has('full')) return json(bySource.size === 0 ? {} : { [TIER]: counts });
  const members = [...bySource].map(([name, rows]) => {
    const percent = (100 * (rows.length - missing(rows))) / rows.length;
    return `${jsonString(name)}:${formatDouble(percent)}`;
  });
  return { status: 200, headers: { 'content-type': 'application/json' }, body: `{${members.join(',')}}` };
}

/** Every role of Druid that a node here has, by the service that it is part of. */
const ROLES = {
  coordinator: ['coordinator', 'coordinator'],
  overlord: ['coordinator', 'coordinator'],
  broker: ['broker', 'broker'],
  historical: ['historical', 'historical'],
  indexer: ['indexer', 'indexer'],
  router: ['broker', 'router'],
} as const;

function clusterJson(nodes: readonly NodeRow[], request: HttpRequest): Readonly<Record<string, readonly unknown[]>> {
  const form = request.query.has('full') ? discoveredJson : nodeJson;
  return Object.fromEntries(
    Object.entries(ROLES).map(([name, [role, service]]) => {
      const having = nodes.filter((node) => node.roles.includes(role));
      return [name, having.map((node) => form(node, `druid/${service}`, name))];
    }),
  );
}

function nodeJson({ host, port }: NodeRow, service: string): unknown {
  return { host, service, plaintextPort: port };
}

/** As nodes announce themselves. @source Druid `discovery/DiscoveryDruidNode.java` */
function discoveredJson({ host, port, startedAtMs }: NodeRow, service: string, nodeType: string): unknown {
  return {
    druidNode: {
      service,
      host,
      bindOnHost: false,
      plaintextPort: port,
      port: -1,
      tlsPort: -1,
      enablePlaintextPort: true,
      enableTlsPort: false,
    },
    nodeType,
    services: {},
    startTime: new Date(startedAtMs).toISOString(),
  };
}
