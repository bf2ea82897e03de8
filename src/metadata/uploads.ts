import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { NewSegment, Upload, UploadOwner } from './metadata-store.js';
import type { MetadataTables } from './schema.js';
import { type Commit, MAX_LIST, type Transactions } from './transactions.js';

/**
 * Which paths of deep storage hold objects that no segment row names: noted before the first object is pushed, taken back by the
 * transaction that publishes them, given up by whoever will not publish them any more. None of this takes an S.
 */

export async function noteUploads(
  transactions: Transactions,
  { nodeId, startedAtMs }: UploadOwner,
  paths: readonly string[],
): Promise<void> {
  await transactions.write((trx) => insertNotes(trx, paths, { node_id: nodeId, node_started_at_ms: startedAtMs }));
}

/** @returns whether every path was noted and is not given up: else its objects are deleted, or soon will be */
export async function takeUploads(commit: Commit, segments: readonly Pick<NewSegment, 'path'>[]): Promise<boolean> {
  let taken = 0;
  for (let i = 0; i < segments.length; i += MAX_LIST) {
    const paths = segments.slice(i, i + MAX_LIST).map((segment) => segment.path);
    const rows = await commit.trx
      .deleteFrom('uploads')
      .where('path', 'in', paths)
      .where('given_up_at_ms', 'is', null)
      .returning('path')
      .execute();
    taken += rows.length;
  }
  return taken === segments.length;
}

/** Notes objects whose segments are forgotten in this commit. */
export async function noteForgotten(commit: Commit, paths: readonly string[]): Promise<void> {
  await insertNotes(commit.trx, paths, { node_id: '', node_started_at_ms: 0, given_up_at_ms: commit.nowMs });
}

export async function giveUpUploads(transactions: Transactions, paths: readonly string[]): Promise<void> {
  await transactions.write(async (trx) => {
    for (let i = 0; i < paths.length; i += MAX_LIST) {
      await trx
        .updateTable('uploads')
        .set({ given_up_at_ms: transactions.now() })
        .where('path', 'in', paths.slice(i, i + MAX_LIST))
        .where('given_up_at_ms', 'is', null)
        .execute();
    }
  });
}

export async function giveUpUploadsOfTheDead(transactions: Transactions, silentMs: number): Promise<void> {
  await transactions.write((trx) =>
    sql`update uploads set given_up_at_ms = ${transactions.now()}
      where given_up_at_ms is null and not exists (
        select 1 from nodes where nodes.id = uploads.node_id and nodes.started_at_ms = uploads.node_started_at_ms
          and nodes.heartbeat_at_ms >= ${transactions.now()} - ${silentMs})`.execute(trx),
  );
}

export function uploadsGivenUp(transactions: Transactions, limit: number): Promise<Upload[]> {
  return transactions.query(async (db) => {
    const rows = await db
      .selectFrom('uploads')
      .select(['path', sql<number>`${transactions.now()} - given_up_at_ms`.as('age_ms')])
      .where('given_up_at_ms', 'is not', null)
      .orderBy('given_up_at_ms')
      .limit(limit)
      .execute();
    return rows.map((row) => ({ path: row.path, givenUpForMs: row.age_ms }));
  });
}

export async function forgetUploads(transactions: Transactions, paths: readonly string[]): Promise<void> {
  await transactions.write(async (trx) => {
    for (let i = 0; i < paths.length; i += MAX_LIST) {
      await trx
        .deleteFrom('uploads')
        .where('path', 'in', paths.slice(i, i + MAX_LIST))
        .where('given_up_at_ms', 'is not', null)
        .execute();
    }
  });
}

type Note = Omit<MetadataTables['uploads'], 'path' | 'given_up_at_ms'> & { readonly given_up_at_ms?: number };

async function insertNotes(db: Kysely<MetadataTables>, paths: readonly string[], note: Note): Promise<void> {
  for (let i = 0; i < paths.length; i += MAX_LIST) {
    await db
      .insertInto('uploads')
      .values(paths.slice(i, i + MAX_LIST).map((path) => ({ given_up_at_ms: null, ...note, path })))
      .onConflict((noted) => noted.column('path').doNothing())
      .execute();
  }
}
