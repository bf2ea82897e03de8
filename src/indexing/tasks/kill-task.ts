import { invalidInput } from '../../common/druid-error.js';
import type { Interval } from '../../common/interval.js';
import { parseInterval, parseIsoInstant } from '../../common/iso-time.js';
import type { DeepStorage } from '../../deep-storage/deep-storage.js';
import type { MetadataStore, SegmentRow, TaskRow } from '../../metadata/metadata-store.js';
import type { Clock } from '../../platform/clock.js';
import { deletePushed } from '../publish/push.js';
import { cannotConstruct, isObject, optionalInteger, optionalString, stringArray } from '../spec/json-reader.js';

export interface KillSpec {
  readonly type: 'kill';
  readonly id?: string;
  readonly dataSource: string;
  readonly interval: Interval;
  readonly versions: readonly string[] | null;
  readonly limit: number;
  /** Only what is unused since then or longer; absent: all. */
  readonly unusedSinceMs?: number;
}

export interface KillServices {
  readonly store: Pick<MetadataStore, 'unusedSegments' | 'deleteSegments' | 'forgetUploads' | 'liveNodes'>;
  readonly deepStorage: DeepStorage;
  readonly clock: Clock;
}

const TASK_CLASS = 'org.apache.druid.indexing.common.task.KillUnusedSegmentsTask';
const BATCH = 500;
const NODE_AGE_MS = 15_000;
const WAIT_MS = 200;

/** @source Druid `KillUnusedSegmentsTask.java`. @throws DruidError INVALID_INPUT */
export function parseKillSpec(json: unknown): KillSpec {
  const task = isObject(json) ? json : {};
  const dataSource = optionalString(task, 'dataSource');
  const interval = optionalString(task, 'interval');
  if (dataSource === undefined || interval === undefined) throw cannotConstruct(TASK_CLASS, 'dataSource and interval');
  const limit = optionalInteger(task, 'limit') ?? Number.MAX_SAFE_INTEGER;
  if (limit <= 0) throw invalidInput(`limit[${limit}] must be a positive integer.`);
  const lastUpdated = optionalString(task, 'maxUsedStatusLastUpdatedTime');
  const unusedSinceMs = lastUpdated === undefined ? undefined : parseIsoInstant(lastUpdated);
  if (lastUpdated !== undefined && unusedSinceMs === undefined)
    throw cannotConstruct(TASK_CLASS, `maxUsedStatusLastUpdatedTime[${lastUpdated}] is no time`);
  const id = optionalString(task, 'id');
  return {
    type: 'kill',
    ...(id !== undefined && { id }),
    dataSource,
    interval: parseInterval(interval),
    versions: stringArray(task, 'versions') ?? null,
    limit,
    ...(unusedSinceMs !== undefined && { unusedSinceMs }),
  };
}

/** Deletes unused segments for good, once no query can read them any more: metadata first, then the objects. */
export async function runKill(task: TaskRow, services: KillServices, signal: AbortSignal): Promise<unknown> {
  const numSegmentsKilled = await killUnused(parseKillSpec(task.payload), services, signal);
  return {
    killUnusedSegments: {
      type: 'killUnusedSegments',
      taskId: task.id,
      payload: { numSegmentsKilled, numBatchesProcessed: Math.ceil(numSegmentsKilled / BATCH) },
    },
  };
}

/** @returns how many segments there were */
export async function killUnused(
  { dataSource, interval, versions, limit, unusedSinceMs }: Omit<KillSpec, 'type' | 'id'>,
  { store, deepStorage, clock }: KillServices,
  signal: AbortSignal,
): Promise<number> {
  const unused = await store.unusedSegments(dataSource, interval, Number.MAX_SAFE_INTEGER, unusedSinceMs);
  const chosen = unused.filter((row) => versions === null || versions.includes(row.version)).slice(0, limit);
  for (let i = 0; i < chosen.length; i += BATCH) {
    const batch = chosen.slice(i, i + BATCH);
    while (!(await isOutOfSight(batch, store))) await clock.sleep(WAIT_MS, signal);
    signal.throwIfAborted();
    await store.deleteSegments(
      dataSource,
      batch.map((row) => row.id),
    );
    const paths = batch.map((row) => row.path);
    const deletions = await Promise.allSettled(paths.map((path) => deletePushed(deepStorage, path)));
    // The coordinator deletes the others.
    await store.forgetUploads(paths.filter((_, at) => deletions[at]!.status === 'fulfilled'));
  }
  return chosen.length;
}

/** No broker has a query of a state in which one of these was used. */
async function isOutOfSight(rows: readonly SegmentRow[], store: KillServices['store']): Promise<boolean> {
  const brokers = (await store.liveNodes(NODE_AGE_MS)).filter((node) => node.roles.includes('broker'));
  const newest = Math.max(...rows.map((row) => row.usedToS ?? 0));
  return brokers.every((node) => node.viewS >= newest);
}
