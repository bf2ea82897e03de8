import type { GroupActivity, RecentError, RowCounts } from '../../protocol/group-activity.js';
import { dataLossMessage, type GroupOwnership } from './group-ownership.js';
import type { GroupRunner } from './group-runner.js';
import type { ParseError } from '../intake/bad-records.js';
import type { TaskProgress } from './task-messages.js';

/** The activity of the epoch that is read, or of the last one while a failed task waits to be started again. */
export function activityOf(runner: GroupRunner, nowMs: number): GroupActivity | undefined {
  const ownership = runner.current ?? runner.failed;
  if (ownership === undefined) return undefined;
  const { progress, taskId, startedAtMs } = ownership;
  const { completionTimeoutMs } = runner.spec.ioConfig;
  return {
    group: runner.group,
    taskId,
    startTimeMs: startedAtMs,
    remainingMs: progress?.remainingMs ?? 0,
    startingOffsets: progress?.startingOffsets ?? {},
    currentOffsets: progress?.currentOffsets ?? {},
    latestOffsets: Object.keys(progress?.latestOffsets ?? {}).length === 0 ? undefined : progress?.latestOffsets,
    publishing: ownership.unpublished.map(({ from, to, sequence, closedAtMs }) => ({
      id: `${taskId}_${sequence}`,
      startTimeMs: closedAtMs,
      remainingMs: closedAtMs + completionTimeoutMs - nowMs,
      startingOffsets: from,
      endOffsets: to,
    })),
    trouble: troubleOf(ownership),
    isIdle: progress?.isIdle ?? false,
    ...(progress?.pausedFor && { pausedFor: progress.pausedFor }),
    memoryBytes: progress?.usedBytes ?? 0,
    spilled: ownership.spilled,
    totals: progress?.totals ?? NO_ROWS,
    movingAverages: progress?.movingAverages ?? { '1m': NO_ROWS, '5m': NO_ROWS, '15m': NO_ROWS },
    recentErrors: errorsOf(runner, ownership, nowMs),
    parseErrors: parseErrorsOf(progress),
  };
}

const NO_ROWS: RowCounts = { processed: 0, processedBytes: 0, processedWithError: 0, thrownAway: 0, unparseable: 0 };

function troubleOf({ dataLoss, isReading, progress }: GroupOwnership): GroupActivity['trouble'] {
  if (dataLoss !== undefined) return 'DATA_LOSS';
  if (progress?.trouble === undefined) return undefined;
  return isReading ? 'LOST_CONTACT_WITH_STREAM' : 'UNABLE_TO_CONNECT_TO_STREAM';
}

function errorsOf(runner: GroupRunner, { dataLoss, progress }: GroupOwnership, nowMs: number): RecentError[] {
  const errors = runner.errors.list.map(({ timestampMs, message }) => taskError(timestampMs, message));
  if (dataLoss !== undefined) errors.push(streamError(nowMs, dataLossMessage(dataLoss, runner.spec)));
  if (progress?.trouble !== undefined) errors.push(streamError(nowMs, progress.trouble));
  return errors;
}

function taskError(timestampMs: number, message: string): RecentError {
  return { timestampMs, exceptionClass: 'org.apache.druid.java.util.common.ISE', message, streamException: false };
}

function streamError(timestampMs: number, message: string): RecentError {
  const exceptionClass = 'org.apache.druid.indexing.seekablestream.common.StreamException';
  return { timestampMs, exceptionClass, message, streamException: true };
}

/** @source Druid `ParseExceptionReport.java` */
function parseErrorsOf(progress: TaskProgress | undefined): unknown[] {
  const newestFirst = (a: ParseError, b: ParseError): number => b.timestampMs - a.timestampMs;
  return [...(progress?.parseErrors ?? [])].sort(newestFirst).map(({ timestampMs, input, reason }) => ({
    input,
    errorType: 'Unable to parse record',
    details: [reason],
    timeOfExceptionMillis: timestampMs,
  }));
}
