import { assert } from '../common/assert.js';
import { contains, type Interval } from '../common/interval.js';
import {
  alreadyPublished,
  type Chunk,
  chunkForAppend,
  insertRows,
  insertSegments,
  retire,
  rowsOf,
  versionForReplace,
} from './allocate.js';
import type { MetadataStore, NewSegment, PublishOutcome, PublishSequence, SegmentRow } from './metadata-store.js';
import type { OffsetVector } from './offset-vector.js';
import { takeLetters } from './dead-letters.js';
import { offsetsRow, segmentRow } from './rows.js';
import { type Commit, type Decision, keep, MAX_LIST, type Transactions, undo } from './transactions.js';
import { isSameStream } from './same-stream.js';
import { takeUploads } from './uploads.js';

type PublishBatch = Parameters<MetadataStore['publishBatch']>[0];
type ReplaceSegments = Parameters<MetadataStore['replaceSegments']>[0];
type ConflictReason = Extract<PublishOutcome, { kind: 'conflict' }>['reason'];

/** The transactions that add segments. Each recognises its own earlier attempt whose answer was lost. */

export function publishSequence(transactions: Transactions, request: PublishSequence): Promise<PublishOutcome> {
  return transactions.commit(async (commit) => {
    const before = await earlierAttempt(commit, request.segments);
    if (before !== undefined) return before;
    const leaseConflict = await checkLease(commit, request);
    if (leaseConflict !== undefined) return leaseConflict;

    const row = await commit.trx
      .selectFrom('offsets')
      .selectAll()
      .where('supervisor_id', '=', request.supervisorId)
      .executeTakeFirst();
    const stored = row === undefined ? undefined : offsetsRow(row);
    if (stored !== undefined) {
      if (stored.stream !== '' && !isSameStream(stored, request)) {
        return conflict(
          'offsets',
          `Stored offsets are of stream [${stored.stream}] incarnation [${stored.incarnation}], not of ` +
            `[${request.stream}] incarnation [${request.incarnation}]`,
        );
      }
      const different = differingPartition(stored.partitions, request.from);
      if (different !== undefined) {
        if (request.segments.length === 0 && isAt(stored.partitions, request.to)) {
          return undo({ kind: 'published', s: commit.s - 1, segments: [] });
        }
        return conflict(
          'offsets',
          `Stored offset of partition [${different}] is [${stored.partitions[different]}], not [${request.from[different]}]`,
        );
      }
    }
    if (!(await takeUploads(commit, request.segments))) return uploadsGone();
    const added = await append(commit, request.dataSource, request.segments);
    if ('conflict' in added) return conflict('intervals', added.conflict);
    const partitions = JSON.stringify({ ...stored?.partitions, ...request.to });
    const place = { stream: request.stream, incarnation: request.incarnation, partitions };
    await commit.trx
      .insertInto('offsets')
      .values({ supervisor_id: request.supervisorId, ...place })
      .onConflict((duplicate) => duplicate.column('supervisor_id').doUpdateSet(place))
      .execute();
    await commit.changed('offsets', [request.supervisorId]);
    return keep({ kind: 'published', s: commit.s, segments: added.rows });
  });
}

export function publishBatch(transactions: Transactions, request: PublishBatch): Promise<PublishOutcome> {
  for (const segment of request.segments) {
    const inside = request.append || request.intervals.some((interval) => contains(interval, intervalOf(segment)));
    assert(inside, `Segment at path [${segment.path}] is outside the intervals that it replaces`);
  }
  return transactions.commit(async (commit) => {
    const before = await earlierAttempt(commit, request.segments);
    if (before !== undefined) return before;
    if (request.letters !== undefined && !(await takeLetters(commit, request.letters)))
      return conflict('letters', 'Some of the dead letters were replayed by others');
    const different = await differingInputs(commit, request);
    if (different !== undefined) return conflict('inputs', different);
    if (!(await takeUploads(commit, request.segments))) return uploadsGone();
    if (request.append) {
      const added = await append(commit, request.dataSource, request.segments);
      if ('conflict' in added) return conflict('intervals', added.conflict);
      return keep({ kind: 'published', s: commit.s, segments: added.rows });
    }
    const version = await versionForReplace(commit, request.dataSource, request.intervals);
    await retireInside(commit, request.dataSource, request.intervals);
    // Nothing of this version is there yet.
    const rows = byInterval(request.segments).flatMap(({ interval, segments }) =>
      rowsOf(commit, request.dataSource, { ...interval, version }, 0, segments),
    );
    await insertRows(commit, rows);
    return keep({ kind: 'published', s: commit.s, segments: rows });
  });
}

/** Whether exactly these segments are used where others are to take their place. */
async function differingInputs(
  commit: Commit,
  { dataSource, intervals, inputs }: PublishBatch,
): Promise<string | undefined> {
  if (inputs === undefined) return undefined;
  const expected = new Set(inputs);
  const found = new Set<string>();
  for (const interval of intervals) {
    const used = await commit.trx
      .selectFrom('segments')
      .select('id')
      .where('data_source', '=', dataSource)
      .where('end_ms', '>', interval.startMs)
      .where('start_ms', '<', interval.endMs)
      .where('used_to_s', 'is', null)
      .execute();
    for (const { id } of used) {
      if (!expected.has(id)) return `Segment [${id}] has come in the meantime`;
      found.add(id);
    }
  }
  const gone = inputs.find((id) => !found.has(id));
  return gone === undefined ? undefined : `Segment [${gone}] is no longer used`;
}

