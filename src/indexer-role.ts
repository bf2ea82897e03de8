/** Composition of the indexer role: stream tasks, the embedded log, batch tasks. */
import { join } from 'node:path';
import type { Core } from './core.js';
import { TaskRunner } from './coordination/overlord/task-runner.js';
import { DruidError } from './common/druid-error.js';
import { addIndexerMetrics, measuredMerges } from './indexer-metrics.js';
import { DiskGuard } from './indexing/disk-guard.js';
import { runTask } from './indexing/tasks/run-task.js';
import { IndexerNode } from './indexing/stream/indexer-node.js';
import type { IndexingLog } from './indexing/indexing-log.js';
import { LogTrimmer } from './indexing/stream/log-trimmer.js';
import { MergePool } from './indexing/publish/merge-pool.js';
import { parseSupervisorSpec, type SupervisorSpec } from './indexing/spec/supervisor-spec.js';
import { StreamLeaf } from './indexing/answer/stream-leaf.js';
import type { OffsetsRow, SupervisorRow } from './metadata/metadata-store.js';
import type { MetadataView } from './metadata/metadata-view.js';
import { systemClock } from './platform/clock.js';
import { freeDiskBytes } from './platform/disk-space.js';
import { addActivityRoutes } from './server/http/routes/activity-routes.js';
import { addPushRoutes } from './server/http/routes/push-routes.js';
import { SpilledRuns } from './spilled-runs.js';
import { LocalLogService } from './streams/local-log/local-log-service.js';
import type { Logger } from './telemetry/logger.js';

/** A stopping process publishes what it has read within this time, or leaves it to be read again. */
const STOP_LIMIT_MS = 20_000;
const TASK_POLL_MS = 200;

export interface IndexerRole {
  readonly leaf: StreamLeaf;
  readonly localLog: LocalLogService;
  readonly merges: MergePool;
}

/** @param submitSupervisor makes a supervisor for a data source that is pushed to for the first time */
export async function startIndexer(
  core: Core,
  submitSupervisor: (spec: unknown) => Promise<unknown>,
): Promise<IndexerRole> {
  const { config, store, view, deepStorage, router, closers } = core;
  const log = core.log.child({ service: 'indexer' });
  const localLogDirectory = join(config.dataDir, 'log');
  const localLog = new LocalLogService({ directory: localLogDirectory });
  closers.add('embedded log', () => localLog.close());
  const merges = new MergePool({ threads: Math.max(1, Math.floor(config.threads / 2)) });
  closers.add('merge threads', () => merges.close());
  const temporaryDirectory = join(config.dataDir, 'indexing');
  const access = { allowLocal: config.allowLocal, allowHttp: config.allowHttp };
  const disk = await startDiskGuard(core);
  const runs = new SpilledRuns(core, temporaryDirectory);
  closers.add('runs', () => runs.close());
  const services = {
    store,
    view,
    deepStorage,
    uploads: core.uploads,
    lookups: core.lookups,
    access,
    merges: measuredMerges(merges, core.metrics),
    temporaryDirectory,
    forgetRun: (segment: string) => runs.forget(segment),
    disk,
    clock: systemClock,
    log: indexingLog(log),
  };
  const node = new IndexerNode({ ...services, nodeId: core.nodeId, localLogDirectory });
  runs.onLost = (segment) => node.loseRun(segment);
  await node.start();
  closers.add('indexing tasks', () => node.stop(STOP_LIMIT_MS));
  const tasks = new TaskRunner({
    store,
    clock: systemClock,
    logger: log,
    nodeId: core.nodeId,
    pollMs: TASK_POLL_MS,
    execute: (task, signal) => runTask(task, services, signal),
  });
  tasks.start();
  closers.add('batch tasks', () => tasks.stop());
  startTrimmer(core, localLog);
  addIndexerMetrics(
    core.metrics,
    () => view.supervisors().map(({ id }) => ({ supervisor: id, groups: node.activity(id) })),
    disk,
  );
  addActivityRoutes(router, {
    activity: (id) => node.activity(id),
    handOff: (id, groups) => void node.handoff(id, groups),
  });
  addPush(core, localLog, submitSupervisor);
  return { leaf: new StreamLeaf(node, runs, core.pool, core.arenas), localLog, merges };
}

/** Events over HTTP, into the embedded log. */
function addPush(
  { router, view }: Core,
  localLog: LocalLogService,
  submitSupervisor: (spec: unknown) => Promise<unknown>,
): void {
  addPushRoutes(router, {
    push: (dataSource, lines, producer) => {
      const stream = localStreamOf(view.supervisors(), dataSource) ?? dataSource;
      const records = lines.map((line) => ({
        key: null,
        value: Buffer.from(line.buffer, line.byteOffset, line.byteLength),
      }));
      return localLog.append(stream, records, producer);
    },
    isFed: (dataSource) => localStreamOf(view.supervisors(), dataSource) !== undefined,
    isTaken: (dataSource) => view.supervisors().some((row) => row.id === dataSource || row.dataSource === dataSource),
    refresh: () => view.refresh(),
    submitSupervisor: async (spec) => {
      await submitSupervisor(spec);
      // The next push finds the data source fed.
      await view.refresh();
    },
  });
}

/** Keeps the embedded log from growing by what is published. */
function startTrimmer({ view, config, log, closers }: Core, localLog: LocalLogService): void {
  const trimmer = new LogTrimmer({
    localLog,
    readersOf: (stream) => publishedOf(view, stream),
    retentionBytes: config.pushRetentionBytes,
    clock: systemClock,
    log: indexingLog(log.child({ service: 'indexer' })),
  });
  trimmer.start();
  closers.add('embedded log trimmer', () => trimmer.stop());
}

/** Watches the room on the disk of the data directory. */
async function startDiskGuard({ config, log, closers }: Core): Promise<DiskGuard> {
  const disk = new DiskGuard({
    freeBytes: () => freeDiskBytes(config.dataDir),
    reserveBytes: config.diskReserveBytes,
    clock: systemClock,
    log: indexingLog(log.child({ service: 'indexer' })),
  });
  await disk.start();
  closers.add('disk guard', () => disk.stop());
  return disk;
}

function specOf(rows: readonly SupervisorRow[], id: string): SupervisorSpec | undefined {
  const row = rows.find((supervisor) => supervisor.id === id);
  if (row === undefined) return undefined;
  try {
    return parseSupervisorSpec(row.spec);
  } catch (error) {
    // Stored by a newer version: this one cannot say anything of it.
    if (error instanceof DruidError) return undefined;
    throw error;
  }
}

function indexingLog(log: Logger): IndexingLog {
  return (level, message, fields) => log[level](message, fields);
}

/** What each supervisor of an embedded stream has published. */
function publishedOf(view: MetadataView, stream: string): (OffsetsRow | undefined)[] {
  const rows = view.supervisors();
  return rows
    .filter((row) => streamOf(rows, row.id) === stream)
    .map((row) => view.streams(row.dataSource).find(({ supervisorId }) => supervisorId === row.id)?.offsets);
}

/** The embedded stream that a local supervisor reads for a data source. */
function localStreamOf(rows: readonly SupervisorRow[], dataSource: string): string | undefined {
  for (const row of rows) {
    if (row.dataSource !== dataSource) continue;
    const stream = streamOf(rows, row.id);
    if (stream !== undefined) return stream;
  }
  return undefined;
}

function streamOf(rows: readonly SupervisorRow[], id: string): string | undefined {
  const spec = specOf(rows, id);
  return spec?.type === 'local' ? spec.ioConfig.stream : undefined;
}
