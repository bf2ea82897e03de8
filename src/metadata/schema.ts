/** Tables of the metadata store, as Kysely types and as the statements that make them; the same for SQLite and PostgreSQL. */

/** One row, id 1. Updating it first in a transaction gives commits their order. */
export interface StateTable {
  id: number;
  /** Number of the last commit. */
  s: number;
  /** Changes up to this S are no longer in the change log. */
  trimmed_to_s: number;
}

export interface SegmentTable {
  id: string;
  data_source: string;
  start_ms: number;
  end_ms: number;
  version: string;
  partition_num: number;
  core_partitions: number;
  num_rows: number;
  size_bytes: number;
  min_time_ms: number;
  max_time_ms: number;
  /** JSON array of names, as are metrics. */
  dimensions: string;
  metrics: string;
  path: string;
  used_from_s: number;
  used_to_s: number | null;
  created_at_ms: number;
  /** When it became used or unused; null: never since it was made. */
  use_changed_at_ms: number | null;
  /** JSON; null: numbered. */
  shard_spec: string | null;
  /** JSON; null: not the output of a compaction task. */
  compaction_state: string | null;
}

/** What changed at which S; the rows themselves are read from their tables. */
export interface ChangeTable {
  s: number;
  kind: ChangeKind;
  key: string;
}
export type ChangeKind = 'segment' | 'offsets' | 'lease' | 'supervisor';

export interface OffsetsTable {
  supervisor_id: string;
  /** Empty: not known yet (set by an operator before the first publish). */
  stream: string;
  incarnation: string;
  /** JSON object: partition to next offset. */
  partitions: string;
}

export interface LeaseTable {
  name: string;
  epoch: number;
  holder: string | null;
  expires_at_ms: number;
}

export interface SupervisorTable {
  id: string;
  data_source: string;
  /** JSON. */
  spec: string;
  /** 0 or 1. */
  suspended: number;
  version: string;
}

export interface SupervisorHistoryTable {
  id: string;
  s: number;
  spec: string;
  version: string;
}

export interface NodeTable {
  id: string;
  /** JSON array. */
  roles: string;
  host: string;
  port: number;
  started_at_ms: number;
  heartbeat_at_ms: number;
  view_s: number;
}

export interface TaskTable {
  id: string;
  type: string;
  data_source: string;
  created_at_ms: number;
  state: string;
  duration_ms: number;
  error_msg: string | null;
  node_id: string | null;
  /** JSON, as is report. */
  payload: string;
  report: string;
}

export interface ReplicaTable {
  segment_id: string;
  node_id: string;
}

export interface DeadLetterTable {
  supervisor_id: string;
  incarnation: string;
  partition_id: string;
  record_offset: number;
  timestamp_ms: number;
  added_at_ms: number;
  reason: string;
  record: Uint8Array;
  /** JSON of what came with the record: key, headers, topic. */
  context: string | null;
  /** JSON list: which of the record's rows are not to be made again. */
  done: string | null;
}

/** Paths in deep storage that no segment has (yet, or any more). */
export interface UploadTable {
  path: string;
  /** The process that pushes there; empty: none. */
  node_id: string;
  node_started_at_ms: number;
  /** Null: it may still be published. */
  given_up_at_ms: number | null;
}

export interface ConfigTable {
  name: string;
  /** JSON. */
  payload: string;
}

export interface ConfigHistoryTable {
  name: string;
  version: number;
  at_ms: number;
  author: string;
  comment: string;
  payload: string;
}

export interface LookupTable {
  tier: string;
  name: string;
  version: string;
  /** JSON of the `lookupExtractorFactory`. */
  factory: string;
  /** Another one each time the row is written. */
  stamp: string;
}

export interface MetadataTables {
  state: StateTable;
  segments: SegmentTable;
  changes: ChangeTable;
  offsets: OffsetsTable;
  leases: LeaseTable;
  supervisors: SupervisorTable;
  supervisor_history: SupervisorHistoryTable;
  nodes: NodeTable;
  tasks: TaskTable;
  replicas: ReplicaTable;
  dead_letters: DeadLetterTable;
  lookups: LookupTable;
  configs: ConfigTable;
  config_history: ConfigHistoryTable;
  uploads: UploadTable;
}

