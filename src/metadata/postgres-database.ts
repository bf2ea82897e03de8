import { Kysely, PostgresDialect, type RawBuilder, sql } from 'kysely';
import pg from 'pg';
import type { FailureKind, MetadataDatabase } from './database.js';
import type { MetadataTables } from './schema.js';

const CHANNEL = 'millrace_commit';
const MAX_CONNECTIONS = 6;
const CONNECT_TIMEOUT_MS = 5_000;
const RELISTEN_DELAY_MS = 1_000;
/** Any number: names the lock under which one node at a time migrates. */
const MIGRATION_LOCK = 6_455_472;
const INT8 = 20;

/** A node that stops between two statements (SIGSTOP, swap) must not hold up every commit of the cluster. */
const SESSION = {
  statement_timeout: 30_000,
  lock_timeout: 10_000,
  idle_in_transaction_session_timeout: 10_000,
};

/** PostgreSQL through a small pool of connections. */
export function openPostgresDatabase(uri: string): MetadataDatabase {
  const location = withoutCredentials(uri);
  const connection = {
    connectionString: uri,
    application_name: 'millrace',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...SESSION,
  };
  const pool = new pg.Pool({ ...connection, max: MAX_CONNECTIONS, types: { getTypeParser } });
  // The pool replaces a broken connection at its next use; a statement that was under way has failed by itself.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<MetadataTables>({ dialect: new PostgresDialect({ pool }) });
  const hints = new HintListener(connection);
  return {
    location,
    db,
    blobType: 'bytea',
    now: (): RawBuilder<number> => sql<number>`cast(floor(extract(epoch from clock_timestamp()) * 1000) as bigint)`,
    jsonArray: (column) => sql<string>`coalesce(json_agg(${sql.ref(column)})::text, '[]')`,
    textsOf: (json) => sql<{ value: string }>`select json_array_elements_text(${json}::json) as value`,
    lockForMigration: async (trx) => {
      await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(trx);
    },
    readSnapshot: (work) =>
      db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
    announce: async (trx, s) => {
      await sql`select pg_notify(${CHANNEL}, ${String(s)})`.execute(trx);
    },
    listen: (onHint) => hints.start(onHint),
    classify: classifyPostgresError,
    close: async () => {
      await hints.stop();
      await db.destroy();
    },
  };
}

/** bigint as number: every count, time and offset here is below 2^53. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format);

/** @source PostgreSQL documentation, appendix A: error codes */
function classifyPostgresError(error: unknown): FailureKind {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  // serialization_failure, deadlock_detected, lock_not_available, idle_in_transaction_session_timeout
  if (['40001', '40P01', '55P03', '25P03'].includes(code)) return 'conflict';
  // Connection exceptions, too many connections or disk full, an operator's shutdown, system errors.
  if (/^(08|53|57|58)...$/.test(code)) return 'unavailable';
  if (/^E[A-Z]+$/.test(code)) return 'unavailable';
  const message = error instanceof Error ? error.message : '';
  return /connection (terminated|timeout|error)|timeout exceeded when trying to connect|not queryable/i.test(message)
    ? 'unavailable'
    : 'bug';
}

function withoutCredentials(uri: string): string {
  const url = new URL(uri);
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** One connection that LISTENs. It is made again when it breaks; hints lost meanwhile are made good by polling. */
class HintListener {
  readonly #config: pg.ClientConfig;
  #client: pg.Client | undefined;
  #again: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(config: pg.ClientConfig) {
    this.#config = config;
  }

  async start(onHint: (s: number) => void): Promise<void> {
    const client = new pg.Client(this.#config);
    this.#client = client;
    const retry = (): void => {
      if (this.#stopped || this.#client !== client) return;
      this.#client = undefined;
      client.end().catch(() => {});
      this.#again = setTimeout(() => void this.start(onHint), RELISTEN_DELAY_MS);
      this.#again.unref();
    };
    client.on('error', retry);
    client.on('end', retry);
    client.on('notification', (message) => onHint(Number(message.payload)));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch {
      retry();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#again);
    await this.#client?.end().catch(() => {});
  }
}
