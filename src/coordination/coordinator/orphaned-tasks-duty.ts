import type { MetadataStore } from '../../metadata/metadata-store.js';
import type { Clock } from '../../platform/clock.js';
import type { Duty } from './coordinator.js';

export interface OrphanedTasksOptions {
  readonly store: Pick<MetadataStore, 'tasks' | 'liveNodes' | 'updateTask'>;
  readonly clock: Clock;
  readonly periodMs: number;
  /** A node without a heartbeat for so long is gone. */
  readonly nodeTimeoutMs: number;
}

/** Records as failed the batch tasks whose node is gone; whether they had published is not known, so nobody runs them again. */
export function orphanedTasksDuty({ store, clock, periodMs, nodeTimeoutMs }: OrphanedTasksOptions): Duty {
  return {
    name: 'orphanedTasks',
    periodMs,
    run: async () => {
      const claimed = await store.tasks({ states: ['RUNNING', 'PENDING'] });
      if (claimed.length === 0) return;
      const live = new Set((await store.liveNodes(nodeTimeoutMs)).map((node) => node.id));
      for (const task of claimed) {
        if (task.nodeId === null || live.has(task.nodeId)) continue;
        await store.updateTask(task.id, {
          state: 'FAILED',
          errorMsg: `Node [${task.nodeId}] that ran the task is gone`,
          durationMs: clock.nowMs() - task.createdAtMs,
        });
      }
    },
  };
}
