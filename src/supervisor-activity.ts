/** Joins two layers of equal rank: what an indexer reports of its task groups, as the overlord shows it. */
import type { GroupActivity, StreamTrouble } from './coordination/overlord/supervisor-runtime.js';
import type { GroupReport, TaskReport } from './indexing/supervisor-report.js';

const STREAM_EXCEPTION = 'org.apache.druid.indexing.seekablestream.common.StreamException';

/** Groups of a supervisor that a node holds; those that it only waits for are left out. */
export function groupActivity(reports: readonly GroupReport[], taskDurationMs: number, nowMs: number): GroupActivity[] {
  return reports.flatMap(({ group, task, errors }) => {
    if (task?.progress === undefined) return [];
    const { progress, startedAtMs } = task;
    return [
      {
        group,
        taskId: task.taskId,
        startTimeMs: startedAtMs,
        remainingMs: Math.max(0, startedAtMs + taskDurationMs - nowMs),
        startingOffsets: progress.startingOffsets,
        currentOffsets: progress.currentOffsets,
        latestOffsets: Object.keys(progress.latestOffsets).length > 0 ? progress.latestOffsets : undefined,
        publishing: [],
        trouble: trouble(task),
        totals: progress.totals,
        movingAverages: progress.movingAverages,
        recentErrors: errors.map(({ timestampMs, message }) => ({
          timestampMs,
          message,
          exceptionClass: STREAM_EXCEPTION,
          streamException: true,
        })),
        parseErrors: progress.parseErrors.map(({ timestampMs, input, reason }) => ({
          input,
          errorType: 'unparseable',
          details: [reason],
          timeOfExceptionMillis: timestampMs,
        })),
      },
    ];
  });
}

function trouble(task: TaskReport): StreamTrouble | undefined {
  if (task.dataLoss !== undefined) return 'DATA_LOSS';
  return task.progress?.trouble === undefined ? undefined : 'LOST_CONTACT_WITH_STREAM';
}
