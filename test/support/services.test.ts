import { afterEach, describe, expect, test, vi } from 'vitest';
import { createBucket, createDatabase, createTopic, produce, requireService } from './services.js';

const kafka = await requireService('kafka');
const s3 = await requireService('s3');
const postgres = await requireService('postgres');

describe('without an address', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test('a service is unavailable and the reason says how to run it', async () => {
    vi.stubEnv('CI', '');
    vi.spyOn(console, 'warn').mockReturnValue();
    vi.stubEnv('MILLRACE_TEST_KAFKA', undefined);
    const service = await requireService('kafka');
    expect(service).toMatchObject({ available: false, reason: expect.stringContaining('docker compose up') });
  });

  test('nothing is skipped under CI=true', async () => {
    vi.stubEnv('CI', 'true');
    vi.stubEnv('MILLRACE_TEST_KAFKA', undefined);
    await expect(requireService('kafka')).rejects.toThrow('MILLRACE_TEST_KAFKA is not set');
  });

  test('an address where nobody answers is an error', async () => {
    vi.stubEnv('MILLRACE_TEST_POSTGRES', 'postgresql://a:b@127.0.0.1:1/c');
    await expect(requireService('postgres')).rejects.toThrow('nobody answers');
  });
});

test.skipIf(!kafka.available)('a topic holds what was produced to each partition', async () => {
  if (!kafka.available) return;
  const topic = await createTopic(kafka, { partitions: 2 });
  const sent = await produce(kafka, topic, [
    { value: 'a', partition: 0 },
    { value: 'b', partition: 1, timestampMs: 1000, headers: { h: 'x' } },
    { value: null, key: 'k', partition: 1 },
  ]);
  expect(sent).toBe(3);
  const { Kafka } = await import('kafkajs');
  const admin = new Kafka({ brokers: [...kafka.brokers] }).admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  expect(Object.fromEntries(offsets.map(({ partition, high }) => [partition, high]))).toEqual({ 0: '1', 1: '2' });
});

test.skipIf(!s3.available)('a bucket takes an object through the environment variables of the SDK', async () => {
  if (!s3.available) return;
  const bucket = await createBucket(s3);
  for (const [name, value] of Object.entries(s3.env)) vi.stubEnv(name, value);
  const { GetObjectCommand, PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({ forcePathStyle: true });
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a/b', Body: 'text' }));
  const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'a/b', Range: 'bytes=1-2' }));
  expect(await object.Body?.transformToString()).toBe('ex');
  client.destroy();
  vi.unstubAllEnvs();
});

test.skipIf(!postgres.available)('a database is empty, and gone after drop', async () => {
  if (!postgres.available) return;
  const database = await createDatabase(postgres);
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const tables = await client.query(`select 1 from pg_tables where schemaname = 'public'`);
  await client.end();
  expect(tables.rowCount).toBe(0);
  await database.drop();
  await expect(new pg.Client({ connectionString: database.url }).connect()).rejects.toThrow('does not exist');
});
