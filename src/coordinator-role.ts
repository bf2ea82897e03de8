/** Composition of the coordinator role: supervisor and task APIs, leadership, background compaction. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CompactionDuty } from './coordination/coordinator/compaction-duty.js';
import { Coordinator } from './coordination/coordinator/coordinator.js';
import { COORDINATOR_LEASE, Leadership } from './coordination/coordinator/leader.js';
import { orphanedTasksDuty } from './coordination/coordinator/orphaned-tasks-duty.js';
import { Supervisors } from './coordination/overlord/supervisors.js';
import { TaskQueue } from './coordination/overlord/tasks.js';
import type { Core } from './core.js';
import { autoCompactionDuty } from './coordination/coordinator/auto-compaction-duty.js';
import { uploadsDuty } from './coordination/coordinator/uploads-duty.js';
import { retentionDuty } from './coordination/coordinator/retention-duty.js';
import { runCompaction } from './indexing/tasks/compaction-runner.js';
import { deletePushed } from './indexing/publish/push.js';
import { compactionState, parseCompactSpec } from './indexing/spec/compact-spec.js';
import { MergePool } from './indexing/publish/merge-pool.js';
import type { NodeRow } from './metadata/metadata-store.js';
import { systemClock } from './platform/clock.js';
import { systemRandomness } from './platform/randomness.js';
import { ClusterRuntime } from './server/cluster-runtime.js';
import { addConfigRoutes } from './server/http/routes/config-routes.js';
import { addCoordinatorRoutes } from './server/http/routes/coordinator-routes.js';
import { addDynamicConfigRoutes } from './server/http/routes/dynamic-config-routes.js';
import { addIntervalRoutes } from './server/http/routes/interval-routes.js';
import { addDeadLetterRoutes } from './server/http/routes/dead-letter-routes.js';
import { addSamplerRoutes } from './server/http/routes/sampler-routes.js';
import { addServerRoutes } from './server/http/routes/server-routes.js';
import { addSegmentRoutes } from './server/http/routes/segment-routes.js';
import { addSupervisorRoutes } from './server/http/routes/supervisor-routes.js';
import { addTaskRoutes } from './server/http/routes/task-routes.js';
import { readSupervisor, readTask } from './spec-readers.js';
import type { LogFields } from './telemetry/logger.js';

const LEASE_TTL_MS = 10_000;
const NODE_TIMEOUT_MS = 60_000;
const ORPHAN_CHECK_MS = 10_000;
const COMPACTION_PERIOD_MS = 2000;
const TARGET_ROWS = 5_000_000;
/** An interval without a new segment for so long is taken to be complete. */
const QUIET_MS = 300_000;
const RULES_PERIOD_MS = 2_000;
const UPLOADS_PERIOD_MS = 10_000;
/** Longer than an outage of the metadata store usually lasts: silent nodes push again what was taken for given up. */
const UPLOADS_SILENT_MS = 600_000;
/** Longer than the longest upload that goes on when its process has given up. */
const UPLOADS_LATE_MS = 600_000;
const AUTO_COMPACTION_PERIOD_MS = 2_000;

/** Supervisor specs are accepted on every node: the store is what the indexers follow. */
export function makeSupervisors({ store, view, cluster }: Core): Supervisors {
  return new Supervisors({
    store,
    view,
    clock: systemClock,
    runtime: new ClusterRuntime(() => cluster.withRole('indexer')),
    read: readSupervisor,
  });
}

