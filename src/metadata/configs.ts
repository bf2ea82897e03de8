import type { ConfigChange } from './metadata-store.js';
import type { Transactions } from './transactions.js';

/** What operators set, by name, and who set it when. It is no part of a state S. */

export function config(transactions: Transactions, name: string): Promise<unknown> {
  return transactions.query(async (db) => {
    const row = await db.selectFrom('configs').select('payload').where('name', '=', name).executeTakeFirst();
    return row === undefined ? undefined : (JSON.parse(row.payload) as unknown);
  });
}

export function configs(
  transactions: Transactions,
  prefix: string,
): Promise<{ readonly name: string; readonly payload: unknown }[]> {
  return transactions.query(async (db) => {
    const rows = await db.selectFrom('configs').selectAll().orderBy('name').execute();
    return rows
      .filter((row) => row.name.startsWith(prefix))
      .map(({ name, payload }) => ({ name, payload: JSON.parse(payload) as unknown }));
  });
}

export function putConfig(
  transactions: Transactions,
  name: string,
  payload: unknown,
  audit: { readonly author: string; readonly comment: string },
): Promise<void> {
  return transactions.write(async (trx) => {
    const text = JSON.stringify(payload ?? null);
    if (payload === undefined) await trx.deleteFrom('configs').where('name', '=', name).execute();
    else
      await trx
        .insertInto('configs')
        .values({ name, payload: text })
        .onConflict((duplicate) => duplicate.column('name').doUpdateSet({ payload: text }))
        .execute();
    const last = await trx
      .selectFrom('config_history')
      .select((eb) => eb.fn.max('version').as('version'))
      .where('name', '=', name)
      .executeTakeFirst();
    await trx
      .insertInto('config_history')
      .values({ name, version: (last?.version ?? 0) + 1, at_ms: transactions.now(), ...audit, payload: text })
      .execute();
  });
}

/** Newest first. */
export function configHistory(transactions: Transactions, name: string, limit: number): Promise<ConfigChange[]> {
  return transactions.query(async (db) => {
    const rows = await db
      .selectFrom('config_history')
      .selectAll()
      .where('name', '=', name)
      .orderBy('version', 'desc')
      .limit(limit)
      .execute();
    return rows.map(({ at_ms: atMs, author, comment, payload }) => ({
      name,
      atMs,
      author,
      comment,
      payload: JSON.parse(payload) as unknown,
    }));
  });
}
