import type { LookupRow } from './metadata-store.js';
import type { Transactions } from './transactions.js';

/** Registered lookups, by tier and name. They are configuration and no part of a state S. */

/** Replaces one that has an older version; false when it is there with this version or a newer one. */
export function putLookup(transactions: Transactions, row: LookupRow): Promise<boolean> {
  const { tier, name, version, factory } = row;
  return transactions.write(async (trx) => {
    const known = await trx
      .selectFrom('lookups')
      .select('version')
      .where('tier', '=', tier)
      .where('name', '=', name)
      .executeTakeFirst();
    if (known !== undefined && known.version >= version) return false;
    const stored = { tier, name, version, factory: JSON.stringify(factory) };
    await trx
      .insertInto('lookups')
      .values(stored)
      .onConflict((duplicate) => duplicate.columns(['tier', 'name']).doUpdateSet(stored))
      .execute();
    return true;
  });
}

export function removeLookup(transactions: Transactions, tier: string, name: string): Promise<boolean> {
  return transactions.write(async (trx) => {
    const removed = await trx
      .deleteFrom('lookups')
      .where('tier', '=', tier)
      .where('name', '=', name)
      .returning('name')
      .execute();
    return removed.length > 0;
  });
}

/** What tells whether one has changed: a map can be large. */
export function lookupVersions(transactions: Transactions): Promise<Omit<LookupRow, 'factory'>[]> {
  return transactions.query((db) =>
    db.selectFrom('lookups').select(['tier', 'name', 'version']).orderBy('tier').orderBy('name').execute(),
  );
}

export function lookup(transactions: Transactions, tier: string, name: string): Promise<LookupRow | undefined> {
  return transactions.query(async (db) => {
    const row = await db
      .selectFrom('lookups')
      .selectAll()
      .where('tier', '=', tier)
      .where('name', '=', name)
      .executeTakeFirst();
    return row && { ...row, factory: JSON.parse(row.factory) as unknown };
  });
}
