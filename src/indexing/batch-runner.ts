import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DruidError } from '../common/druid-error.js';
import { condense, type Interval } from '../common/interval.js';
import { workerEntry } from '../common/worker-entry.js';
import type { DeepStorage } from '../deep-storage/deep-storage.js';
import type { MetadataStore, NewSegment, TaskRow } from '../metadata/metadata-store.js';
import type { Clock } from '../platform/clock.js';
import type { BatchJob, FromBatch } from './batch-job.js';
import type { IndexingLog } from './indexing-log.js';
import type { InputAccess } from './input-access.js';
import { deletePushed, pushSegments } from './push.js';
import { withRetries } from './retry.js';
import { type BatchSpec, parseBatchSpec } from './spec/batch-spec.js';

export interface BatchServices {
  readonly store: MetadataStore;
  readonly deepStorage: DeepStorage;
  /** A task works in a directory of its own below this one. */
  readonly temporaryDirectory: string;
  /** What specs may read. */
  readonly access: InputAccess;
  readonly clock: Clock;
  readonly log: IndexingLog;
}

type Finished = Extract<FromBatch, { kind: 'done' }>;

/**
 * Runs one claimed batch task to its end: read in a thread of its own, push, publish in one transaction.
 * @returns the task's report, as Druid's API shows it
 * @throws DruidError why the task failed; nothing of it is published then
 */
export async function runBatch(task: TaskRow, services: BatchServices, signal: AbortSignal): Promise<unknown> {
  const spec = parseBatchSpec(task.payload);
  const tempDir = join(services.temporaryDirectory, `batch-${encodeURIComponent(task.id)}`);
  await mkdir(tempDir, { recursive: true });
  try {
    const result = await readInThread({ spec, access: services.access, tempDir }, signal);
    const segments = await publish(task, spec, result, services, signal);
    return reportOf(task, result, segments);
  } finally {
    await rm(tempDir, { recursive: true, force: true });
  }
}

/** The thread is ended when the task is: parsing does not look at signals. */
async function readInThread(job: BatchJob, signal: AbortSignal): Promise<Finished> {
  signal.throwIfAborted();
  const entry = workerEntry(import.meta.url, './batch.worker');
  const worker = new Worker(entry.url, { execArgv: [...entry.execArgv], workerData: job });
  try {
    const [message] = (await once(worker, 'message', { signal })) as [FromBatch];
    if (message.kind === 'failed') throw new DruidError(message.message, { category: 'RUNTIME_FAILURE' });
    return message;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await worker.terminate();
  }
}

async function publish(
  task: TaskRow,
  spec: BatchSpec,
  { segments: built }: Finished,
  services: BatchServices,
  signal: AbortSignal,
): Promise<readonly NewSegment[]> {
  const { store, deepStorage, clock, log } = services;
  const { dataSource } = spec.dataSchema;
  const retry = <T>(work: () => Promise<T>): Promise<T> =>
    withRetries(work, {
      clock,
      signal,
      attempts: Number.POSITIVE_INFINITY,
      onFailure: (error) => log('warn', 'Batch task waits for storage', { taskId: task.id, error: String(error) }),
    });
  const segments = await retry(() => pushSegments(deepStorage, dataSource, built));
  const intervals = replacedIntervals(spec, segments);
  if (segments.length === 0 && (spec.appendToExisting || intervals.length === 0)) return segments;
  const request = { dataSource, append: spec.appendToExisting, intervals, segments };
  const outcome = await retry(() => store.publishBatch(request));
  if (outcome.kind === 'published') return segments;
  await deletePushed(deepStorage, segments);
  throw new DruidError(`Segments could not be published: ${outcome.detail}`, { category: 'CONFLICT' });
}

/** Whole segment intervals: those that have rows now. Druid leaves intervals without new rows alone, unless dropExisting. */
function replacedIntervals(spec: BatchSpec, segments: readonly NewSegment[]): Interval[] {
  if (spec.appendToExisting) return [];
  const starts = new Map(segments.map((segment) => [segment.intervalStartMs, segment.intervalEndMs]));
  return condense([...starts].map(([startMs, endMs]) => ({ startMs, endMs })));
}

/** @source Druid `IngestionStatsAndErrorsTaskReport.java` */
function reportOf(task: TaskRow, { rowStats, parseExceptions }: Finished, segments: readonly NewSegment[]): unknown {
  return {
    ingestionStatsAndErrors: {
      type: 'ingestionStatsAndErrors',
      taskId: task.id,
      payload: {
        ingestionState: 'COMPLETED',
        unparseableEvents: { buildSegments: parseExceptions },
        rowStats: { buildSegments: rowStats },
        errorMsg: null,
        segmentAvailabilityConfirmed: false,
        segmentAvailabilityWaitTimeMs: 0,
        recordsProcessed: null,
        segmentsRead: null,
        segmentsPublished: segments.length,
      },
    },
  };
}
