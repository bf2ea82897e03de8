import type { DeadLetter } from './metadata-store.js';
import { MAX_LIST, type Transactions } from './transactions.js';

/** Letters kept per supervisor; the oldest go first. */
const MAX_LETTERS = 1_000;
const MAX_RECORD_BYTES = 64 * 1024;

/** Bad records with where and why. A letter that comes again after a replay is the same letter. */

export async function addDeadLetters(
  transactions: Transactions,
  supervisorId: string,
  letters: readonly DeadLetter[],
): Promise<void> {
  const newest = letters.slice(-MAX_LETTERS);
  await transactions.write(async (trx) => {
    for (let i = 0; i < newest.length; i += MAX_LIST) {
      const rows = newest.slice(i, i + MAX_LIST).map((letter) => ({
        supervisor_id: supervisorId,
        partition_id: letter.partition,
        record_offset: letter.offset,
        timestamp_ms: letter.timestampMs,
        added_at_ms: transactions.now(),
        reason: letter.reason,
        record: Buffer.from(letter.record.subarray(0, MAX_RECORD_BYTES)),
      }));
      await trx
        .insertInto('dead_letters')
        .values(rows)
        .onConflict((duplicate) => duplicate.doNothing())
        .execute();
    }
    const oldestKept = await trx
      .selectFrom('dead_letters')
      .select('added_at_ms')
      .where('supervisor_id', '=', supervisorId)
      .orderBy('added_at_ms', 'desc')
      .offset(MAX_LETTERS - 1)
      .limit(1)
      .executeTakeFirst();
    if (oldestKept === undefined) return;
    await trx
      .deleteFrom('dead_letters')
      .where('supervisor_id', '=', supervisorId)
      .where('added_at_ms', '<', oldestKept.added_at_ms)
      .execute();
  });
}

/** Newest first. */
export function deadLetters(transactions: Transactions, supervisorId: string, limit: number): Promise<DeadLetter[]> {
  return transactions.query(async (db) => {
    const rows = await db
      .selectFrom('dead_letters')
      .selectAll()
      .where('supervisor_id', '=', supervisorId)
      .orderBy('added_at_ms', 'desc')
      .orderBy('partition_id')
      .orderBy('record_offset', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      partition: row.partition_id,
      offset: row.record_offset,
      timestampMs: row.timestamp_ms,
      reason: row.reason,
      record: new Uint8Array(row.record),
    }));
  });
}
