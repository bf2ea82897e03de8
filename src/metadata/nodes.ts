import { sql } from 'kysely';
import type { NodeRow } from './metadata-store.js';
import { nodeRow } from './rows.js';
import { MAX_LIST, type Transactions } from './transactions.js';

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
      .where('heartbeat_at_ms', '>=', sql<number>`${transactions.now()} - ${maxAgeMs}`)
      .orderBy('id')
      .execute();
    return rows.map(nodeRow);
  });
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
    for (let i = 0; i < loaded.length; i += MAX_LIST) {
      const rows = loaded.slice(i, i + MAX_LIST).map((id) => ({ segment_id: id, node_id: nodeId }));
      await trx
        .insertInto('replicas')
        .values(rows)
        .onConflict((duplicate) => duplicate.doNothing())
        .execute();
    }
    for (let i = 0; i < dropped.length; i += MAX_LIST) {
      const ids = dropped.slice(i, i + MAX_LIST);
      await trx.deleteFrom('replicas').where('node_id', '=', nodeId).where('segment_id', 'in', ids).execute();
    }
  });
}

export async function clearReplicas(transactions: Transactions, nodeId: string): Promise<void> {
  await transactions.query((db) => db.deleteFrom('replicas').where('node_id', '=', nodeId).execute());
}

export async function loadedAmong(transactions: Transactions, segmentIds: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (let i = 0; i < segmentIds.length; i += MAX_LIST) {
    const rows = await transactions.query((db) =>
      db
        .selectFrom('replicas')
        .innerJoin('nodes', 'nodes.id', 'replicas.node_id')
        .select('replicas.segment_id')
        .where('replicas.segment_id', 'in', segmentIds.slice(i, i + MAX_LIST))
        .where('nodes.heartbeat_at_ms', '>=', sql<number>`${transactions.now()} - ${LIVE_MS}`)
        .execute(),
    );
    for (const row of rows) found.add(row.segment_id);
  }
  return found;
}
