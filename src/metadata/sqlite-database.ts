import LibsqlDatabase from 'libsql';
import { Kysely, type RawBuilder, type SqliteDatabase, SqliteDialect, type SqliteStatement, sql } from 'kysely';
import { DruidError } from '../common/druid-error.js';
import type { Clock } from '../platform/clock.js';
import type { MetadataDatabase } from './database.js';
import type { MetadataTables } from './schema.js';

/** Statements kept prepared; lists of ids make many lengths, so it must end somewhere. */
const MAX_PREPARED = 256;
/** Another process (a tool, a backup) may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 5_000;

/** SQLite in this thread: WAL, synchronous FULL, so that a commit is on disk before it is answered. */
export function openSqliteDatabase(path: string, clock: Clock): MetadataDatabase {
  const connection = connect(path);
  const db = new Kysely<MetadataTables>({ dialect: new SqliteDialect({ database: new EvenedConnection(connection) }) });
  return {
    location: path,
    db,
    blobType: 'blob',
    now: (): RawBuilder<number> => sql<number>`${clock.nowMs()}`,
    jsonArray: (column) => sql<string>`json_group_array(${sql.ref(column)})`,
    textsOf: (json) => sql<{ value: string }>`select value from json_each(${json})`,
    lockForMigration: async () => {},
    readSnapshot: (work) => db.transaction().execute(work),
    announce: async () => {},
    listen: async () => {},
    classify: (error) => (isSqliteFailure(error) ? 'unavailable' : 'bug'),
    close: () => db.destroy(),
  };
}

function connect(path: string): LibsqlDatabase.Database {
  try {
    const connection = new LibsqlDatabase(path, { timeout: BUSY_TIMEOUT_MS });
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = FULL');
    return connection;
  } catch (error) {
    throw new DruidError(
      `Metadata store [${path}] cannot be opened: ${error instanceof Error ? error.message : String(error)}`,
      {
        persona: 'OPERATOR',
        category: 'SERVICE_UNAVAILABLE',
        cause: error,
      },
    );
  }
}

/** Busy, full disk, I/O error, read-only or damaged file: nothing that the statement could do about. */
function isSqliteFailure(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB)/.test(code);
}

/** libsql as Kysely expects a driver: prepared statements are kept, and blobs come as Uint8Array, not ArrayBuffer. */
class EvenedConnection implements SqliteDatabase {
  readonly #connection: LibsqlDatabase.Database;
  readonly #prepared = new Map<string, SqliteStatement>();

  constructor(connection: LibsqlDatabase.Database) {
    this.#connection = connection;
  }

  prepare(text: string): SqliteStatement {
    // A deferred transaction that reads before it writes can fail with BUSY at its first write; an immediate one waits.
    const statement = text === 'begin' ? 'begin immediate' : text;
    const known = this.#prepared.get(statement);
    if (known !== undefined) return known;
    const prepared = new EvenedStatement(this.#connection.prepare(statement));
    if (this.#prepared.size >= MAX_PREPARED) this.#prepared.clear();
    this.#prepared.set(statement, prepared);
    return prepared;
  }

  close(): void {
    this.#prepared.clear();
    this.#connection.close();
  }
}

class EvenedStatement implements SqliteStatement {
  readonly reader: boolean;
  readonly #statement: LibsqlDatabase.Statement;

  constructor(statement: LibsqlDatabase.Statement) {
    this.#statement = statement;
    this.reader = statement.reader;
  }

  all(parameters: readonly unknown[]): unknown[] {
    const rows = this.#statement.all([...parameters]) as Record<string, unknown>[];
    for (const row of rows) {
      for (const name in row) {
        const value = row[name];
        if (value instanceof ArrayBuffer) row[name] = new Uint8Array(value);
      }
    }
    return rows;
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.#statement.run([...parameters]);
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.all(parameters).values();
  }
}
