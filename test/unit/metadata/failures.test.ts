import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import LibsqlDatabase from 'libsql';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, requireService } from '../../support/services.js';
import { openMetadataStore } from '../../../src/metadata/open-metadata-store.js';

const postgres = await requireService('postgres');

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-metadata-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('a server that is away is an error that callers can retry, without the password in it', async () => {
  const opening = openMetadataStore('postgres://user:sesame@127.0.0.1:1/db');
  await expect(opening).rejects.toMatchObject({
    category: 'SERVICE_UNAVAILABLE',
    message: expect.stringMatching(
      /^Metadata store \[postgres:\/\/127\.0\.0\.1:1\/db\] is not available: .*ECONNREFUSED/,
    ),
  });
  await expect(opening).rejects.not.toThrow(/sesame/);
});

test('a file that cannot be opened is named', async () => {
  await expect(openMetadataStore(join(directory, 'no', 'such', 'dir', 'm.db'))).rejects.toMatchObject({
    category: 'SERVICE_UNAVAILABLE',
    message: expect.stringMatching(/^Metadata store \[.*m\.db\] cannot be opened/),
  });
});

test('what was committed is there when the file is opened again', async () => {
  const path = join(directory, 'm.db');
  const first = await openMetadataStore(path);
  await first.acquireLease('l', 'a', 60_000);
  await first.close();
  const second = await openMetadataStore(path);
  expect(await second.snapshot()).toMatchObject({ s: 1, leases: [{ name: 'l', epoch: 1 }] });
  await second.close();
});

test('a store written by a newer version is left alone', async () => {
  const path = join(directory, 'm.db');
  await (await openMetadataStore(path)).close();
  const file = new LibsqlDatabase(path);
  file.exec('insert into schema_version (version) values (99)');
  file.close();
  await expect(openMetadataStore(path)).rejects.toMatchObject({
    category: 'UNSUPPORTED',
    message: expect.stringContaining('has schema version [99]'),
  });
});

test('a closed store answers with an error', async () => {
  const store = await openMetadataStore(join(directory, 'm.db'));
  await store.close();
  await expect(store.currentS()).rejects.toMatchObject({ category: 'SERVICE_UNAVAILABLE' });
});

test.skipIf(!postgres.available)(
  'after the server dropped its connections a store goes on, hints included',
  async () => {
    if (!postgres.available) return;
    const database = await createDatabase(postgres);
    const store = await openMetadataStore(database.url);
    const other = await openMetadataStore(database.url);
    await store.acquireLease('l', 'a', 60_000);
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await admin.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await admin.end();
    const hints: number[] = [];
    store.onCommit((s) => hints.push(s));
    // The listening connection is made again after a while; commits may fail until the pool has noticed.
    for (let i = 0; hints.length === 0 && i < 300; i++) {
      await other.acquireLease(`l${i}`, 'b', 60_000).catch((error: unknown) => {
        expect(error).toMatchObject({ category: 'SERVICE_UNAVAILABLE' });
      });
      await sleep(100);
    }
    expect(hints[0]).toBeGreaterThan(1);
    expect(await store.currentS()).toBe(await other.currentS());
    await Promise.all([store.close(), other.close()]);
    await database.drop();
  },
);
