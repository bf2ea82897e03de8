/**
 * The metadata store: the only shared truth of a cluster. Every commit that changes segments, offsets,
 * leases or supervisors takes the next sequence number S in its transaction; S order is commit order. Compare-and-swap
 * outcomes are return values. Implemented over Kysely for SQLite (one writer thread) and PostgreSQL, one shared test suite.
 */
import type { OffsetVector } from './offset-vector.js';

export interface SegmentRow {
  /** Druid's id: dataSource_start_end_version[_partitionNum]. */
  readonly id: string;
  readonly dataSource: string;
  readonly intervalStartMs: number;
  readonly intervalEndMs: number;
  readonly version: string;
  readonly partitionNum: number;
  /** Core partition count of a `numbered` shard spec; 0 = append-only. */
  readonly corePartitions: number;
  readonly numRows: number;
  readonly sizeBytes: number;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly dimensions: readonly string[];
  readonly metrics: readonly string[];
  /** Prefix in deep storage: `<dataSource>/<start>_<end>/<uuid>`. */
  readonly path: string;
  readonly usedFromS: number;
  /** null while used. */
  readonly usedToS: number | null;
  readonly createdAtMs: number;
  /** Absent: numbered. */
  readonly shardSpec?: ShardSpec;
  /** What a compaction task was asked to make of it; absent for other segments. */
  readonly compactionState?: unknown;
}

/** Which rows of its interval a segment has. @source Druid `HashBasedNumberedShardSpec.java`, `DimensionRangeShardSpec.java` */
export type ShardSpec = HashedShardSpec | RangeShardSpec;

export interface HashedShardSpec {
  readonly type: 'hashed';
  readonly bucketId: number;
  readonly numBuckets: number;
  /** Empty: all dimensions and the time. */
  readonly partitionDimensions: readonly string[];
}

export interface RangeShardSpec {
  readonly type: 'range';
  readonly dimensions: readonly string[];
  /** Inclusive; null: no bound. */
  readonly start: readonly (string | null)[] | null;
  /** Exclusive; null: no bound. */
  readonly end: readonly (string | null)[] | null;
}

/** A segment as its writer knows it; id, version and partition number are given inside the publish transaction. */
export type NewSegment = Pick<
  SegmentRow,
  | 'intervalStartMs'
  | 'intervalEndMs'
  | 'numRows'
  | 'sizeBytes'
  | 'minTimeMs'
  | 'maxTimeMs'
  | 'dimensions'
  | 'metrics'
  | 'path'
  | 'shardSpec'
  | 'compactionState'
>;

export interface LeaseRow {
  /** `stream/<supervisorId>/<group>of<taskCount>`, `coordinator`, … */
  readonly name: string;
  readonly epoch: number;
  /** Node id, or null when released cleanly (everything its holder read is published). */
  readonly holder: string | null;
  /** Store time (epoch ms) until which the holder is believed alive. */
  readonly expiresAtMs: number;
}

/** Committed offsets of one task group: `partitions[p]` is the offset after the last published row. */
export interface OffsetsRow {
  readonly supervisorId: string;
  readonly stream: string;
  /** Kafka topic id or local log id: a recreated topic is another incarnation. */
  readonly incarnation: string;
  readonly partitions: OffsetVector;
}

export interface SupervisorRow {
  readonly id: string;
  readonly dataSource: string;
  /** The spec as submitted (JSON). */
  readonly spec: unknown;
  readonly suspended: boolean;
  /** ISO time of submission: Druid's history version. */
  readonly version: string;
}

export type NodeRole = 'broker' | 'historical' | 'indexer' | 'coordinator';

export interface NodeRow {
  /** Stable for a data directory. */
  readonly id: string;
  readonly roles: readonly NodeRole[];
  readonly host: string;
  readonly port: number;
  readonly startedAtMs: number;
  /** Store time of the last heartbeat. */
  readonly heartbeatAtMs: number;
  /** Brokers: the smallest S that a running or future query of theirs may use. */
  readonly viewS: number;
}

export type TaskState = 'WAITING' | 'PENDING' | 'RUNNING' | 'SUCCESS' | 'FAILED';

export interface TaskRow {
  readonly id: string;
  readonly type: string;
  readonly dataSource: string;
  readonly createdAtMs: number;
  readonly state: TaskState;
  readonly durationMs: number;
  readonly errorMsg: string | null;
  /** Node that runs it. */
  readonly nodeId: string | null;
  readonly payload: unknown;
  readonly report: unknown;
}

/** Everything a view needs at one S. */
export interface MetadataSnapshot {
  readonly s: number;
  readonly segments: readonly SegmentRow[];
  readonly offsets: readonly OffsetsRow[];
  readonly leases: readonly LeaseRow[];
  readonly supervisors: readonly SupervisorRow[];
}

