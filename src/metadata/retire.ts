import type { Interval } from '../common/interval.js';
import { retire } from './allocate.js';
import type { SegmentRow } from './metadata-store.js';
import { segmentRow } from './rows.js';
import { noteForgotten } from './uploads.js';
import { keep, MAX_LIST, type Transactions, undo } from './transactions.js';

/** Marks used segments unused; takes an S only when that changed something. Returns how many changed. */
export function retireSegments(
  transactions: Transactions,
  dataSource: string,
  segmentIds: readonly string[] | 'all',
): Promise<number> {
  return transactions.commit(async (commit) => {
    let ids = segmentIds;
    if (ids === 'all') {
      const used = await commit.trx
        .selectFrom('segments')
        .select('id')
        .where('data_source', '=', dataSource)
        .where('used_to_s', 'is', null)
        .execute();
      ids = used.map((row) => row.id);
    }
    const retired = await retire(commit, dataSource, ids);
    return retired > 0 ? keep(retired) : undo(0);
  });
}

/** Marks unused segments used again, as of this commit. Returns how many changed. */
export function useSegments(
  transactions: Transactions,
  dataSource: string,
  segmentIds: readonly string[],
): Promise<number> {
  return transactions.commit(async (commit) => {
    let used = 0;
    for (let i = 0; i < segmentIds.length; i += MAX_LIST) {
      const changed = await commit.trx
        .updateTable('segments')
        .set({ used_from_s: commit.s, used_to_s: null, use_changed_at_ms: commit.nowMs })
        .where('data_source', '=', dataSource)
        .where('id', 'in', segmentIds.slice(i, i + MAX_LIST))
        .where('used_to_s', 'is not', null)
        .returning('id')
        .execute();
      await commit.changed(
        'segment',
        changed.map((row) => row.id),
      );
      used += changed.length;
    }
    return used > 0 ? keep(used) : undo(0);
  });
}

export function unusedSegments(
  transactions: Transactions,
  dataSource: string,
  interval: Interval | null,
  limit: number,
  unusedSinceMs = Number.MAX_SAFE_INTEGER,
): Promise<SegmentRow[]> {
  return transactions.query(async (db) => {
    let query = db
      .selectFrom('segments')
      .selectAll()
      .where('data_source', '=', dataSource)
      .where('used_to_s', 'is not', null)
      .where((eb) => eb.fn.coalesce('use_changed_at_ms', 'created_at_ms'), '<=', unusedSinceMs);
    if (interval !== null)
      query = query.where('start_ms', '>=', interval.startMs).where('end_ms', '<=', interval.endMs);
    const rows = await query.orderBy('start_ms').orderBy('id').limit(limit).execute();
    return rows.map(segmentRow);
  });
}

/** Whoever follows the change log learns of it: a reader may not have heard yet that they are unused. */
export function deleteSegments(
  transactions: Transactions,
  dataSource: string,
  segmentIds: readonly string[],
): Promise<number> {
  return transactions.commit(async (commit) => {
    let deleted = 0;
    for (let i = 0; i < segmentIds.length; i += MAX_LIST) {
      const gone = await commit.trx
        .deleteFrom('segments')
        .where('data_source', '=', dataSource)
        .where('id', 'in', segmentIds.slice(i, i + MAX_LIST))
        .where('used_to_s', 'is not', null)
        .returning(['id', 'path'])
        .execute();
      await commit.changed(
        'segment',
        gone.map((row) => row.id),
      );
      await noteForgotten(
        commit,
        gone.map((row) => row.path),
      );
      deleted += gone.length;
    }
    return deleted > 0 ? keep(deleted) : undo(0);
  });
}
