/** Druid's answers about supervisors, made of what the nodes report. @source Druid `SeekableStreamSupervisorReportPayload.java` */
import { formatIso } from '../common/iso-time.js';
import type { SupervisorRow } from '../metadata/metadata-store.js';
import { ROW_COUNTERS, type RowTotals } from './row-meters.js';
import type { SupervisorSpec } from './spec/supervisor-spec.js';
import { type GroupReport, lagOf, type TaskReport } from './supervisor-report.js';

export interface SupervisorState {
  readonly state: string;
  readonly detailedState: string;
  readonly healthy: boolean;
}

type OwnedGroup = GroupReport & { readonly task: TaskReport };

/** @param reports of all live indexers */
export function supervisorState(
  row: SupervisorRow,
  reports: readonly GroupReport[],
  invalid?: string,
): SupervisorState {
  const of = (state: string, healthy = true, detailedState = state): SupervisorState => ({
    state,
    detailedState,
    healthy,
  });
  if (row.suspended) return of('SUSPENDED');
  const tasks = owned(reports).map(({ task }) => task);
  if (invalid !== undefined || tasks.some((task) => task.dataLoss !== undefined))
    return of('UNHEALTHY_SUPERVISOR', false);
  const trouble = tasks.find((task) => task.progress?.trouble !== undefined);
  if (trouble !== undefined) {
    return of(
      'UNHEALTHY_SUPERVISOR',
      false,
      trouble.isReading ? 'LOST_CONTACT_WITH_STREAM' : 'UNABLE_TO_CONNECT_TO_STREAM',
    );
  }
  if (tasks.some((task) => task.isReading)) return of('RUNNING');
  if (reports.some((report) => report.errors.length > 0)) return of('UNHEALTHY_TASKS', false);
  return tasks.length > 0 ? of('RUNNING', true, 'CONNECTING_TO_STREAM') : of('PENDING');
}

/** `GET /druid/indexer/v1/supervisor/{id}/status`. */
export function supervisorStatus(
  row: SupervisorRow,
  spec: SupervisorSpec,
  reports: readonly GroupReport[],
  nowMs: number,
): unknown {
  const groups = owned(reports);
  const latest = Object.assign({}, ...groups.map(({ task }) => task.progress?.latestOffsets)) as Record<string, number>;
  const minimumLag = Object.assign({}, ...groups.map(({ task }) => task.progress && lagOf(task.progress))) as Record<
    string,
    number
  >;
  const { state, detailedState, healthy } = supervisorState(row, reports);
  const known = Object.keys(latest).length > 0;
  return {
    id: row.id,
    generationTime: formatIso(nowMs),
    payload: {
      dataSource: row.dataSource,
      stream: spec.ioConfig.stream,
      partitions: Object.keys(latest).length,
      replicas: spec.ioConfig.replicas,
      durationSeconds: Math.round(spec.ioConfig.taskDurationMs / 1_000),
      activeTasks: groups.map(({ task }) => activeTask(task, spec, nowMs)),
      publishingTasks: [],
      ...(known && {
        latestOffsets: latest,
        minimumLag,
        aggregateLag: sum(minimumLag),
        offsetsLastUpdated: formatIso(nowMs),
      }),
      suspended: row.suspended,
      healthy,
      state,
      detailedState,
      recentErrors: recentErrors(reports, nowMs),
    },
  };
}

/** `GET /druid/indexer/v1/supervisor/{id}/stats`: group → task → meters. */
export function supervisorStats(reports: readonly GroupReport[]): unknown {
  const groups: Record<string, unknown> = {};
  for (const { group, task } of owned(reports)) {
    if (task.progress === undefined) continue;
    const { movingAverages, totals } = task.progress;
    groups[String(group)] = {
      [task.taskId]: { movingAverages: { buildSegments: movingAverages }, totals: { buildSegments: totals } },
    };
  }
  return groups;
}

/** Totals over all tasks, for metrics. */
export function supervisorTotals(reports: readonly GroupReport[]): RowTotals {
  const totals = Object.fromEntries(ROW_COUNTERS.map((counter) => [counter, 0])) as Record<
    (typeof ROW_COUNTERS)[number],
    number
  >;
  for (const { task } of owned(reports)) {
    for (const counter of ROW_COUNTERS) totals[counter] += task.progress?.totals[counter] ?? 0;
  }
  return totals;
}

/** `GET /druid/indexer/v1/supervisor/{id}/parseErrors`: newest first. */
export function supervisorParseErrors(reports: readonly GroupReport[]): unknown[] {
  return owned(reports)
    .flatMap(({ task }) => task.progress?.parseErrors ?? [])
    .sort((a, b) => b.timestampMs - a.timestampMs)
    .map(({ timestampMs, input, reason }) => ({
      timeOfExceptionMillis: timestampMs,
      errorType: 'Unable to parse record',
      details: [reason],
      input,
    }));
}

function activeTask(task: TaskReport, spec: SupervisorSpec, nowMs: number): unknown {
  const { progress } = task;
  const elapsedMs = (nowMs - task.startedAtMs) % Math.max(1, spec.ioConfig.taskDurationMs);
  return {
    id: task.taskId,
    startingOffsets: progress?.startingOffsets ?? {},
    startTime: formatIso(task.startedAtMs),
    remainingSeconds: Math.round((spec.ioConfig.taskDurationMs - elapsedMs) / 1_000),
    type: 'ACTIVE',
    currentOffsets: progress?.currentOffsets ?? {},
    lag: progress === undefined ? {} : lagOf(progress),
  };
}

function recentErrors(reports: readonly GroupReport[], nowMs: number): unknown[] {
  const errors = reports.flatMap((report) => [
    ...report.errors.map((error) => ({ ...error, stream: false })),
    ...(report.task?.dataLoss === undefined
      ? []
      : [{ timestampMs: nowMs, message: report.task.dataLoss, stream: true }]),
    ...(report.task?.progress?.trouble === undefined
      ? []
      : [{ timestampMs: nowMs, message: report.task.progress.trouble, stream: true }]),
  ]);
  return errors.map(({ timestampMs, message, stream }) => ({
    timestamp: formatIso(timestampMs),
    exceptionClass: stream
      ? 'org.apache.druid.indexing.seekablestream.common.StreamException'
      : 'org.apache.druid.java.util.common.ISE',
    message,
    streamException: stream,
  }));
}

function owned(reports: readonly GroupReport[]): OwnedGroup[] {
  return reports.filter((report): report is OwnedGroup => report.task !== undefined).sort((a, b) => a.group - b.group);
}

function sum(lag: Readonly<Record<string, number>>): number {
  return Object.values(lag).reduce((total, records) => total + records, 0);
}
