import type { Kysely, RawBuilder, Transaction } from 'kysely';
import type { MetadataTables } from './schema.js';

export type Queries = Kysely<MetadataTables> | Transaction<MetadataTables>;

/** How a failed statement is to be handled. */
export type FailureKind =
  /** Lost a race with another transaction, nothing was changed: do it again. */
  | 'conflict'
  /** The database cannot be reached or cannot work; whether the change was made is not known. */
  | 'unavailable'
  /** A mistake of ours. */
  | 'bug';

/** What differs between SQLite and PostgreSQL; everything else is one set of statements. */
export interface MetadataDatabase {
  /** For people, without credentials. */
  readonly location: string;
  readonly db: Kysely<MetadataTables>;
  readonly blobType: 'blob' | 'bytea';
  /** The store's clock as an SQL expression of epoch ms. */
  now(): RawBuilder<number>;
  /** All values of a column as the text of a JSON array; of several in one query each is in the same order. */
  jsonArray(column: string): RawBuilder<string>;
  /** The texts of a JSON array as rows of one column, `value`: a list of any length in one parameter. */
  textsOf(json: string): RawBuilder<{ value: string }>;
  /** Runs at the start of the migration transaction, to keep other nodes from migrating meanwhile. */
  lockForMigration(trx: Queries): Promise<void>;
  /** A transaction whose statements all see one state. */
  readSnapshot<T>(work: (trx: Transaction<MetadataTables>) => Promise<T>): Promise<T>;
  /** Called inside the transaction that is to become commit `s`: tells other processes once it is committed. */
  announce(trx: Queries, s: number): Promise<void>;
  /** Hints of commits made by other processes. */
  listen(onHint: (s: number) => void): Promise<void>;
  classify(error: unknown): FailureKind;
  close(): Promise<void>;
}
