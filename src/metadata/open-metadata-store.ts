import { systemClock } from '../platform/clock.js';
import { systemRandomness } from '../platform/randomness.js';
import type { MetadataStore } from './metadata-store.js';
import { dropPreparedThread } from './prepared-thread.js';
import { sqliteMetadataStore } from './sqlite-metadata-store.js';

/** Changes that `changesSince` can look back on; whoever is further behind takes a snapshot. */
const CHANGE_LOG_ENTRIES = 100_000;

export interface MetadataStoreOptions {
  readonly changeLogEntries?: number;
}

/**
 * Opens the metadata store, its tables made or migrated.
 *
 * @param uri path of an SQLite file, or `postgres://user:password@host:port/database`
 * @throws DruidError SERVICE_UNAVAILABLE when the database cannot be reached
 */
export async function openMetadataStore(uri: string, options: MetadataStoreOptions = {}): Promise<MetadataStore> {
  const changeLogEntries = options.changeLogEntries ?? CHANGE_LOG_ENTRIES;
  const isPostgres = /^postgres(ql)?:\/\//.test(uri);
  if (isPostgres) await dropPreparedThread();
  const store = isPostgres
    ? await postgresStore(uri, changeLogEntries)
    : sqliteMetadataStore({ path: uri, changeLogEntries });
  try {
    await store.open();
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
  return store;
}

/** Loaded only where it is used: the embedded store needs neither Kysely nor pg in this thread. */
async function postgresStore(uri: string, changeLogEntries: number): Promise<MetadataStore> {
  const { SqlMetadataStore } = await import('./sql-metadata-store.js');
  const { openPostgresDatabase } = await import('./postgres-database.js');
  return new SqlMetadataStore(openPostgresDatabase(uri), {
    changeLogEntries,
    clock: systemClock,
    randomness: systemRandomness,
  });
}
