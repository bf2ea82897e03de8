import type { Selectable } from 'kysely';
import type {
  LeaseRow,
  NodeRole,
  NodeRow,
  OffsetsRow,
  SegmentRow,
  ShardSpec,
  SupervisorRow,
  TaskRow,
  TaskState,
} from './metadata-store.js';
import type { OffsetVector } from './offset-vector.js';
import type { LeaseTable, NodeTable, OffsetsTable, SegmentTable, SupervisorTable, TaskTable } from './schema.js';

/** Between stored rows (snake case, JSON as text) and the rows of the interface. */

export function segmentRow(row: Selectable<SegmentTable>): SegmentRow {
  return {
    id: row.id,
    dataSource: row.data_source,
    intervalStartMs: row.start_ms,
    intervalEndMs: row.end_ms,
    version: row.version,
    partitionNum: row.partition_num,
    corePartitions: row.core_partitions,
    numRows: row.num_rows,
    sizeBytes: row.size_bytes,
    minTimeMs: row.min_time_ms,
    maxTimeMs: row.max_time_ms,
    dimensions: JSON.parse(row.dimensions) as string[],
    metrics: JSON.parse(row.metrics) as string[],
    path: row.path,
    usedFromS: row.used_from_s,
    usedToS: row.used_to_s,
    createdAtMs: row.created_at_ms,
    ...segmentExtras(row.shard_spec, row.compaction_state),
  };
}

/** What few segments have. */
export function segmentExtras(
  shardSpec: string | null,
  compactionState: string | null,
): Pick<SegmentRow, 'shardSpec' | 'compactionState'> {
  return {
    ...(shardSpec !== null && { shardSpec: JSON.parse(shardSpec) as ShardSpec }),
    ...(compactionState !== null && { compactionState: JSON.parse(compactionState) as unknown }),
  };
}

export function storedSegment(row: SegmentRow): SegmentTable {
  return {
    id: row.id,
    data_source: row.dataSource,
    start_ms: row.intervalStartMs,
    end_ms: row.intervalEndMs,
    version: row.version,
    partition_num: row.partitionNum,
    core_partitions: row.corePartitions,
    num_rows: row.numRows,
    size_bytes: row.sizeBytes,
    min_time_ms: row.minTimeMs,
    max_time_ms: row.maxTimeMs,
    dimensions: JSON.stringify(row.dimensions),
    metrics: JSON.stringify(row.metrics),
    path: row.path,
    used_from_s: row.usedFromS,
    used_to_s: row.usedToS,
    created_at_ms: row.createdAtMs,
    use_changed_at_ms: null,
    shard_spec: row.shardSpec === undefined ? null : JSON.stringify(row.shardSpec),
    compaction_state: row.compactionState === undefined ? null : JSON.stringify(row.compactionState),
  };
}

export function offsetsRow(row: Selectable<OffsetsTable>): OffsetsRow {
  return {
    supervisorId: row.supervisor_id,
    stream: row.stream,
    incarnation: row.incarnation,
    partitions: JSON.parse(row.partitions) as OffsetVector,
  };
}

export function leaseRow(row: Selectable<LeaseTable>): LeaseRow {
  return { name: row.name, epoch: row.epoch, holder: row.holder, expiresAtMs: row.expires_at_ms };
}

export function supervisorRow(row: Selectable<SupervisorTable>): SupervisorRow {
  return {
    id: row.id,
    dataSource: row.data_source,
    spec: JSON.parse(row.spec) as unknown,
    suspended: row.suspended !== 0,
    version: row.version,
  };
}

export function nodeRow(row: Selectable<NodeTable>): NodeRow {
  return {
    id: row.id,
    roles: JSON.parse(row.roles) as NodeRole[],
    host: row.host,
    port: row.port,
    startedAtMs: row.started_at_ms,
    heartbeatAtMs: row.heartbeat_at_ms,
    viewS: row.view_s,
  };
}

export function taskRow(row: Selectable<TaskTable>): TaskRow {
  return {
    id: row.id,
    type: row.type,
    dataSource: row.data_source,
    createdAtMs: row.created_at_ms,
    state: row.state as TaskState,
    durationMs: row.duration_ms,
    errorMsg: row.error_msg,
    nodeId: row.node_id,
    payload: JSON.parse(row.payload) as unknown,
    report: JSON.parse(row.report) as unknown,
  };
}

export function storedTask(row: TaskRow): TaskTable {
  return {
    id: row.id,
    type: row.type,
    data_source: row.dataSource,
    created_at_ms: row.createdAtMs,
    state: row.state,
    duration_ms: row.durationMs,
    error_msg: row.errorMsg,
    node_id: row.nodeId,
    payload: JSON.stringify(row.payload ?? null),
    report: JSON.stringify(row.report ?? null),
  };
}