export function replaceSegments(transactions: Transactions, request: ReplaceSegments): Promise<PublishOutcome> {
  assert(request.inputs.length > 0, 'A replace names its inputs');
  return transactions.commit(async (commit) => {
    const before = await earlierAttempt(commit, request.outputs);
    if (before !== undefined) return before;
    const inputs = await usedSegments(commit, request.dataSource, request.inputs);
    if (inputs.length !== new Set(request.inputs).size) {
      const used = new Set(inputs.map((input) => input.id));
      return conflict('inputs', `Segment [${request.inputs.find((id) => !used.has(id))}] is no longer used`);
    }
    if (!(await takeUploads(commit, request.outputs))) return uploadsGone();
    const chunk = chunkOf(inputs[0]!);
    for (const input of inputs) {
      const same = input.intervalStartMs === chunk.startMs && input.intervalEndMs === chunk.endMs;
      assert(
        same && input.version === chunk.version,
        `Segment [${input.id}] is not in the chunk of [${inputs[0]!.id}]`,
      );
    }
    await retire(commit, request.dataSource, request.inputs);
    const rows = await insertSegments(commit, request.dataSource, chunk, request.outputs);
    return keep({ kind: 'published', s: commit.s, segments: rows });
  });
}

function conflict(reason: ConflictReason, detail: string): Decision<PublishOutcome> {
  return undo({ kind: 'conflict', reason, detail });
}

function uploadsGone(): Decision<PublishOutcome> {
  return conflict('uploads', 'What was pushed is taken for given up, and deleted');
}

async function earlierAttempt(
  commit: Commit,
  segments: readonly NewSegment[],
): Promise<Decision<PublishOutcome> | undefined> {
  const rows = await alreadyPublished(commit, segments);
  return rows && undo({ kind: 'published', s: Math.max(...rows.map((row) => row.usedFromS)), segments: rows });
}

async function checkLease(commit: Commit, request: PublishSequence): Promise<Decision<PublishOutcome> | undefined> {
  const { name, holder, epoch } = request.lease;
  const lease = await commit.trx.selectFrom('leases').selectAll().where('name', '=', name).executeTakeFirst();
  if (lease !== undefined && lease.holder === holder && lease.epoch === epoch) return undefined;
  return conflict(
    'lease',
    `Lease [${name}] is held by [${lease?.holder ?? 'nobody'}] in epoch [${lease?.epoch ?? 0}], not by [${holder}] in [${epoch}]`,
  );
}

/** Adds segments to the newest chunks of their intervals, one distinct interval after the other. */
async function append(
  commit: Commit,
  dataSource: string,
  segments: readonly NewSegment[],
): Promise<{ readonly rows: SegmentRow[] } | { readonly conflict: string }> {
  const rows: SegmentRow[] = [];
  for (const group of byInterval(segments)) {
    const chunk = await chunkForAppend(commit, dataSource, group.interval);
    if ('conflict' in chunk) return chunk;
    rows.push(...(await insertSegments(commit, dataSource, chunk, group.segments)));
  }
  return { rows };
}

async function retireInside(commit: Commit, dataSource: string, intervals: readonly Interval[]): Promise<void> {
  for (const interval of intervals) {
    const inside = await commit.trx
      .selectFrom('segments')
      .select('id')
      .where('data_source', '=', dataSource)
      .where('start_ms', '>=', interval.startMs)
      .where('end_ms', '<=', interval.endMs)
      .where('used_to_s', 'is', null)
      .execute();
    await retire(
      commit,
      dataSource,
      inside.map((row) => row.id),
    );
  }
}

async function usedSegments(commit: Commit, dataSource: string, ids: readonly string[]): Promise<SegmentRow[]> {
  const found: SegmentRow[] = [];
  for (let i = 0; i < ids.length; i += MAX_LIST) {
    const rows = await commit.trx
      .selectFrom('segments')
      .selectAll()
      .where('id', 'in', ids.slice(i, i + MAX_LIST))
      .where('data_source', '=', dataSource)
      .where('used_to_s', 'is', null)
      .execute();
    found.push(...rows.map(segmentRow));
  }
  return found;
}

function differingPartition(stored: OffsetVector, from: OffsetVector): string | undefined {
  return Object.keys(from).find((partition) => partition in stored && stored[partition] !== from[partition]);
}

function isAt(stored: OffsetVector, to: OffsetVector): boolean {
  return Object.entries(to).every(([partition, offset]) => stored[partition] === offset);
}

function byInterval(
  segments: readonly NewSegment[],
): { readonly interval: Interval; readonly segments: NewSegment[] }[] {
  const groups = new Map<string, { readonly interval: Interval; readonly segments: NewSegment[] }>();
  for (const segment of segments) {
    const key = `${segment.intervalStartMs}/${segment.intervalEndMs}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { interval: intervalOf(segment), segments: [segment] });
    else group.segments.push(segment);
  }
  return [...groups.values()];
}

function intervalOf(segment: NewSegment): Interval {
  return { startMs: segment.intervalStartMs, endMs: segment.intervalEndMs };
}

function chunkOf(row: SegmentRow): Chunk {
  return { startMs: row.intervalStartMs, endMs: row.intervalEndMs, version: row.version };
}
