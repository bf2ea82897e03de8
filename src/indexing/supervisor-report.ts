import type { OffsetVector } from '../metadata/offset-vector.js';
import { dataLossMessage } from './group-ownership.js';
import type { GroupRunner } from './group-runner.js';
import type { RecentError } from './recent-errors.js';
import type { TaskProgress } from './task-messages.js';

/** What one node says of a task group that it runs or tries to run. Plain data: it goes to the overlord by HTTP too. */
export interface GroupReport {
  readonly group: number;
  /** undefined when another node holds the group, or nobody yet. */
  readonly task: TaskReport | undefined;
  readonly errors: readonly RecentError[];
}

export interface TaskReport {
  readonly taskId: string;
  readonly epoch: number;
  readonly startedAtMs: number;
  readonly isReading: boolean;
  /** Closed sequences that wait to be published. */
  readonly unpublished: number;
  readonly progress: TaskProgress | undefined;
  readonly dataLoss: string | undefined;
}

export function reportGroup(runner: GroupRunner): GroupReport {
  const { current, group, spec } = runner;
  const task: TaskReport | undefined = current && {
    taskId: current.taskId,
    epoch: current.epoch,
    startedAtMs: current.startedAtMs,
    isReading: current.isReading,
    unpublished: current.unpublished,
    progress: current.progress,
    dataLoss: current.dataLoss && dataLossMessage(current.dataLoss, spec),
  };
  return { group, task, errors: runner.errors.list };
}

/** Records between what was read and the end of each partition. */
export function lagOf(progress: TaskProgress): OffsetVector {
  const lag: Record<string, number> = {};
  for (const [partition, latest] of Object.entries(progress.latestOffsets)) {
    lag[partition] = Math.max(0, latest - (progress.currentOffsets[partition] ?? latest));
  }
  return lag;
}
