import type { LeaseRow, OffsetsRow, SupervisorRow } from './metadata-store.js';
import type { OffsetVector } from './offset-vector.js';

/** One task group of a supervisor as the metadata store knows it at one S. */
export interface StreamGroup {
  readonly group: number;
  /** undefined when nobody ever owned the group. */
  readonly lease: LeaseRow | undefined;
  /** Committed offsets of the group's partitions. */
  readonly committed: OffsetVector;
}

/** The stream side of a data source at one S. */
export interface StreamState {
  readonly supervisorId: string;
  readonly suspended: boolean;
  /** The supervisor was terminated: its owners publish what they have read. Nobody takes over from one that dies. */
  readonly isEnding: boolean;
  /** Stream name and incarnation of the committed offsets; undefined before the first commit. */
  readonly offsets: OffsetsRow | undefined;
  readonly groups: readonly StreamGroup[];
  /**
   * Leases still held of the groups of another task count: their owners publish what they read before the change, and until they
   * have released, nobody can tell which rows are whose.
   */
  readonly former: readonly LeaseRow[];
}

/** Name of the lease of one task group: with another task count the group has other partitions, and is another one. */
export function streamLeaseName(supervisorId: string, group: number, taskCount: number): string {
  return `${leasePrefix(supervisorId)}${group}of${taskCount}`;
}

/** Whether a lease is of one of the supervisor's task groups (an id may itself contain `/`). */
export function isStreamLeaseOf(leaseName: string, supervisorId: string): boolean {
  const prefix = leasePrefix(supervisorId);
  // Earlier versions did not name the task count.
  return leaseName.startsWith(prefix) && /^\d+(of\d+)?$/.test(leaseName.slice(prefix.length));
}

function leasePrefix(supervisorId: string): string {
  return `stream/${supervisorId}/`;
}

/**
 * The task group that reads a partition: Druid's `partition % taskCount`; for `topic:partition` by the topic's hash too, so that topics
 * of one partition each are spread.
 */
export function groupOfPartition(partition: string, taskCount: number): number {
  const colon = partition.lastIndexOf(':');
  const number = Number(partition.slice(colon + 1));
  if (!Number.isInteger(number)) return 0;
  return colon < 0 ? number % taskCount : Math.abs(31 * hashOf(partition.slice(0, colon)) + number) % taskCount;
}

/** Small enough that the sum above stays exact. */
function hashOf(topic: string): number {
  let hash = 0;
  for (let i = 0; i < topic.length; i++) hash = (Math.imul(hash, 31) + topic.charCodeAt(i)) | 0;
  return hash;
}

/** `ioConfig.taskCount` of a stored supervisor spec, old flat form included; with an auto-scaler, what it starts with. */
export function taskCountOf(spec: unknown): number {
  const ioConfig = member(member(spec, 'spec') ?? spec, 'ioConfig');
  const taskCount = scaledTaskCount(ioConfig) ?? Number(member(ioConfig, 'taskCount') ?? 1);
  return Number.isInteger(taskCount) && taskCount > 0 ? taskCount : 1;
}

/** What an enabled `autoScalerConfig` has in place of `taskCount`. @source Druid `SeekableStreamSupervisorIOConfig.java` */
export function scaledTaskCount(ioConfig: unknown): number | undefined {
  const config = member(ioConfig, 'autoScalerConfig');
  const enabled = member(config, 'enableTaskAutoScaler');
  if (enabled !== true && enabled !== 'true') return undefined;
  const start = member(config, 'taskCountStart') ?? member(config, 'taskCountMin');
  return start === undefined || start === null ? undefined : Number(start);
}

export function streamState(
  supervisor: SupervisorRow,
  offsets: OffsetsRow | undefined,
  leases: ReadonlyMap<string, LeaseRow>,
  isEnding = false,
): StreamState {
  const taskCount = taskCountOf(supervisor.spec);
  const groups = Array.from({ length: taskCount }, (_, group): StreamGroup => {
    const committed = Object.entries(offsets?.partitions ?? {}).filter(
      ([partition]) => groupOfPartition(partition, taskCount) === group,
    );
    return {
      group,
      lease: leases.get(streamLeaseName(supervisor.id, group, taskCount)),
      committed: Object.fromEntries(committed),
    };
  });
  const current = new Set(groups.map(({ group }) => streamLeaseName(supervisor.id, group, taskCount)));
  const former = [...leases.values()].filter(
    ({ name, holder }) => holder !== null && !current.has(name) && isStreamLeaseOf(name, supervisor.id),
  );
  return { supervisorId: supervisor.id, suspended: supervisor.suspended, isEnding, offsets, groups, former };
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
