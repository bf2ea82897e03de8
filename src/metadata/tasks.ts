import type { MetadataStore, TaskRow, TaskState } from './metadata-store.js';
import { storedTask, taskRow } from './rows.js';
import type { TaskTable } from './schema.js';
import type { Transactions } from './transactions.js';

type TaskChange = Parameters<MetadataStore['updateTask']>[1];
type TaskFilter = Parameters<MetadataStore['tasks']>[0];

const FINISHED: readonly TaskState[] = ['SUCCESS', 'FAILED'];

/** The queue of batch tasks. None of this takes an S. */

/** A task that is there already stays as it is. */
export async function putTask(transactions: Transactions, row: TaskRow): Promise<void> {
  await transactions.query((db) =>
    db
      .insertInto('tasks')
      .values(storedTask(row))
      .onConflict((duplicate) => duplicate.doNothing())
      .execute(),
  );
}

/** How a task ended is final: a later change of its state (a shutdown that came too late) is ignored. */
export async function updateTask(transactions: Transactions, id: string, change: TaskChange): Promise<void> {
  const set: Partial<TaskTable> = {
    ...(change.state !== undefined && { state: change.state }),
    ...(change.durationMs !== undefined && { duration_ms: change.durationMs }),
    ...(change.errorMsg !== undefined && { error_msg: change.errorMsg }),
    ...(change.nodeId !== undefined && { node_id: change.nodeId }),
    ...(change.report !== undefined && { report: JSON.stringify(change.report) }),
  };
  if (Object.keys(set).length === 0) return;
  await transactions.query(async (db) => {
    const update = db.updateTable('tasks').set(set).where('id', '=', id);
    await (change.state === undefined ? update : update.where('state', 'not in', FINISHED)).execute();
  });
}

export function task(transactions: Transactions, id: string): Promise<TaskRow | undefined> {
  return transactions.query(async (db) => {
    const row = await db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst();
    return row && taskRow(row);
  });
}

export function tasks(transactions: Transactions, filter: TaskFilter): Promise<TaskRow[]> {
  // PostgreSQL has no empty list.
  if (filter.states?.length === 0) return Promise.resolve([]);
  return transactions.query(async (db) => {
    let query = db.selectFrom('tasks').selectAll();
    if (filter.states !== undefined) query = query.where('state', 'in', filter.states);
    if (filter.dataSource !== undefined) query = query.where('data_source', '=', filter.dataSource);
    if (filter.limit !== undefined) query = query.limit(filter.limit);
    const rows = await query.orderBy('created_at_ms', 'desc').orderBy('id', 'desc').execute();
    return rows.map(taskRow);
  });
}

export function claimTask(transactions: Transactions, nodeId: string): Promise<TaskRow | undefined> {
  return transactions.query(async (db) => {
    for (;;) {
      const oldest = await db
        .selectFrom('tasks')
        .select('id')
        .where('state', '=', 'WAITING')
        .orderBy('created_at_ms')
        .orderBy('id')
        .limit(1)
        .executeTakeFirst();
      if (oldest === undefined) return undefined;
      const claimed = await db
        .updateTable('tasks')
        .set({ state: 'RUNNING', node_id: nodeId })
        .where('id', '=', oldest.id)
        .where('state', '=', 'WAITING')
        .returningAll()
        .executeTakeFirst();
      // Another node was quicker: it goes on with the next one, so this ends.
      if (claimed !== undefined) return taskRow(claimed);
    }
  });
}
