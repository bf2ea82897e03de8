import { randomUUID } from 'node:crypto';
import type { LookupRow, LookupVersion } from './metadata-store.js';
import type { Transactions } from './transactions.js';

/** Registered lookups, by tier and name. They are configuration and no part of a state S. */

/** Replaces older versions, all or none. @returns the first that is there with its version or a newer one */
export function putLookups(transactions: Transactions, rows: readonly LookupRow[]): Promise<LookupRow | undefined> {
  return transactions.write(async (trx) => {
    for (const { tier, name, version } of rows) {
      const known = await trx
        .selectFrom('lookups')
        .select(['tier', 'name', 'version', 'factory'])
        .where('tier', '=', tier)
        .where('name', '=', name)
        .executeTakeFirst();
      if (known !== undefined && known.version >= version) return opened(known);
    }
    for (const { tier, name, version, factory } of rows) {
      const stored = { tier, name, version, factory: JSON.stringify(factory), stamp: randomUUID() };
      await trx
        .insertInto('lookups')
        .values(stored)
        .onConflict((duplicate) => duplicate.columns(['tier', 'name']).doUpdateSet(stored))
        .execute();
    }
    return undefined;
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
export function lookupVersions(transactions: Transactions): Promise<LookupVersion[]> {
  return transactions.query((db) =>
    db.selectFrom('lookups').select(['tier', 'name', 'version', 'stamp']).orderBy('tier').orderBy('name').execute(),
  );
}

export function lookup(transactions: Transactions, tier: string, name: string): Promise<LookupRow | undefined> {
  return transactions.query(async (db) => {
    const row = await db
      .selectFrom('lookups')
      .select(['tier', 'name', 'version', 'factory'])
      .where('tier', '=', tier)
      .where('name', '=', name)
      .executeTakeFirst();
    return row && opened(row);
  });
}

function opened(row: LookupRow & { readonly factory: string }): LookupRow {
  return { ...row, factory: JSON.parse(row.factory) as unknown };
}
