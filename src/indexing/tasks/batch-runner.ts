import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DruidError } from '../../common/druid-error.js';
import { condense, type Interval } from '../../common/interval.js';
import { workerEntry } from '../../common/worker-entry.js';
import { type LookupSource, NO_LOOKUPS } from '../../lookups/lookup-source.js';
import type { DeepStorage } from '../../deep-storage/deep-storage.js';
import type { StoredDeadLetter, MetadataStore, TaskRow } from '../../metadata/metadata-store.js';
import type { MetadataView } from '../../metadata/metadata-view.js';
import type { Clock } from '../../platform/clock.js';
import type { AnswerInput, BatchJob, FromBatch, StoredInput } from '../batch/batch-job.js';
import { type BatchProgress, taskReport } from './batch-report.js';
import { fetchSegment } from './compaction-runner.js';
import type { IndexingLog } from '../indexing-log.js';
import type { InputAccess } from '../input-access.js';
import type { BuiltSegment } from '../publish/push.js';
import { withRetries } from '../publish/retry.js';
import { withLookups } from '../intake/spec-lookups.js';
import type { SegmentUploads } from '../publish/segment-uploads.js';
import { type BatchSpec, parseBatchSpec } from '../spec/batch-spec.js';

export interface BatchServices {
  readonly store: MetadataStore;
  readonly deepStorage: DeepStorage;
  readonly uploads: SegmentUploads;
  readonly view: Pick<MetadataView, 'refresh' | 'visible'>;
  /** A task works in a directory of its own below this one. */
  readonly temporaryDirectory: string;
  /** What specs may read. */
  readonly access: InputAccess;
  /** What transforms look up; nothing when absent. */
  readonly lookups?: LookupSource;
  readonly clock: Clock;
  readonly log: IndexingLog;
}

type PublishBatch = Parameters<MetadataStore['publishBatch']>[0];
export type Finished = Extract<FromBatch, { kind: 'done' }>;

/** What is run: a spec, and what there is besides its own input. */
export interface BatchWork {
  readonly spec: BatchSpec;
  /** Local copies of the stored segments that are read. */
  readonly storedInputs?: (tempDir: string) => Promise<readonly StoredInput[]>;
  readonly letters?: readonly StoredDeadLetter[];
  /** Read in place of the spec's input. */
  readonly answers?: AnswerInput;
  /** What the task's report says of its progress; Druid's report of batch tasks when absent. */
  readonly report?: (progress: BatchProgress) => unknown;
  /** Looks at what was made before it is pushed. @throws DruidError why it is not to be published */
  readonly check?: (result: Finished) => void;
  /** Kept with the segments. */
  readonly compactionState?: unknown;
  /** What else the publish depends on, and the intervals that it replaces. */
  readonly publish?: (result: Finished) => Partial<PublishBatch>;
}

/**
 * Runs one claimed batch task to its end: read in a thread of its own, push, publish in one transaction.
 * @returns the task's report, as Druid's API shows it
 * @throws DruidError why the task failed; nothing of it is published then
 */
export function runBatch(task: TaskRow, services: BatchServices, signal: AbortSignal): Promise<unknown> {
  const spec = parseBatchSpec(task.payload);
  return runWork(task, { spec, storedInputs: (tempDir) => fetchInputs(spec, tempDir, services) }, services, signal);
}

/** As `runBatch`, of work that is described by more than a spec. */
export async function runWork(
  task: TaskRow,
  work: BatchWork,
  services: BatchServices,
  signal: AbortSignal,
): Promise<unknown> {
  const { spec, letters, answers, report = (progress) => taskReport(task.id, progress) } = work;
  const tempDir = join(services.temporaryDirectory, `batch-${encodeURIComponent(task.id)}`);
  await mkdir(tempDir, { recursive: true });
  let progress: BatchProgress = { state: 'BUILD_SEGMENTS' };
  const tell = (change: BatchProgress): Promise<void> => {
    progress = { ...progress, ...change };
    return services.store.updateTask(task.id, { report: report(progress) });
  };
  try {
    const storedInputs = (await work.storedInputs?.(tempDir)) ?? [];
    const job = {
      spec: withLookups(spec, services.lookups ?? NO_LOOKUPS),
      access: services.access,
      tempDir,
      storedInputs,
      ...(letters && { letters }),
      ...(answers && { answers }),
    };
    const result = await readInThread(job, signal, (message) => {
      if (message.kind === 'log')
        services.log('info', 'Row could not be parsed', { taskId: task.id, reason: message.message });
      else tell({ rowStats: message.rowStats }).catch(() => {});
    });
    const { rowStats, parseExceptions } = result;
    progress = { ...progress, rowStats, parseExceptions, segmentsRead: storedInputs.length };
    work.check?.(result);
    await publish(task, work, result, services, signal);
    const done = { ...progress, state: 'COMPLETED', segmentsPublished: result.segments.length } as const;
    return { ...(report(done) as object), ...(result.letters && { deadLetters: result.letters }) };
  } catch (error) {
    const errorMsg = error instanceof Error ? error.message : String(error);
    await tell({ errorMsg }).catch(() => {});
    throw error;
  } finally {
    await rm(tempDir, { recursive: true, force: true });
  }
}