/** What changed in (fromS, toS]; rows of offsets, leases and supervisors are whole new rows. */
export interface MetadataChanges {
  readonly fromS: number;
  readonly toS: number;
  readonly segmentsAdded: readonly SegmentRow[];
  readonly segmentsRetired: readonly string[];
  readonly offsets: readonly OffsetsRow[];
  readonly offsetsRemoved: readonly string[];
  readonly leases: readonly LeaseRow[];
  readonly supervisors: readonly SupervisorRow[];
  readonly supervisorsRemoved: readonly string[];
}

export interface PublishSequence {
  readonly supervisorId: string;
  readonly dataSource: string;
  readonly lease: { readonly name: string; readonly holder: string; readonly epoch: number };
  readonly stream: string;
  readonly incarnation: string;
  /** Must equal the stored vector on these partitions (a partition not stored yet matches any `from`). */
  readonly from: OffsetVector;
  readonly to: OffsetVector;
  readonly segments: readonly NewSegment[];
}

export type PublishOutcome =
  | { readonly kind: 'published'; readonly s: number; readonly segments: readonly SegmentRow[] }
  /** offsets: the stored vector is not `from`; lease: epoch or holder changed; inputs: a segment to replace is no longer used;
   * letters: a dead letter is gone; uploads: a path was not noted or is given up, so that its objects are deleted;
   * intervals: a segment's interval partly overlaps used segments of another granularity: split the rows again. */
  | {
      readonly kind: 'conflict';
      readonly reason: 'offsets' | 'lease' | 'inputs' | 'letters' | 'intervals' | 'uploads';
      readonly detail: string;
    };

export interface MetadataStore {
  /** Creates or migrates tables. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Hint that a commit happened (any process); `s` may be stale. Returns an unsubscribe function. */
  onCommit(listener: (s: number) => void): () => void;

  currentS(): Promise<number>;
  snapshot(): Promise<MetadataSnapshot>;
  /** undefined when the change log no longer reaches back to `s`: take a snapshot. */
  changesSince(s: number): Promise<MetadataChanges | undefined>;

  /** Appends a sequence: segments on the newest version of their interval, and the offsets, in one transaction. */
  publishSequence(request: PublishSequence): Promise<PublishOutcome>;
  /** Appends (newest version) or replaces (new version that overshadows and retires all used segments inside `intervals`). */
  publishBatch(request: {
    readonly dataSource: string;
    readonly append: boolean;
    readonly intervals: readonly { readonly startMs: number; readonly endMs: number }[];
    readonly segments: readonly NewSegment[];
    /** The used segments that overlap `intervals` must be exactly these. */
    readonly inputs?: readonly string[];
    /** These letters of a supervisor must be there, and are removed: their rows are among the segments. */
    readonly letters?: { readonly supervisorId: string; readonly keys: readonly DeadLetterKey[] };
  }): Promise<PublishOutcome>;
  /** Compaction: retires exactly `inputs` and adds `outputs` on the inputs' version and interval; fails if any input is not used. */
  replaceSegments(request: {
    readonly dataSource: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly NewSegment[];
  }): Promise<PublishOutcome>;
  /** Marks used segments unused; returns how many changed. */
  retireSegments(dataSource: string, segmentIds: readonly string[] | 'all'): Promise<number>;

  /** Marks unused segments used again; returns how many changed. */
  useSegments(dataSource: string, segmentIds: readonly string[]): Promise<number>;
  /** Unused segments inside of an interval (null = anywhere), oldest first. @param unusedSinceMs those that are unused since then or longer */
  unusedSegments(
    dataSource: string,
    interval: { readonly startMs: number; readonly endMs: number } | null,
    limit: number,
    unusedSinceMs?: number,
  ): Promise<readonly SegmentRow[]>;
  /** Forgets unused segments for good; returns how many there were. Their objects count as uploads given up from then on. */
  deleteSegments(dataSource: string, segmentIds: readonly string[]): Promise<number>;

  /** To be called before objects go to these paths: a publish takes only noted paths, and ends the notes. Takes no S, as the next four. */
  noteUploads(owner: UploadOwner, paths: readonly string[]): Promise<void>;
  /** Noted paths that nobody will publish any more. */
  giveUpUploads(paths: readonly string[]): Promise<void>;
  /** Gives up the notes of processes that are no more, or were silent for so long. */
  giveUpUploadsOfTheDead(silentMs: number): Promise<void>;
  /** Oldest first. */
  uploadsGivenUp(limit: number): Promise<readonly Upload[]>;
  /** Their objects are gone for good. Only what is given up is forgotten. */
  forgetUploads(paths: readonly string[]): Promise<void>;

  /** What operators set: rules, compaction, dynamic configuration. By name; undefined when never set. Takes no S. */
  config(name: string): Promise<unknown>;
  /** All whose name begins so. */
  configs(prefix: string): Promise<readonly { readonly name: string; readonly payload: unknown }[]>;
  /** @param payload undefined removes it */
  putConfig(
    name: string,
    payload: unknown,
    audit: { readonly author: string; readonly comment: string },
  ): Promise<void>;
  /** Newest first. */
  configHistory(name: string, limit: number): Promise<readonly ConfigChange[]>;

