import { sql } from 'kysely';
import type { LeaseRow } from './metadata-store.js';
import { leaseRow } from './rows.js';
import type { LeaseTable } from './schema.js';
import { keep, type Transactions, undo } from './transactions.js';

/**
 * Leases: who owns what, fenced by an epoch that rises with every change of owner. It is the S of the change, so that no two leases ever
 * have the same one. Times are the store's.
 */

export function acquireLease(
  transactions: Transactions,
  name: string,
  holder: string,
  ttlMs: number,
): Promise<LeaseRow | undefined> {
  return transactions.commit(async (commit) => {
    const found = await commit.trx.selectFrom('leases').selectAll().where('name', '=', name).executeTakeFirst();
    const taken = found !== undefined && found.holder !== null && found.holder !== holder;
    if (taken && found.expires_at_ms > commit.nowMs) return undo(undefined);
    const lease: LeaseTable = {
      name,
      epoch: commit.s,
      holder,
      expires_at_ms: commit.nowMs + ttlMs,
    };
    await commit.trx
      .insertInto('leases')
      .values(lease)
      .onConflict((duplicate) => duplicate.column('name').doUpdateSet(lease))
      .execute();
    await commit.changed('lease', [name]);
    return keep(leaseRow(lease));
  });
}

export function renewLease(
  transactions: Transactions,
  name: string,
  holder: string,
  epoch: number,
  ttlMs: number,
): Promise<boolean> {
  return transactions.query(async (db) => {
    const renewed = await db
      .updateTable('leases')
      .set({ expires_at_ms: sql<number>`${transactions.now()} + ${ttlMs}` })
      .where('name', '=', name)
      .where('holder', '=', holder)
      .where('epoch', '=', epoch)
      .executeTakeFirst();
    return renewed.numUpdatedRows === 1n;
  });
}

export function releaseLease(
  transactions: Transactions,
  name: string,
  holder: string,
  epoch: number,
): Promise<boolean> {
  return transactions.commit(async (commit) => {
    const released = await commit.trx
      .updateTable('leases')
      .set({ holder: null })
      .where('name', '=', name)
      .where('holder', '=', holder)
      .where('epoch', '=', epoch)
      .executeTakeFirst();
    if (released.numUpdatedRows !== 1n) return undo(false);
    await commit.changed('lease', [name]);
    return keep(true);
  });
}
