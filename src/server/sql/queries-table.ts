import { formatIso } from '../../common/iso-time.js';
import type { ClusterView } from '../../broker/cluster-view.js';
import type { MetadataStore, NodeRow } from '../../metadata/metadata-store.js';
import type { SqlTable } from '../../sql/sql-catalog.js';
import { nodeAddress } from '../placed-servers.js';
import { metadataTable } from './metadata-table.js';
import type { RunningQueries, RunningQuery } from './running-queries.js';

/** Where a broker lists its own queries for other brokers. */
export const RUNNING_QUERIES_PATH = '/druid/v2/sql/queries';

export interface QueriesTableOptions {
  readonly running: RunningQueries;
  readonly cluster: Pick<ClusterView, 'withRole'>;
  readonly nodeId: string;
  readonly store: Pick<MetadataStore, 'tasks'>;
  readonly nowMs: () => number;
}

/** A broker that does not tell by then has nothing to tell. */
const ASK_LIMIT_MS = 1_000;
const TASK_TYPE = 'query_controller';

/**
 * `sys.queries`: what brokers answer now, and the statements that run as tasks.
 * @source Druid `sql/calcite/schema/SystemSchema.java` (`QueriesTable`)
 */
export function queriesTable(options: QueriesTableOptions): SqlTable {
  const columns = 'id engine state info type statement server start_time duration:L';
  return metadataTable('sys', 'queries', columns, async () => {
    const { running, cluster, nodeId, nowMs } = options;
    const brokers = cluster.withRole('broker');
    const here = brokers.find(({ id }) => id === nodeId);
    const others = brokers.filter(({ id }) => id !== nodeId);
    const asked = await Promise.all(others.map(async (node) => rowsOf(await queriesOn(node), node, nowMs())));
    return [...rowsOf(running.list(), here, nowMs()), ...asked.flat(), ...(await taskRows(options))];
  });
}

type Row = Readonly<Record<string, string | number | null>>;

function rowsOf(queries: readonly RunningQuery[], node: NodeRow | undefined, nowMs: number): Row[] {
  const server = node === undefined ? null : nodeAddress(node);
  return queries.map(({ id, type, statement, startedAtMs }) => ({
    id,
    engine: 'native',
    state: 'RUNNING',
    info: JSON.stringify(
      type === 'native' ? { queryId: id, queryType: statement } : { sqlQueryId: id, sql: statement },
    ),
    type,
    statement,
    server,
    start_time: formatIso(startedAtMs),
    duration: Math.max(0, nowMs - startedAtMs),
  }));
}

async function queriesOn({ host, port }: NodeRow): Promise<readonly RunningQuery[]> {
  try {
    const url = `http://${host}:${port}${RUNNING_QUERIES_PATH}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(ASK_LIMIT_MS) });
    const { queries } = (await response.json()) as { readonly queries: readonly RunningQuery[] };
    return queries;
  } catch {
    return [];
  }
}

async function taskRows({ store, nowMs }: QueriesTableOptions): Promise<Row[]> {
  const tasks = await store.tasks({ states: ['WAITING', 'PENDING', 'RUNNING'] });
  return tasks
    .filter(({ type }) => type === TASK_TYPE)
    .map(({ id, payload, state, createdAtMs }) => {
      const { sqlQuery = '' } = payload as { readonly sqlQuery?: string };
      return {
        id,
        engine: 'msq-task',
        state: state === 'RUNNING' ? 'RUNNING' : 'ACCEPTED',
        info: JSON.stringify({ taskId: id, sql: sqlQuery }),
        type: 'task',
        statement: sqlQuery,
        server: null,
        start_time: formatIso(createdAtMs),
        duration: Math.max(0, nowMs() - createdAtMs),
      };
    });
}
