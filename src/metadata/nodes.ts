import { type RawBuilder, sql } from 'kysely';
import type { NodeRow } from './metadata-store.js';
import { nodeRow } from './rows.js';
import type { Transactions } from './transactions.js';

/** A historical counts as live for `loadedAmong` this long after its last heartbeat. */
const LIVE_MS = 10_000;

/** Nodes, by heartbeat, and the segments that historicals have loaded. None of this takes an S. */

export async function heartbeat(transactions: Transactions, node: Omit<NodeRow, 'heartbeatAtMs'>): Promise<void> {
  const row = {
    id: node.id,
    roles: JSON.stringify(node.roles),
    host: node.host,
    port: node.port,
    started_at_ms: node.startedAtMs,
    heartbeat_at_ms: transactions.now(),
    view_s: node.viewS,
  };
  await transactions.query((db) =>
    db
      .insertInto('nodes')
      .values(row)
      .onConflict((duplicate) => duplicate.column('id').doUpdateSet(row))
      .execute(),
  );
}

export function liveNodes(transactions: Transactions, maxAgeMs: number): Promise<NodeRow[]> {
  return transactions.query(async (db) => {
    const rows = await db
      .selectFrom('nodes')
      .selectAll()
      .where('heartbeat_at_ms', '>=', sql<number>`${newestHeartbeat(transactions)} - ${maxAgeMs}`)
      .orderBy('id')
      .execute();
    return rows.map(nodeRow);
  });
}

/**
 * What the age of a heartbeat counts from: the newest of all, so that a store which can be read but takes no writes (a full disk)
 * makes nobody dead. One of a time to come, written before the clock was set back, counts for its own node alone.
 */
function newestHeartbeat(transactions: Transactions): RawBuilder<number> {
  const now = transactions.now();
  return sql<number>`coalesce((select max(newest.heartbeat_at_ms) from nodes as newest where newest.heartbeat_at_ms <= ${now}), ${now})`;
}

export async function removeNode(transactions: Transactions, id: string): Promise<void> {
  await transactions.write(async (trx) => {
    await trx.deleteFrom('nodes').where('id', '=', id).execute();
    await trx.deleteFrom('replicas').where('node_id', '=', id).execute();
  });
}

export async function announceReplicas(
  transactions: Transactions,
  nodeId: string,
  loaded: readonly string[],
  dropped: readonly string[],
): Promise<void> {
  await transactions.write(async (trx) => {
    if (loaded.length > 0) {
      await sql`insert into replicas (segment_id, node_id)
        select value, cast(${nodeId} as text) from (${transactions.textsOf(loaded)}) as texts where true on conflict do nothing`.execute(
        trx,
      );
    }
    if (dropped.length > 0) {
      await sql`delete from replicas
        where node_id = ${nodeId} and segment_id in (${transactions.textsOf(dropped)})`.execute(trx);
    }
  });
}

export async function clearReplicas(transactions: Transactions, nodeId: string): Promise<void> {
  await transactions.query((db) => db.deleteFrom('replicas').where('node_id', '=', nodeId).execute());
}

export async function loadedAmong(transactions: Transactions, segmentIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await transactions.query((db) =>
    sql<{ segment_id: string }>`
      select distinct replicas.segment_id from replicas inner join nodes on nodes.id = replicas.node_id
      where replicas.segment_id in (${transactions.textsOf(segmentIds)})
        and nodes.heartbeat_at_ms >= ${newestHeartbeat(transactions)} - ${LIVE_MS}`.execute(db),
  );
  return new Set(rows.map((row) => row.segment_id));
}