/** Druid's coordinator and overlord APIs, on every broker and coordinator. */
export function addManagementApi(core: Core, supervisors: Supervisors): void {
  const { router, store, view, cluster, nodeId, config } = core;
  const leader = (): NodeRow | undefined => {
    const holder = view.lease(COORDINATOR_LEASE)?.holder;
    return holder === null || holder === undefined ? undefined : cluster.node(holder);
  };
  const tasks = taskQueue(core);
  addSupervisorRoutes(router, { supervisors });
  addTaskRoutes(router, { tasks, cluster, leader, nodeId });
  addSamplerRoutes(router, {
    sample: async (spec) => {
      const { sample } = await import('./indexing/sampler/sample.js');
      return sample(spec, {
        access: { allowLocal: config.allowLocal, allowHttp: config.allowHttp },
        lookups: core.lookups,
        view,
        deepStorage: core.deepStorage,
        temporaryDirectory: join(config.dataDir, 'sampler'),
        clock: systemClock,
      });
    },
  });
  addSegmentRoutes(router, { view, store, cluster, submit: (task) => tasks.submit(task) });
  addConfigRoutes(router, { store, view, checkCompaction, compactionState });
  addDynamicConfigRoutes(router, { store });
  addCoordinatorRoutes(router, { view, store, cluster, leader, nodeId });
  addServerRoutes(router, {
    view,
    store,
    cluster,
    tasks,
    maxBytes: config.memoryBytes,
    nowMs: () => systemClock.nowMs(),
  });
  addIntervalRoutes(router, { view, cluster });
  addDeadLetterRoutes(router, { store, view, tasks });
}

/** Tasks are accepted on every node: the store is what runs them from. */
export function taskQueue({ store }: Core): TaskQueue {
  return new TaskQueue({ store, clock: systemClock, randomness: systemRandomness, read: readTask });
}

/** Whether a compact task could be made of it. */
function checkCompaction(config: Readonly<Record<string, unknown>>): void {
  parseCompactSpec({ ...config, interval: '2000/2001' });
}

/** Leadership and the duties of the leader. @param shared merge threads of this process, if it has some already */
export async function startCoordinator(core: Core, shared: MergePool | undefined): Promise<void> {
  const { store, view, deepStorage, nodeId, closers, config } = core;
  const logger = core.log.child({ service: 'coordinator' });
  const merges = shared ?? new MergePool({ threads: 1 });
  if (shared === undefined) closers.add('compaction threads', () => merges.close());
  const leadership = new Leadership({ store, clock: systemClock, logger, nodeId, ttlMs: LEASE_TTL_MS });
  const temporaryDirectory = join(config.dataDir, 'compaction');
  // What a crash left half built.
  await rm(temporaryDirectory, { recursive: true, force: true });
  const stopping = new AbortController();
  const services = {
    store,
    deepStorage,
    uploads: core.uploads,
    merges,
    temporaryDirectory,
    maxRowsPerSegment: TARGET_ROWS,
    log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: LogFields) =>
      logger[level](message, fields),
  };
  const compaction = new CompactionDuty({
    view,
    clock: systemClock,
    logger,
    periodMs: COMPACTION_PERIOD_MS,
    maxJobs: 1,
    targetRows: TARGET_ROWS,
    smallShare: 0.25,
    minSegments: 8,
    quietMs: QUIET_MS,
    execute: async (job) => void (await runCompaction(job, services, stopping.signal)),
  });
  const orphans = orphanedTasksDuty({
    store,
    clock: systemClock,
    periodMs: ORPHAN_CHECK_MS,
    nodeTimeoutMs: NODE_TIMEOUT_MS,
  });
  const following = { store, view, clock: systemClock, logger };
  const retention = retentionDuty({ ...following, periodMs: RULES_PERIOD_MS });
  const tasks = taskQueue(core);
  const submit = (task: unknown): Promise<unknown> => tasks.submit(task);
  const autoCompaction = autoCompactionDuty({
    ...following,
    periodMs: AUTO_COMPACTION_PERIOD_MS,
    submit,
    stateOf: compactionState,
  });
  const uploads = uploadsDuty({
    store,
    remove: (path) => deletePushed(deepStorage, path),
    periodMs: UPLOADS_PERIOD_MS,
    silentMs: UPLOADS_SILENT_MS,
    lateMs: UPLOADS_LATE_MS,
    onDeleted: (paths) =>
      logger.info('Pushed segments that were never published are deleted', { segments: paths.length, first: paths[0] }),
  });
  const duties = [compaction, orphans, retention, autoCompaction, uploads];
  const coordinator = new Coordinator({ leadership, clock: systemClock, logger, duties });
  await leadership.start();
  closers.add('leadership', () => leadership.stop());
  coordinator.start();
  closers.add('coordinator duties', async () => {
    stopping.abort(new Error('Node is shutting down'));
    await coordinator.stop();
    await compaction.idle();
  });
}