/** Migration n brings a store from schema version n to n + 1. `blob` is the dialect's type for bytes. */
export function migrations(blob: 'blob' | 'bytea'): readonly (readonly string[])[] {
  return [
    [
      `create table state (id integer primary key, s bigint not null, trimmed_to_s bigint not null)`,
      `insert into state (id, s, trimmed_to_s) values (1, 0, 0)`,
      `create table segments (id text primary key, data_source text not null, start_ms bigint not null, end_ms bigint not null,
        version text not null, partition_num bigint not null, core_partitions bigint not null, num_rows bigint not null,
        size_bytes bigint not null, min_time_ms bigint not null, max_time_ms bigint not null, dimensions text not null,
        metrics text not null, path text not null unique, used_from_s bigint not null, used_to_s bigint,
        created_at_ms bigint not null)`,
      `create index segments_by_time on segments (data_source, start_ms, end_ms, version, partition_num)`,
      `create index segments_used on segments (data_source, end_ms, start_ms) where used_to_s is null`,
      `create table changes (s bigint not null, kind text not null, key text not null, primary key (s, kind, key))`,
      `create table offsets (supervisor_id text primary key, stream text not null, incarnation text not null,
        partitions text not null)`,
      `create table leases (name text primary key, epoch bigint not null, holder text, expires_at_ms bigint not null)`,
      `create table supervisors (id text primary key, data_source text not null, spec text not null,
        suspended integer not null, version text not null)`,
      `create table supervisor_history (id text not null, s bigint not null, spec text not null, version text not null,
        primary key (id, s))`,
      `create table nodes (id text primary key, roles text not null, host text not null, port integer not null,
        started_at_ms bigint not null, heartbeat_at_ms bigint not null, view_s bigint not null)`,
      `create table tasks (id text primary key, type text not null, data_source text not null,
        created_at_ms bigint not null, state text not null, duration_ms bigint not null, error_msg text, node_id text,
        payload text not null, report text not null)`,
      `create index tasks_by_state on tasks (state, created_at_ms)`,
      `create table replicas (segment_id text not null, node_id text not null, primary key (segment_id, node_id))`,
      `create index replicas_by_node on replicas (node_id)`,
      `create table dead_letters (supervisor_id text not null, partition_id text not null, record_offset bigint not null,
        timestamp_ms bigint not null, added_at_ms bigint not null, reason text not null, record ${blob} not null,
        primary key (supervisor_id, partition_id, record_offset))`,
      `create index dead_letters_by_age on dead_letters (supervisor_id, added_at_ms)`,
    ],
    [
      `create table lookups (tier text not null, name text not null, version text not null, factory text not null,
        primary key (tier, name))`,
    ],
    [
      `alter table segments add column shard_spec text`,
      `alter table segments add column compaction_state text`,
      `alter table dead_letters add column context text`,
      `alter table dead_letters add column done text`,
      `create table configs (name text primary key, payload text not null)`,
      `create table config_history (name text not null, version bigint not null, at_ms bigint not null,
        author text not null, comment text not null, payload text not null, primary key (name, version))`,
    ],
    [`alter table lookups add column stamp text not null default ''`],
    [
      `create table uploads (path text primary key, node_id text not null, node_started_at_ms bigint not null,
        given_up_at_ms bigint)`,
      `alter table segments add column use_changed_at_ms bigint`,
    ],
    [
      `create table letters (supervisor_id text not null, incarnation text not null, partition_id text not null,
        record_offset bigint not null, timestamp_ms bigint not null, added_at_ms bigint not null, reason text not null,
        record ${blob} not null, context text, done text,
        primary key (supervisor_id, incarnation, partition_id, record_offset))`,
      `insert into letters select supervisor_id, '', partition_id, record_offset, timestamp_ms, added_at_ms, reason, record,
        context, done from dead_letters`,
      `drop table dead_letters`,
      `alter table letters rename to dead_letters`,
      `create index dead_letters_by_age on dead_letters (supervisor_id, added_at_ms)`,
    ],
  ];
}
