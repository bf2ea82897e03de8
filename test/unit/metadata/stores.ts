import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MetadataStore, NewSegment, PublishSequence } from '../../../src/metadata/metadata-store.js';
import { type MetadataStoreOptions, openMetadataStore } from '../../../src/metadata/open-metadata-store.js';
import { SqlMetadataStore } from '../../../src/metadata/sql-metadata-store.js';
import { openSqliteDatabase } from '../../../src/metadata/sqlite-database.js';
import { systemClock } from '../../../src/platform/clock.js';
import { systemRandomness } from '../../../src/platform/randomness.js';
import { noting } from '../../support/noting.js';
import { createDatabase, requireService } from '../../support/services.js';

/** An empty database that several stores can be opened on, as several nodes would. */
export interface TestDatabase {
  /** Notes what is published by itself. */
  open(options?: MetadataStoreOptions): Promise<MetadataStore>;
  /** As users have it. */
  openStrict(): Promise<MetadataStore>;
  drop(): Promise<void>;
}

export interface DatabaseKind {
  readonly name: string;
  /** Nodes may share it, each with a store of its own. */
  readonly shared: boolean;
  create(): Promise<TestDatabase>;
}

const postgres = await requireService('postgres');

/** SQLite in its thread, as users have it. */
const sqlite = sqliteKind((path, options) => openMetadataStore(path, options));

/** SQLite in the test's own thread: starting a thread for each of many tests takes long. */
const sqliteInThread = sqliteKind(async (path) => {
  const options = { changeLogEntries: 1_000, clock: systemClock, randomness: systemRandomness };
  const store = new SqlMetadataStore(openSqliteDatabase(path, systemClock), options);
  await store.open();
  return store;
});

function sqliteKind(open: (path: string, options?: MetadataStoreOptions) => Promise<MetadataStore>): DatabaseKind {
  return {
    name: 'SQLite',
    shared: false,
    async create() {
      const directory = await mkdtemp(join(tmpdir(), 'millrace-metadata-'));
      return {
        open: async (options) => noting(await open(join(directory, 'metadata.db'), options)),
        openStrict: () => open(join(directory, 'metadata.db')),
        drop: () => rm(directory, { recursive: true }),
      };
    },
  };
}

const withPostgres: readonly DatabaseKind[] = postgres.available
  ? [
      {
        name: 'PostgreSQL',
        shared: true,
        async create() {
          const database = await createDatabase(postgres);
          return {
            open: async (options) => noting(await openMetadataStore(database.url, options)),
            openStrict: () => openMetadataStore(database.url),
            drop: () => database.drop(),
          };
        },
      },
    ]
  : [];

/** SQLite always, PostgreSQL where a server is named. */
export const databaseKinds: readonly DatabaseKind[] = [sqlite, ...withPostgres];

/** The same without the thread of SQLite, for tests that each want an empty database. */
export const statementKinds: readonly DatabaseKind[] = [sqliteInThread, ...withPostgres];

export const HOUR_MS = 3_600_000;
export const T0 = Date.UTC(2025, 0, 1);

/** A segment of [T0 + from, T0 + to) at a path of its own. */
export function newSegment(from: number, to: number, numRows = 10): NewSegment {
  return {
    intervalStartMs: T0 + from,
    intervalEndMs: T0 + to,
    numRows,
    sizeBytes: numRows * 20,
    minTimeMs: T0 + from,
    maxTimeMs: T0 + to - 1,
    dimensions: ['page', 'ünï'],
    metrics: ['count'],
    path: `ds/${from}_${to}/${randomUUID()}`,
  };
}

/** What one owner of `wiki` publishes; it holds the lease that it names. */
export function sequence(
  lease: { readonly epoch: number },
  from: number,
  to: number,
  segments: readonly NewSegment[] = [],
): PublishSequence {
  return {
    supervisorId: 'wiki',
    dataSource: 'wiki',
    lease: { name: 'stream/wiki/0', holder: 'node-a', epoch: lease.epoch },
    stream: 'edits',
    incarnation: 'i1',
    from: { 0: from },
    to: { 0: to },
    segments,
  };
}

export async function usedIds(store: MetadataStore): Promise<string[]> {
  return (await store.snapshot()).segments.map((row) => row.id).sort();
}
