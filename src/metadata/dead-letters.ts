import { sql } from 'kysely';
import type { Queries } from './database.js';
import type { DeadLetter, DeadLetterKey, StoredDeadLetter } from './metadata-store.js';
import type { Commit, Transactions } from './transactions.js';

/** Letters kept per supervisor; the oldest go first. */
const MAX_LETTERS = 10_000;
/** Bytes of records kept per supervisor, looked at when large ones come. */
const MAX_BYTES = 256 * 1024 * 1024;
const LARGE_BYTES = 1024 * 1024;
/** Letters of one statement: records may be large. */
const MAX_ROWS = 50;

/** Bad records with where and why. A letter that is read again is the same letter; offsets of a topic that is made anew are others. */

export async function addDeadLetters(
  transactions: Transactions,
  supervisorId: string,
  incarnation: string,
  letters: readonly DeadLetter[],
): Promise<void> {
  const newest = letters.slice(-MAX_LETTERS);
  await transactions.write(async (trx) => {
    for (let i = 0; i < newest.length; i += MAX_ROWS) {
      const rows = newest.slice(i, i + MAX_ROWS).map((letter) => ({
        supervisor_id: supervisorId,
        incarnation,
        partition_id: letter.partition,
        record_offset: letter.offset,
        timestamp_ms: letter.timestampMs,
        added_at_ms: transactions.now(),
        // PostgreSQL has no text with this character.
        reason: letter.reason.replaceAll('\0', '\uFFFD'),
        record: Buffer.from(letter.record),
        context: letter.context === undefined ? null : JSON.stringify(letter.context),
        done: letter.done === undefined ? null : JSON.stringify(letter.done),
      }));
      await trx
        .insertInto('dead_letters')
        .values(rows)
        .onConflict((duplicate) => duplicate.doNothing())
        .execute();
    }
    if (newest.reduce((sum, letter) => sum + letter.record.length, 0) > LARGE_BYTES)
      await dropBeyond(trx, supervisorId);
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

/** Drops the oldest letters beyond the bytes that are kept. */
async function dropBeyond(trx: Queries, supervisorId: string): Promise<void> {
  const { rows } = await sql<{ added_at_ms: number; size: number }>`
    select added_at_ms, length(record) as size from dead_letters where supervisor_id = ${supervisorId}
    order by added_at_ms desc`.execute(trx);
  let bytes = 0;
  for (const row of rows) {
    bytes += row.size;
    if (bytes <= MAX_BYTES) continue;
    await trx
      .deleteFrom('dead_letters')
      .where('supervisor_id', '=', supervisorId)
      .where('added_at_ms', '<=', row.added_at_ms)
      .execute();
    return;
  }
}

/** Removes letters as a part of the commit that adds their rows; false when one of them is gone. */
export async function takeLetters(
  commit: Commit,
  { supervisorId, keys }: { readonly supervisorId: string; readonly keys: readonly DeadLetterKey[] },
): Promise<boolean> {
  for (const { incarnation, partition, offset } of keys) {
    const removed = await commit.trx
      .deleteFrom('dead_letters')
      .where('supervisor_id', '=', supervisorId)
      .where('incarnation', '=', incarnation)
      .where('partition_id', '=', partition)
      .where('record_offset', '=', offset)
      .returning('record_offset')
      .execute();
    if (removed.length === 0) return false;
  }
  return true;
}

/** Newest first. */
export function deadLetters(
  transactions: Transactions,
  supervisorId: string,
  limit: number,
): Promise<StoredDeadLetter[]> {
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
      incarnation: row.incarnation,
      partition: row.partition_id,
      offset: row.record_offset,
      timestampMs: row.timestamp_ms,
      reason: row.reason,
      record: new Uint8Array(row.record),
      ...(row.context !== null && { context: JSON.parse(row.context) as unknown }),
      ...(row.done !== null && { done: JSON.parse(row.done) as number[] }),
    }));
  });
}
