import type { MetadataStore, SupervisorRow } from './metadata-store.js';
import { formatIso } from '../common/iso-time.js';
import type { OffsetVector } from './offset-vector.js';
import { offsetsRow, supervisorRow } from './rows.js';
import type { OffsetsTable, SupervisorTable } from './schema.js';
import { isStreamLeaseOf } from './stream-state.js';
import { type Commit, keep, type Transactions, undo } from './transactions.js';

/** Supervisors, their history, and what an operator may do to their offsets. */

export function putSupervisor(
  transactions: Transactions,
  row: Parameters<MetadataStore['putSupervisor']>[0],
): Promise<SupervisorRow> {
  return transactions.commit(async (commit) => {
    const stored: SupervisorTable = {
      id: row.id,
      data_source: row.dataSource,
      spec: JSON.stringify(row.spec),
      suspended: row.suspended ? 1 : 0,
      version: formatIso(commit.nowMs),
    };
    await commit.trx
      .insertInto('supervisors')
      .values(stored)
      .onConflict((duplicate) => duplicate.column('id').doUpdateSet(stored))
      .execute();
    await addHistory(commit, row.id, stored.spec);
    await commit.changed('supervisor', [row.id]);
    return keep(supervisorRow(stored));
  });
}

/** Leaves Druid's tombstone in the history. Offsets stay: the same supervisor submitted again goes on from there. */
export function removeSupervisor(transactions: Transactions, id: string): Promise<boolean> {
  return transactions.commit(async (commit) => {
    const removed = await commit.trx.deleteFrom('supervisors').where('id', '=', id).returning('data_source').execute();
    if (removed.length === 0) return undo(false);
    const tombstone = {
      type: 'noop',
      id: null,
      dataSources: [removed[0]!.data_source],
      suspended: false,
      source: 'noop',
    };
    await addHistory(commit, id, JSON.stringify(tombstone));
    await commit.changed('supervisor', [id]);
    return keep(true);
  });
}

/** Newest first. */
export function supervisorHistory(
  transactions: Transactions,
  id: string,
): Promise<{ readonly spec: unknown; readonly version: string }[]> {
  return transactions.query(async (db) => {
    const rows = await db
      .selectFrom('supervisor_history')
      .select(['spec', 'version'])
      .where('id', '=', id)
      .orderBy('s', 'desc')
      .execute();
    return rows.map((row) => ({ spec: JSON.parse(row.spec) as unknown, version: row.version }));
  });
}

/** Ids of all that have a history, terminated ones too, in order. */
export function supervisorsEver(transactions: Transactions): Promise<string[]> {
  return transactions.query(async (db) => {
    const rows = await db.selectFrom('supervisor_history').select('id').distinct().orderBy('id').execute();
    return rows.map(({ id }) => id);
  });
}

/**
 * Removes or sets stored offsets. What the owners of the stream have read since the last publish belongs to the old
 * offsets, so their leases end with it: the epochs rise, and nobody can publish those rows any more.
 */
export function resetOffsets(
  transactions: Transactions,
  supervisorId: string,
  partitions?: OffsetVector,
): Promise<void> {
  return transactions.commit(async (commit) => {
    if (partitions === undefined) {
      await commit.trx.deleteFrom('offsets').where('supervisor_id', '=', supervisorId).execute();
    } else {
      await setOffsets(commit, supervisorId, partitions);
    }
    await commit.changed('offsets', [supervisorId]);
    await revokeStreamLeases(commit, supervisorId);
    return keep(undefined);
  });
}

async function setOffsets(commit: Commit, supervisorId: string, partitions: OffsetVector): Promise<void> {
  const found = await commit.trx
    .selectFrom('offsets')
    .selectAll()
    .where('supervisor_id', '=', supervisorId)
    .executeTakeFirst();
  const row: OffsetsTable = {
    supervisor_id: supervisorId,
    stream: found?.stream ?? '',
    incarnation: found?.incarnation ?? '',
    partitions: JSON.stringify({ ...(found && offsetsRow(found).partitions), ...partitions }),
  };
  await commit.trx
    .insertInto('offsets')
    .values(row)
    .onConflict((duplicate) => duplicate.column('supervisor_id').doUpdateSet(row))
    .execute();
}

async function revokeStreamLeases(commit: Commit, supervisorId: string): Promise<void> {
  const leases = await commit.trx.selectFrom('leases').select('name').execute();
  const names = leases.map((lease) => lease.name).filter((name) => isStreamLeaseOf(name, supervisorId));
  if (names.length === 0) return;
  await commit.trx.updateTable('leases').set({ epoch: commit.s, holder: null }).where('name', 'in', names).execute();
  await commit.changed('lease', names);
}

async function addHistory(commit: Commit, id: string, spec: string): Promise<void> {
  await commit.trx
    .insertInto('supervisor_history')
    .values({ id, s: commit.s, spec, version: formatIso(commit.nowMs) })
    .execute();
}
