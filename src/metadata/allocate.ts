import { assert } from '../common/assert.js';
import { formatIso, parseIsoInstant } from '../common/iso-time.js';
import type { Interval } from '../common/interval.js';
import { formatSegmentId } from '../common/segment-id.js';
import type { NewSegment, SegmentRow } from './metadata-store.js';
import { segmentRow, storedSegment } from './rows.js';
import { type Commit, MAX_LIST } from './transactions.js';

/** The place that a segment is given on the timeline: an interval and its version. */
export interface Chunk extends Interval {
  readonly version: string;
}

/**
 * The chunk that rows of `interval` are appended to: the newest one there, or a new one where there is none.
 * undefined when the newest chunks split the interval, so that its rows belong to more than one chunk.
 */
export async function chunkForAppend(
  commit: Commit,
  dataSource: string,
  interval: Interval,
): Promise<Chunk | { readonly conflict: string }> {
  const used = await overlappingChunks(commit, dataSource, interval, 'used');
  const newest = used.reduce<string | undefined>(
    (max, chunk) => (max === undefined || chunk.version > max ? chunk.version : max),
    undefined,
  );
  if (newest === undefined) {
    const version = await versionAtLeastNow(commit, dataSource, interval);
    return { startMs: interval.startMs, endMs: interval.endMs, version };
  }
  const chunks = used.filter((chunk) => chunk.version === newest);
  const only = chunks.length === 1 ? chunks[0] : undefined;
  if (only !== undefined && only.startMs <= interval.startMs && interval.endMs <= only.endMs) return only;
  const found = chunks.slice(0, 3).map((chunk) => `${formatIso(chunk.startMs)}/${formatIso(chunk.endMs)}`);
  return {
    conflict:
      `Interval [${formatIso(interval.startMs)}/${formatIso(interval.endMs)}] of dataSource [${dataSource}] is not inside ` +
      `one interval of the segments that are there [${found.join(', ')}${chunks.length > 3 ? ', …' : ''}]`,
  };
}

/** A version that overshadows everything used in the interval. */
export async function versionForReplace(
  commit: Commit,
  dataSource: string,
  intervals: readonly Interval[],
): Promise<string> {
  let version = formatIso(commit.nowMs);
  for (const interval of intervals) {
    for (const chunk of await overlappingChunks(commit, dataSource, interval, 'all')) {
      if (chunk.version >= version) version = nextVersion(chunk.version);
    }
  }
  return version;
}

/** Inserts segments into one chunk under the next partition numbers of its version. */
export async function insertSegments(
  commit: Commit,
  dataSource: string,
  chunk: Chunk,
  segments: readonly NewSegment[],
): Promise<SegmentRow[]> {
  const last = await commit.trx
    .selectFrom('segments')
    .select((eb) => eb.fn.max('partition_num').as('partition_num'))
    .where('data_source', '=', dataSource)
    .where('start_ms', '=', chunk.startMs)
    .where('end_ms', '=', chunk.endMs)
    .where('version', '=', chunk.version)
    .executeTakeFirst();
  const rows = rowsOf(commit, dataSource, chunk, (last?.partition_num ?? -1) + 1, segments);
  await insertRows(commit, rows);
  return rows;
}

/** New segments as the rows of a chunk, with partition numbers from `first` on. */
export function rowsOf(
  commit: Commit,
  dataSource: string,
  chunk: Chunk,
  first: number,
  segments: readonly NewSegment[],
): SegmentRow[] {
  return segments.map((segment, i): SegmentRow => {
    const partitionNum = first + i;
    return {
      ...segment,
      id: formatSegmentId({ dataSource, interval: chunk, version: chunk.version, partitionNum }),
      dataSource,
      intervalStartMs: chunk.startMs,
      intervalEndMs: chunk.endMs,
      version: chunk.version,
      partitionNum,
      corePartitions: 0,
      usedFromS: commit.s,
      usedToS: null,
      createdAtMs: commit.nowMs,
    };
  });
}

export async function insertRows(commit: Commit, rows: readonly SegmentRow[]): Promise<void> {
  for (let i = 0; i < rows.length; i += MAX_LIST) {
    await commit.trx
      .insertInto('segments')
      .values(rows.slice(i, i + MAX_LIST).map(storedSegment))
      .execute();
  }
  await commit.changed(
    'segment',
    rows.map((row) => row.id),
  );
}

/** Marks these segments unused from this commit on; returns how many were used before. */
export async function retire(commit: Commit, dataSource: string, ids: readonly string[]): Promise<number> {
  let retired = 0;
  for (let i = 0; i < ids.length; i += MAX_LIST) {
    const changed = await commit.trx
      .updateTable('segments')
      .set({ used_to_s: commit.s, use_changed_at_ms: commit.nowMs })
      .where('data_source', '=', dataSource)
      .where('id', 'in', ids.slice(i, i + MAX_LIST))
      .where('used_to_s', 'is', null)
      .returning('id')
      .execute();
    await commit.changed(
      'segment',
      changed.map((row) => row.id),
    );
    retired += changed.length;
  }
  return retired;
}

/** Segments of an earlier attempt at the same publish, by their unique paths; undefined when there was none. */
export async function alreadyPublished(
  commit: Commit,
  segments: readonly NewSegment[],
): Promise<SegmentRow[] | undefined> {
  const found: SegmentRow[] = [];
  for (let i = 0; i < segments.length; i += MAX_LIST) {
    const paths = segments.slice(i, i + MAX_LIST).map((segment) => segment.path);
    const rows = await commit.trx.selectFrom('segments').selectAll().where('path', 'in', paths).execute();
    found.push(...rows.map(segmentRow));
  }
  if (found.length === 0) return undefined;
  assert(found.length === segments.length, 'A publish shares some paths with an earlier one, but not all');
  return found;
}

/** Distinct chunks that overlap an interval, of used segments or of all that were ever published. */
async function overlappingChunks(
  commit: Commit,
  dataSource: string,
  interval: Interval,
  which: 'used' | 'all',
): Promise<Chunk[]> {
  let query = commit.trx
    .selectFrom('segments')
    .select(['start_ms', 'end_ms', 'version'])
    .distinct()
    .where('data_source', '=', dataSource)
    .where('end_ms', '>', interval.startMs)
    .where('start_ms', '<', interval.endMs);
  if (which === 'used') query = query.where('used_to_s', 'is', null);
  const rows = await query.orderBy('start_ms').execute();
  return rows.map((row) => ({ startMs: row.start_ms, endMs: row.end_ms, version: row.version }));
}

/** Now, or the version of retired segments there if the clock that gave it was ahead of ours. */
async function versionAtLeastNow(commit: Commit, dataSource: string, interval: Interval): Promise<string> {
  let version = formatIso(commit.nowMs);
  for (const chunk of await overlappingChunks(commit, dataSource, interval, 'all')) {
    if (chunk.version > version) version = chunk.version;
  }
  return version;
}

function nextVersion(version: string): string {
  const ms = parseIsoInstant(version);
  assert(ms !== undefined, `Version [${version}] is not an ISO instant`);
  return formatIso(ms + 1);
}
