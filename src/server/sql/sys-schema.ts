import type { ClusterView } from '../../broker/cluster-view.js';
import { formatIso } from '../../common/iso-time.js';
import type { Supervisors } from '../../coordination/overlord/supervisors.js';
import { taskStatusPlus } from '../../coordination/overlord/task-status.js';
import { COORDINATOR_LEASE } from '../../coordination/coordinator/leader.js';
import type { MetadataStore, NodeRow, SegmentRow } from '../../metadata/metadata-store.js';
import type { MetadataView } from '../../metadata/metadata-view.js';
import type { SqlTable } from '../../sql/sql-catalog.js';
import { nodeAddress, placedServers } from '../placed-servers.js';
import { usedRows, visibleRows } from '../visible-rows.js';
import { queriesTable } from './queries-table.js';
import type { RunningQueries } from './running-queries.js';
import { metadataTable, type MetadataRows } from './metadata-table.js';

/** Most finished tasks that `sys.tasks` lists, the newest. */
const MAX_TASKS = 10_000;

export interface SysSchemaOptions {
  readonly view: MetadataView;
  readonly store: Pick<MetadataStore, 'tasks' | 'loadedAmong'>;
  readonly cluster: ClusterView;
  readonly supervisors: Pick<Supervisors, 'list' | 'status'>;
  /** Bytes that a historical may keep. */
  readonly maxBytes: number;
  readonly running: RunningQueries;
  readonly nodeId: string;
  readonly nowMs: () => number;
}

/** @source Druid `sql/calcite/schema/SystemSchema.java` */
export function sysSchema(options: SysSchemaOptions): readonly SqlTable[] {
  const table = (name: string, columns: string, rows: MetadataRows): SqlTable =>
    metadataTable('sys', name, columns, rows);
  return [
    table(
      'segments',
      'segment_id datasource start end size:L version partition_num:L num_replicas:L num_rows:L is_active:L is_published:L is_available:L is_realtime:L is_overshadowed:L shard_spec dimensions metrics last_compaction_state replication_factor:L',
      () => segmentRows(options),
    ),
    table(
      'servers',
      'server host plaintext_port:L tls_port:L server_type tier curr_size:L max_size:L is_leader:L start_time',
      async () => serverRows(options),
    ),
    table('server_segments', 'server segment_id', async () => placementRows(options)),
    table(
      'tasks',
      'task_id group_id type datasource created_time queue_insertion_time status runner_status duration:L location host plaintext_port:L tls_port:L error_msg',
      () => taskRows(options),
    ),
    table('supervisors', 'supervisor_id state detailed_state healthy:L type source suspended:L spec', () =>
      supervisorRows(options),
    ),
    queriesTable(options),
  ];
}

type Row = Readonly<Record<string, string | number | null>>;

async function segmentRows({ view, store, cluster }: SysSchemaOptions): Promise<Row[]> {
  const rows = view.dataSources().flatMap((dataSource) => {
    const visible = new Set(visibleRows(view, dataSource).map(({ id }) => id));
    return usedRows(view, dataSource).map((row) => ({ row, isVisible: visible.has(row.id) }));
  });
  const loaded = await store.loadedAmong(rows.map(({ row }) => row.id));
  return rows.map(({ row, isVisible }) => ({
    segment_id: row.id,
    datasource: row.dataSource,
    start: formatIso(row.intervalStartMs),
    end: formatIso(row.intervalEndMs),
    size: row.sizeBytes,
    version: row.version,
    partition_num: row.partitionNum,
    num_replicas: placedServers(row.id, cluster.all()).length,
    num_rows: row.numRows,
    is_active: isVisible ? 1 : 0,
    is_published: 1,
    is_available: isVisible && loaded.has(row.id) ? 1 : 0,
    is_realtime: 0,
    is_overshadowed: isVisible ? 0 : 1,
    shard_spec: shardSpec(row),
    dimensions: JSON.stringify(row.dimensions),
    metrics: JSON.stringify(row.metrics),
    last_compaction_state: null,
    replication_factor: placedServers(row.id, cluster.all()).length,
  }));
}

function shardSpec({ partitionNum, corePartitions }: SegmentRow): string {
  return JSON.stringify({ type: 'numbered', partitionNum, partitions: corePartitions });
}

/** Druid has a process a role: a node that has several is listed once for each. */
function serverRows({ view, cluster, maxBytes }: SysSchemaOptions): Row[] {
  const leader = view.lease(COORDINATOR_LEASE)?.holder;
  return cluster.all().flatMap((node) =>
    node.roles.map((role) => ({
      server: nodeAddress(node),
      host: node.host,
      plaintext_port: node.port,
      tls_port: -1,
      server_type: role,
      tier: role === 'historical' ? '_default_tier' : null,
      curr_size: role === 'historical' ? sizeOn(node, view, cluster.all()) : 0,
      max_size: role === 'historical' ? maxBytes : 0,
      is_leader: role === 'coordinator' ? (node.id === leader ? 1 : 0) : null,
      start_time: formatIso(node.startedAtMs),
    })),
  );
}

function sizeOn(node: NodeRow, view: MetadataView, nodes: readonly NodeRow[]): number {
  return view
    .segments()
    .filter((row) => placedServers(row.id, nodes).some(({ id }) => id === node.id))
    .reduce((sum, row) => sum + row.sizeBytes, 0);
}

function placementRows({ view, cluster }: SysSchemaOptions): Row[] {
  return view
    .dataSources()
    .flatMap((dataSource) =>
      visibleRows(view, dataSource).flatMap((row) =>
        placedServers(row.id, cluster.all()).map((node) => ({ server: nodeAddress(node), segment_id: row.id })),
      ),
    );
}

async function taskRows({ store, cluster }: SysSchemaOptions): Promise<Row[]> {
  const nodes = cluster.all();
  const tasks = await store.tasks({ limit: MAX_TASKS });
  return tasks.map((task) => {
    const status = taskStatusPlus(task, nodes);
    const { host, port, tlsPort } = status.location;
    return {
      task_id: status.id,
      group_id: status.groupId,
      type: status.type,
      datasource: status.dataSource,
      created_time: status.createdTime,
      queue_insertion_time: status.queueInsertionTime,
      status: status.status,
      runner_status: status.runnerStatusCode,
      duration: status.duration,
      location: host === null ? null : `${host}:${port}`,
      host,
      plaintext_port: port,
      tls_port: tlsPort,
      error_msg: status.errorMsg,
    };
  });
}

async function supervisorRows({ view, supervisors }: SysSchemaOptions): Promise<Row[]> {
  return Promise.all(
    view.supervisors().map(async (row) => {
      const { payload } = await supervisors.status(row.id);
      const { type } = row.spec as { readonly type?: string };
      return {
        supervisor_id: row.id,
        state: payload.state,
        detailed_state: payload.detailedState,
        healthy: payload.healthy ? 1 : 0,
        type: type ?? 'kafka',
        source: payload.stream,
        suspended: row.suspended ? 1 : 0,
        spec: JSON.stringify(row.spec),
      };
    }),
  );
}