/** Local copies of the segments that a spec reads again, as they are visible now. */
async function fetchInputs(
  { inputSource }: BatchSpec,
  tempDir: string,
  services: BatchServices,
): Promise<StoredInput[]> {
  if (inputSource.type !== 'druid') return [];
  await services.view.refresh();
  const inputs: StoredInput[] = [];
  for (const { row, clip } of services.view.visible(inputSource.dataSource, inputSource.interval)) {
    const directory = join(tempDir, 'stored', String(inputs.length));
    await fetchSegment(services.deepStorage, row, directory);
    inputs.push({ directory, clip });
  }
  return inputs;
}

/** The thread is ended when the task is: parsing does not look at signals. */
async function readInThread(
  job: BatchJob,
  signal: AbortSignal,
  onNews: (message: Extract<FromBatch, { kind: 'progress' | 'log' }>) => void,
): Promise<Finished> {
  signal.throwIfAborted();
  const entry = workerEntry(import.meta.url, './batch.worker');
  const worker = new Worker(entry.url, { execArgv: [...entry.execArgv], workerData: job });
  let abort = (): void => {};
  try {
    return await new Promise<Finished>((resolve, reject) => {
      abort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', abort);
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('The thread of the task ended')));
      worker.on('message', (message: FromBatch) => {
        if (message.kind === 'done') resolve(message);
        else if (message.kind === 'failed') reject(new DruidError(message.message, { category: 'RUNTIME_FAILURE' }));
        else onNews(message);
      });
    });
  } finally {
    signal.removeEventListener('abort', abort);
    await worker.terminate();
  }
}

async function publish(
  task: TaskRow,
  { spec, publish: extras, compactionState }: BatchWork,
  result: Finished,
  services: BatchServices,
  signal: AbortSignal,
): Promise<void> {
  const { store, uploads, clock, log } = services;
  const { dataSource } = spec.dataSchema;
  const retry = <T>(work: () => Promise<T>): Promise<T> =>
    withRetries(work, {
      clock,
      signal,
      attempts: Number.POSITIVE_INFINITY,
      onFailure: (error) => log('warn', 'Batch task waits for storage', { taskId: task.id, error: String(error) }),
    });
  const intervals = replacedIntervals(spec, result.segments);
  const more = extras?.(result) ?? {};
  if (result.segments.length === 0 && Object.keys(more).length === 0 && intervals.length === 0) return;
  const outcome = await uploads.publish(
    dataSource,
    compactionState === undefined ? result.segments : result.segments.map((made) => ({ ...made, compactionState })),
    (segments) => store.publishBatch({ dataSource, append: spec.appendToExisting, intervals, segments, ...more }),
    retry,
  );
  if (outcome.kind === 'published') return;
  throw new DruidError(`Segments could not be published: ${outcome.detail}`, { category: 'CONFLICT' });
}

/** Whole segment intervals: those that have rows now, and with dropExisting all of the spec's. */
function replacedIntervals(spec: BatchSpec, segments: readonly BuiltSegment[]): Interval[] {
  if (spec.appendToExisting) return [];
  const starts = new Map(segments.map((segment) => [segment.intervalStartMs, segment.intervalEndMs]));
  const written = [...starts].map(([startMs, endMs]) => ({ startMs, endMs }));
  return condense([...written, ...(spec.dropExisting ? (spec.dataSchema.granularitySpec.intervals ?? []) : [])]);
}
