import { type RawBuilder, sql, type Transaction } from 'kysely';
import { DruidError } from '../common/druid-error.js';
import type { Clock } from '../platform/clock.js';
import { atKillPoint } from '../platform/kill-point.js';
import type { Randomness } from '../platform/randomness.js';
import type { MetadataDatabase, Queries } from './database.js';
import { type ChangeKind, type MetadataTables, migrations } from './schema.js';

/** Attempts at a transaction that keeps losing races. */
const MAX_ATTEMPTS = 8;
const FIRST_DELAY_MS = 5;
/** Commits between two trims of the change log. */
const TRIM_EVERY = 1_024;
/** Rows of one statement with a list in it: SQLite takes 32,766 parameters, a segment has 17. */
export const MAX_LIST = 500;

/** What a unit of work decided: keep its changes as commit S, or undo them. Both carry the answer. */
export interface Decision<T> {
  readonly keep: boolean;
  readonly value: T;
}

export function keep<T>(value: T): Decision<T> {
  return { keep: true, value };
}

export function undo<T>(value: T): Decision<T> {
  return { keep: false, value };
}

/** A transaction that holds the next S. While it runs no other can. */
export interface Commit {
  readonly trx: Transaction<MetadataTables>;
  readonly s: number;
  /** Store time of the commit. */
  readonly nowMs: number;
  /** Notes in the change log that these rows are not as they were. */
  changed(kind: ChangeKind, keys: readonly string[]): Promise<void>;
}

export interface TransactionOptions {
  /** Changes that the log keeps. */
  readonly changeLogEntries: number;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/** Runs units of work in transactions: commits with an S, plain writes, consistent reads; retries lost races. */
export class Transactions {
  readonly #database: MetadataDatabase;
  readonly #options: TransactionOptions;
  readonly #onCommitted: (s: number) => void;

  constructor(database: MetadataDatabase, options: TransactionOptions, onCommitted: (s: number) => void) {
    this.#database = database;
    this.#options = options;
    this.#onCommitted = onCommitted;
  }

  now(): RawBuilder<number> {
    return this.#database.now();
  }

  /** As of the database. */
  textsOf(texts: readonly string[]): RawBuilder<{ value: string }> {
    return this.#database.textsOf(JSON.stringify(texts));
  }

  /** Commits `work` under the next S, or undoes it, as it decides. */
  async commit<T>(work: (commit: Commit) => Promise<Decision<T>>): Promise<T> {
    const { value, s } = await this.#retrying(async () => {
      const trx = await this.#database.db.startTransaction().execute();
      try {
        const commit = await this.#begin(trx);
        const decision = await work(commit);
        if (!decision.keep) {
          await trx.rollback().execute();
          return { value: decision.value, s: undefined };
        }
        if (commit.s % TRIM_EVERY === 0) await this.#trim(trx);
        await this.#database.announce(trx, commit.s);
        await atKillPoint('commit', () => trx.commit().execute());
        return { value: decision.value, s: commit.s };
      } catch (error) {
        if (!trx.isCommitted && !trx.isRolledBack) await trx.rollback().execute().catch(ignoreBrokenConnection);
        throw error;
      }
    });
    if (s !== undefined) this.#onCommitted(s);
    return value;
  }

  /** A transaction that changes nothing that has an S: heartbeats, tasks, replicas. */
  write<T>(work: (trx: Queries) => Promise<T>): Promise<T> {
    return this.#retrying(() => this.#database.db.transaction().execute(work));
  }

  /** One statement, or several that need not see one state. */
  query<T>(work: (db: Queries) => Promise<T>): Promise<T> {
    return this.#retrying(() => work(this.#database.db));
  }

  /** Reads that all see one state. */
  snapshot<T>(work: (trx: Queries) => Promise<T>): Promise<T> {
    return this.#retrying(() => this.#database.readSnapshot(work));
  }

  migrate(): Promise<void> {
    const steps = migrations(this.#database.blobType);
    return this.write(async (trx) => {
      await this.#database.lockForMigration(trx);
      await sql`create table if not exists schema_version (version integer not null)`.execute(trx);
      const found = await sql<{ version: number }>`select max(version) as version from schema_version`.execute(trx);
      const version = found.rows[0]?.version ?? 0;
      if (version > steps.length) throw newerSchema(this.#database.location, version, steps.length);
      for (const statement of steps.slice(version).flat()) await sql.raw(statement).execute(trx);
      if (version < steps.length) await sql`insert into schema_version (version) values (${steps.length})`.execute(trx);
    });
  }

  async #begin(trx: Transaction<MetadataTables>): Promise<Commit> {
    // Locks the one row of `state` first: of two commits the second waits here, so S order is commit order.
    const row = await trx
      .updateTable('state')
      .set((eb) => ({ s: eb('s', '+', 1) }))
      .where('id', '=', 1)
      .returning(['s', this.#database.now().as('now_ms')])
      .executeTakeFirstOrThrow();
    return {
      trx,
      s: row.s,
      nowMs: row.now_ms,
      changed: async (kind, keys) => {
        for (let i = 0; i < keys.length; i += MAX_LIST) {
          const values = keys.slice(i, i + MAX_LIST).map((key) => ({ s: row.s, kind, key }));
          await trx
            .insertInto('changes')
            .values(values)
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
      },
    };
  }

  async #trim(trx: Transaction<MetadataTables>): Promise<void> {
    const oldest = await trx
      .selectFrom('changes')
      .select('s')
      .orderBy('s', 'desc')
      .offset(this.#options.changeLogEntries)
      .limit(1)
      .executeTakeFirst();
    if (oldest === undefined) return;
    await trx.deleteFrom('changes').where('s', '<=', oldest.s).execute();
    await trx.updateTable('state').set({ trimmed_to_s: oldest.s }).where('id', '=', 1).execute();
  }

  async #retrying<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const kind = this.#database.classify(error);
        if (kind === 'bug') throw error;
        if (kind === 'unavailable' || attempt === MAX_ATTEMPTS) throw unavailable(this.#database.location, error);
      }
      const delayMs = FIRST_DELAY_MS * 2 ** attempt * (0.5 + this.#options.randomness.nextDouble());
      await this.#options.clock.sleep(delayMs);
    }
  }
}

function unavailable(location: string, cause: unknown): DruidError {
  const reason =
    cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : cause.name) : String(cause);
  return new DruidError(`Metadata store [${location}] is not available: ${reason}`, {
    persona: 'OPERATOR',
    category: 'SERVICE_UNAVAILABLE',
    cause,
  });
}

function newerSchema(location: string, found: number, known: number): DruidError {
  return new DruidError(
    `Metadata store [${location}] has schema version [${found}], this version of Millrace knows [${known}]: start a newer one`,
    { persona: 'OPERATOR', category: 'UNSUPPORTED' },
  );
}

/** The connection is gone, and the server undoes the transaction by itself; the first error is the one to report. */
function ignoreBrokenConnection(): void {}
