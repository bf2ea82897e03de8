import { SqlMetadataStore } from '../../../src/metadata/sql-metadata-store.js';
import { openSqliteDatabase } from '../../../src/metadata/sqlite-database.js';
import type { Clock } from '../../../src/platform/clock.js';
import { SeededRandomness } from '../../../src/platform/randomness.js';

/** A metadata store of its own, in memory, on the test's clock. */
export async function openMemoryStore(clock: Clock): Promise<SqlMetadataStore> {
  const options = { changeLogEntries: 10_000, clock, randomness: new SeededRandomness(1) };
  const store = new SqlMetadataStore(openSqliteDatabase(':memory:', clock), options);
  await store.open();
  return store;
}
