/** Composition: the overlord's logic reads specs by ports, since indexing, which understands them, is of the same rank. */
import type { ReadSpec } from './coordination/overlord/supervisors.js';
import type { SubmittedTask } from './coordination/overlord/tasks.js';
import { readTaskSpec } from './indexing/tasks/run-task.js';
import { parseSupervisorSpec, supervisorSpecJson } from './indexing/spec/supervisor-spec.js';

/** @throws DruidError INVALID_INPUT, UNSUPPORTED */
export function readSupervisor(json: unknown): ReadSpec {
  const spec = parseSupervisorSpec(json);
  const { stream, replicas, taskCount, taskDurationMs } = spec.ioConfig;
  return {
    id: spec.id,
    type: spec.type,
    dataSource: spec.dataSchema.dataSource,
    stream,
    replicas,
    taskCount,
    taskDurationMs,
    suspended: spec.suspended,
    shown: supervisorSpecJson(spec),
  };
}

/** @throws DruidError INVALID_INPUT, UNSUPPORTED */
export function readTask(json: unknown): SubmittedTask {
  return readTaskSpec(json);
}
