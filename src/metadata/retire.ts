import { retire } from './allocate.js';
import { keep, type Transactions, undo } from './transactions.js';

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