  /** Takes a lease that is free, released, expired or already `holder`'s; the epoch rises by one. undefined: another holds it. */
  acquireLease(name: string, holder: string, ttlMs: number): Promise<LeaseRow | undefined>;
  /** False when epoch or holder changed. Does not take a new S. */
  renewLease(name: string, holder: string, epoch: number, ttlMs: number): Promise<boolean>;
  /** Clean release: nothing unpublished is lost. False when it was not held. */
  releaseLease(name: string, holder: string, epoch: number): Promise<boolean>;

  heartbeat(node: Omit<NodeRow, 'heartbeatAtMs'>): Promise<void>;
  /** Nodes whose heartbeat is at most `maxAgeMs` older than the newest one of any node. */
  liveNodes(maxAgeMs: number): Promise<readonly NodeRow[]>;
  removeNode(id: string): Promise<void>;

  putSupervisor(row: {
    readonly id: string;
    readonly dataSource: string;
    readonly spec: unknown;
    readonly suspended: boolean;
  }): Promise<SupervisorRow>;
  removeSupervisor(id: string): Promise<boolean>;
  /** Ids of all supervisors that have a history, terminated ones too, in order. */
  supervisorsEver(): Promise<readonly string[]>;
  supervisorHistory(id: string): Promise<readonly { readonly spec: unknown; readonly version: string }[]>;
  /** Removes the stored offsets (all partitions when `partitions` is absent), or sets them. Takes a new S. */
  resetOffsets(supervisorId: string, partitions?: OffsetVector): Promise<void>;

  putTask(task: TaskRow): Promise<void>;
  /** Changes a task's state and what comes with it. */
  updateTask(
    id: string,
    change: Partial<Pick<TaskRow, 'state' | 'durationMs' | 'errorMsg' | 'nodeId' | 'report'>>,
  ): Promise<void>;
  task(id: string): Promise<TaskRow | undefined>;
  /** Newest first. */
  tasks(filter: {
    readonly states?: readonly TaskState[];
    readonly dataSource?: string;
    readonly limit?: number;
  }): Promise<readonly TaskRow[]>;
  /** Takes the oldest waiting task for this node, by compare-and-swap. */
  claimTask(nodeId: string): Promise<TaskRow | undefined>;

  /** Records which segments a historical has loaded (whole copy on its disk); used by handoff and placement. */
  announceReplicas(nodeId: string, loaded: readonly string[], dropped: readonly string[]): Promise<void>;
  clearReplicas(nodeId: string): Promise<void>;
  /** Ids among `segmentIds` that at least one live historical has loaded. */
  loadedAmong(segmentIds: readonly string[]): Promise<ReadonlySet<string>>;

  /** Bad records: dead letters by supervisor, with offset and reason; bounded per supervisor (oldest dropped). */
  addDeadLetters(supervisorId: string, incarnation: string, letters: readonly DeadLetter[]): Promise<void>;
  deadLetters(supervisorId: string, limit: number): Promise<readonly StoredDeadLetter[]>;

  /**
   * Adds lookups or replaces older versions of them, all or none. Takes no new S.
   * @returns the one that stands in the way with the same version or a newer one, if any does
   */
  putLookups(rows: readonly LookupRow[]): Promise<LookupRow | undefined>;
  removeLookup(tier: string, name: string): Promise<boolean>;
  /** All lookups without what they map, by tier and name. */
  lookupVersions(): Promise<readonly LookupVersion[]>;
  lookup(tier: string, name: string): Promise<LookupRow | undefined>;
}

/** One life of a process, as its heartbeat tells it. */
export type UploadOwner = { readonly nodeId: string } & Pick<NodeRow, 'startedAtMs'>;

/** A path whose objects are to be deleted. */
export interface Upload {
  readonly path: string;
  /** By store time. */
  readonly givenUpForMs: number;
}

export interface ConfigChange {
  readonly name: string;
  readonly atMs: number;
  readonly author: string;
  readonly comment: string;
  readonly payload: unknown;
}

export interface LookupRow {
  readonly tier: string;
  readonly name: string;
  readonly version: string;
  /** The `lookupExtractorFactory` as submitted (JSON). */
  readonly factory: unknown;
}

export interface LookupVersion {
  readonly tier: string;
  readonly name: string;
  readonly version: string;
  /** Differs where the contents may differ, also where a lookup was removed and came back with its version. */
  readonly stamp: string;
}

export interface DeadLetter {
  readonly partition: string;
  readonly offset: number;
  readonly timestampMs: number;
  readonly reason: string;
  /** The record as received. */
  readonly record: Uint8Array;
  /** What came with it (key, headers, topic), as JSON. */
  readonly context?: unknown;
  /** Which of the rows that a record gives were taken or thrown away: a replay leaves them out. Absent: none. */
  readonly done?: readonly number[];
}

export interface StoredDeadLetter extends DeadLetter {
  /** Of the stream; '' of letters that an older version stored. */
  readonly incarnation: string;
}

export type DeadLetterKey = Pick<StoredDeadLetter, 'incarnation' | 'partition' | 'offset'>;
