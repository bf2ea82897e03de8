import { setTimeout as sleep } from 'node:timers/promises';
import { DruidError } from '../../common/druid-error.js';
import type { TaskRow } from '../../metadata/metadata-store.js';
import { runBatch } from './batch-runner.js';
import { type CompactServices, runCompactTask } from './compact-task.js';
import { parseKillSpec, runKill } from './kill-task.js';
import { parseQueryTask, QUERY_TASK } from '../query-task/query-task-spec.js';
import { runQueryTask, type QueryTaskServices } from '../query-task/run-query-task.js';
import { readPayload, REPLAY_TASK, runReplay } from './replay-runner.js';
import { parseBatchSpec, taskType } from '../spec/batch-spec.js';
import { parseCompactSpec } from '../spec/compact-spec.js';
import { isObject, optionalInteger, optionalString } from '../spec/json-reader.js';

/** What the overlord must know of a task. @throws DruidError INVALID_INPUT, UNSUPPORTED */
export function readTaskSpec(json: unknown): {
  readonly type: string;
  readonly dataSource: string;
  readonly id: string | undefined;
} {
  const type = taskType(json);
  const task = isObject(json) ? json : {};
  switch (type) {
    case 'compact': {
      const { dataSource, id } = parseCompactSpec(json);
      return { type, dataSource, id };
    }
    case 'kill': {
      const { dataSource, id } = parseKillSpec(json);
      return { type, dataSource, id };
    }
    case 'noop':
      return { type, dataSource: 'none', id: optionalString(task, 'id') };
    case REPLAY_TASK:
      return { type, dataSource: readPayload(json).dataSource, id: optionalString(task, 'id') };
    case QUERY_TASK: {
      const { dataSource, id } = parseQueryTask(json);
      return { type, dataSource, id };
    }
    default: {
      const spec = parseBatchSpec(json);
      return { type: spec.type, dataSource: spec.dataSchema.dataSource, id: spec.id };
    }
  }
}

/** Runs any task to its end. @returns its report. @throws why it failed */
export function runTask(
  task: TaskRow,
  services: CompactServices & QueryTaskServices,
  signal: AbortSignal,
): Promise<unknown> {
  switch (task.type) {
    case 'index':
    case 'index_parallel':
      return runBatch(task, services, signal);
    case 'compact':
      return runCompactTask(task, services, signal);
    case 'kill':
      return runKill(task, services, signal);
    case 'noop':
      return runNoop(task, signal);
    case REPLAY_TASK:
      return runReplay(task, services, signal);
    case QUERY_TASK:
      return runQueryTask(task, services, signal);
    default:
      throw new DruidError(`Task type [${task.type}] is not supported`, { category: 'UNSUPPORTED' });
  }
}

const NOOP_MS = 2_500;

/** @source Druid `NoopTask.java` */
async function runNoop(task: TaskRow, signal: AbortSignal): Promise<unknown> {
  const payload = isObject(task.payload) ? task.payload : {};
  await sleep(optionalInteger(payload, 'runTime') ?? NOOP_MS, undefined, { signal });
  return {};
}
