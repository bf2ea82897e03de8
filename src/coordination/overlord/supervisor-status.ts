import { formatIso } from '../../common/iso-time.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import type { GroupActivity, PublishingSequence, RowCounts, StreamTrouble } from '../../protocol/group-activity.js';

/** What a supervisor's status says of its spec. */
export interface SupervisorOutline {
  readonly id: string;
  readonly dataSource: string;
  readonly stream: string;
  readonly replicas: number;
  readonly taskCount: number;
  readonly taskDurationMs: number;
  readonly suspended: boolean;
}

export type SupervisorState = 'UNHEALTHY_SUPERVISOR' | 'PENDING' | 'RUNNING' | 'IDLE' | 'SUSPENDED';

/** @source Druid `SupervisorStateManager.java`, `SeekableStreamSupervisorStateManager.java`; DATA_LOSS and DISK_FULL are ours */
export interface SupervisorHealth {
  readonly state: SupervisorState;
  readonly detailedState: SupervisorState | StreamTrouble | 'DISK_FULL' | 'CREATING_TASKS';
  readonly healthy: boolean;
}

/** @source Druid `SeekableStreamSupervisorReportPayload.java` */
export interface SupervisorStatus {
  readonly id: string;
  readonly generationTime: string;
  readonly payload: {
    readonly dataSource: string;
    readonly stream: string;
    readonly partitions: number;
    readonly replicas: number;
    readonly durationSeconds: number;
    readonly activeTasks: readonly object[];
    readonly publishingTasks: readonly object[];
    readonly latestOffsets?: OffsetVector;
    readonly minimumLag: OffsetVector;
    readonly aggregateLag: number;
    readonly offsetsLastUpdated?: string;
    readonly suspended: boolean;
    readonly healthy: boolean;
    readonly state: string;
    readonly detailedState: string;
    readonly recentErrors: readonly object[];
  };
}

/** `{groupId: {taskId: …}}`. @source Druid `SeekableStreamSupervisor.getStats` */
export type SupervisorStats = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        {
          readonly movingAverages: { readonly buildSegments: Readonly<Record<'1m' | '5m' | '15m', RowCounts>> };
          readonly totals: { readonly buildSegments: RowCounts };
        }
      >
    >
  >
>;

export function healthOf(outline: SupervisorOutline, groups: readonly GroupActivity[]): SupervisorHealth {
  if (outline.suspended) return { state: 'SUSPENDED', detailedState: 'SUSPENDED', healthy: true };
  if (groups.length === 0) return { state: 'PENDING', detailedState: 'PENDING', healthy: true };
  const troubled = groups.find((group) => group.trouble !== undefined);
  if (troubled?.trouble !== undefined) {
    return { state: 'UNHEALTHY_SUPERVISOR', detailedState: troubled.trouble, healthy: false };
  }
  if (groups.some((group) => group.pausedFor === 'disk')) {
    return { state: 'UNHEALTHY_SUPERVISOR', detailedState: 'DISK_FULL', healthy: false };
  }
  if (groups.every((group) => group.isIdle)) return { state: 'IDLE', detailedState: 'IDLE', healthy: true };
  const complete = groups.length >= outline.taskCount;
  return { state: 'RUNNING', detailedState: complete ? 'RUNNING' : 'CREATING_TASKS', healthy: true };
}

export function supervisorStatus(
  outline: SupervisorOutline,
  groups: readonly GroupActivity[],
  nowMs: number,
): SupervisorStatus {
  const latest = groups.map((group) => group.latestOffsets).filter((offsets) => offsets !== undefined);
  const lag = Object.assign({}, ...groups.map(lagOf)) as OffsetVector;
  return {
    id: outline.id,
    generationTime: formatIso(nowMs),
    payload: {
      dataSource: outline.dataSource,
      stream: outline.stream,
      partitions: groups.reduce((sum, group) => sum + Object.keys(group.currentOffsets).length, 0),
      replicas: outline.replicas,
      durationSeconds: Math.floor(outline.taskDurationMs / 1000),
      // An idle group has no task in Druid; here it goes on looking, with nothing to show for it.
      activeTasks: groups.filter((group) => !group.isIdle).map(activeTask),
      publishingTasks: groups.flatMap((group) => group.publishing.map(publishingTask)),
      ...(latest.length > 0 && { latestOffsets: Object.assign({}, ...latest) as OffsetVector }),
      minimumLag: lag,
      aggregateLag: Object.values(lag).reduce((sum, records) => sum + records, 0),
      ...(latest.length > 0 && { offsetsLastUpdated: formatIso(nowMs) }),
      suspended: outline.suspended,
      ...reordered(healthOf(outline, groups)),
      recentErrors: groups
        .flatMap((group) => group.recentErrors)
        .map(({ timestampMs, ...error }) => {
          return { timestamp: formatIso(timestampMs), ...error };
        }),
    },
  };
}

export function supervisorStats(groups: readonly GroupActivity[]): SupervisorStats {
  return Object.fromEntries(
    groups.map((group) => {
      const rows = {
        movingAverages: { buildSegments: group.movingAverages },
        totals: { buildSegments: group.totals },
      };
      return [String(group.group), { [group.taskId]: rows }];
    }),
  );
}

function activeTask(group: GroupActivity): object {
  const lag = lagOf(group);
  return {
    id: group.taskId,
    startingOffsets: group.startingOffsets,
    startTime: formatIso(group.startTimeMs),
    remainingSeconds: Math.floor(group.remainingMs / 1000),
    type: 'ACTIVE',
    currentOffsets: group.currentOffsets,
    ...(group.latestOffsets !== undefined && { lag }),
    ...(group.pausedFor !== undefined && { pausedFor: group.pausedFor }),
  };
}

function publishingTask(sequence: PublishingSequence): object {
  return {
    id: sequence.id,
    startingOffsets: sequence.startingOffsets,
    startTime: formatIso(sequence.startTimeMs),
    remainingSeconds: Math.floor(sequence.remainingMs / 1000),
    type: 'PUBLISHING',
    currentOffsets: sequence.endOffsets,
  };
}

/** Records between where the group is and the end of each partition. */
function lagOf(group: GroupActivity): OffsetVector {
  const lag: Record<string, number> = {};
  for (const [partition, current] of Object.entries(group.currentOffsets)) {
    const latest = group.latestOffsets?.[partition];
    if (latest !== undefined) lag[partition] = Math.max(0, latest - current);
  }
  return lag;
}

/** Druid's order of fields. */
function reordered({ state, detailedState, healthy }: SupervisorHealth): SupervisorHealth {
  return { healthy, state, detailedState };
}
