import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';
import { createBucket, requireService } from '../support/services.js';

const s3 = await requireService('s3');
const ROWS = 40_000;

describe.skipIf(!s3.available)('SQL that reads from S3', () => {
  let directory: string;
  let bucket: string;
  let server: MillraceProcess;

  beforeAll(async () => {
    if (!s3.available) return;
    directory = await mkdtemp(join(tmpdir(), 'millrace-sql-s3-'));
    bucket = await createBucket(s3);
    const { endpoint, region, accessKeyId, secretAccessKey } = s3;
    const client = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const put = (Key: string, Body: Buffer | string) =>
      client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    await put('json/a.json', '{"t":"2026-01-01","page":"a","n":1}\n{"t":"2026-01-01","page":"ü","n":9007199254740993}');
    await put('json/b.json.gz', gzipSync('{"t":"2026-01-02","page":"b","n":2}'));
    await put('json/notes.txt', 'no rows');
    await put('csv/a.csv', 't,page,n\n2026-01-01,"a, b",1\n');
    const columnData = [
      { name: 't', data: ['2026-01-01', '2026-01-03'], type: 'STRING' as const },
      { name: 'page', data: ['p', null], type: 'STRING' as const },
      { name: 'n', data: [1n, 9_007_199_254_740_993n], type: 'INT64' as const },
    ];
    await put('parquet/a.parquet', Buffer.from(parquetWriteBuffer({ columnData })));
    const many = Array.from({ length: ROWS }, (_, i) => `{"t":"2026-02-0${1 + (i % 5)}","page":"p${i % 97}","n":${i}}`);
    await put('many/a.json', many.join('\n'));
    client.destroy();
    server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory], env: s3.env });
    await server.start();
  });

  afterAll(async () => {
    if (!s3.available) return;
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  });

  async function submit(query: string): Promise<string> {
    const { status, text } = await server.post('/druid/v2/sql/task', { query });
    expect(status, text).toBe(202);
    return (JSON.parse(text) as { taskId: string }).taskId;
  }

  async function write(query: string): Promise<void> {
    const id = await submit(query);
    const ended = await eventually(async () => {
      const { text } = await server.get(`/druid/indexer/v1/task/${id}/status`);
      const { status } = JSON.parse(text) as { status: { status: string; errorMsg: string | null } };
      return status.status === 'RUNNING' ? undefined : status;
    });
    expect(ended).toMatchObject({ status: 'SUCCESS', errorMsg: null });
  }

  async function rowsOf(query: string): Promise<unknown> {
    const { status, text } = await server.post('/druid/v2/sql', { query, resultFormat: 'array' });
    expect(status, text).toBe(200);
    return text.trim();
  }

  const COLUMNS = 't VARCHAR, page VARCHAR, n BIGINT';
  const replace = (from: string): string =>
    `REPLACE INTO t OVERWRITE ALL SELECT TIME_PARSE(t) AS __time, page, n FROM ${from} PARTITIONED BY DAY`;
  const extern = (source: object, format: object): string =>
    `TABLE(EXTERN('${JSON.stringify({ type: 's3', ...source })}', '${JSON.stringify(format)}')) EXTEND (${COLUMNS})`;

  test('JSON, CSV and Parquet by EXTERN and by S3(...) give the same rows', async () => {
    const json = '[["a",1],["b",2],["ü",9007199254740993]]';
    const csv = '[["a, b",1]]';
    const parquet = '[[null,9007199254740993],["p",1]]';
    const cases: readonly (readonly [string, string])[] = [
      [extern({ uris: [`s3://${bucket}/json/a.json`, `s3://${bucket}/json/b.json.gz`] }, { type: 'json' }), json],
      [extern({ prefixes: [`s3://${bucket}/json/`], objectGlob: '**.{json,json.gz}' }, { type: 'json' }), json],
      [
        `TABLE(S3(uris => ARRAY['s3://${bucket}/json/a.json', 's3://${bucket}/json/b.json.gz'], format => 'json')) (${COLUMNS})`,
        json,
      ],
      [extern({ objects: [{ bucket, path: 'csv/a.csv' }] }, { type: 'csv', findColumnsFromHeader: true }), csv],
      [
        `TABLE(S3(bucket => '${bucket}', objects => ARRAY['csv/a.csv'], format => 'csv', skipRows => 1)) (${COLUMNS})`,
        csv,
      ],
      [extern({ prefixes: [`s3://${bucket}/parquet/`] }, { type: 'parquet' }), parquet],
      [`TABLE(S3(prefixes => ARRAY['s3://${bucket}/parquet/'], format => 'parquet')) (${COLUMNS})`, parquet],
    ];
    for (const [from, expected] of cases) {
      await write(replace(from));
      expect(await rowsOf('SELECT page, SUM(n) FROM t GROUP BY page ORDER BY page'), from).toBe(expected);
    }
  });

  test('the place of an object is a field of its rows', async () => {
    const source = {
      uris: [`s3://${bucket}/json/a.json`],
      systemFields: ['__file_uri', '__file_bucket', '__file_path'],
    };
    const from = `TABLE(EXTERN('${JSON.stringify({ type: 's3', ...source })}', '{"type":"json"}'))
      EXTEND (${COLUMNS}, __file_uri VARCHAR, __file_bucket VARCHAR, __file_path VARCHAR)`;
    await write(
      `REPLACE INTO places OVERWRITE ALL SELECT TIME_PARSE(t) AS __time, __file_uri AS u, __file_bucket AS b, __file_path AS p FROM ${from} PARTITIONED BY ALL`,
    );
    expect(await rowsOf('SELECT DISTINCT u, b, p FROM places')).toBe(
      `[["s3://${bucket}/json/a.json","${bucket}","json/a.json"]]`,
    );
  });

  test('an object that is not there fails the task and says which', async () => {
    const id = await submit(replace(extern({ uris: [`s3://${bucket}/none.json`] }, { type: 'json' })));
    const ended = await eventually(async () => {
      const { text } = await server.get(`/druid/indexer/v1/task/${id}/status`);
      const { status } = JSON.parse(text) as { status: { status: string; errorMsg: string } };
      return status.status === 'RUNNING' ? undefined : status;
    });
    expect(ended.status).toBe('FAILED');
    expect(ended.errorMsg).toContain('none.json');
  });

  test('an INSERT that kill -9 meets anywhere is there as a whole or not at all', async () => {
    const source = extern({ uris: [`s3://${bucket}/many/a.json`] }, { type: 'json' });
    const query = `INSERT INTO many SELECT TIME_PARSE(t) AS __time, page, n FROM ${source} PARTITIONED BY DAY`;
    for (const waitMs of [0, 150, 300, 450, 600, 900]) {
      await submit(query);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      await server.kill();
      await server.start();
      const known = await rowsOf(`SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME = 'many'`);
      if (known === '[[0]]') continue;
      const [[count, sum]] = JSON.parse(String(await rowsOf('SELECT COUNT(*), SUM(n) FROM many'))) as [
        [number, number],
      ];
      expect(count % ROWS).toBe(0);
      expect(sum).toBe((count / ROWS) * ((ROWS * (ROWS - 1)) / 2));
    }
    await write(query);
    const [[count]] = JSON.parse(String(await rowsOf('SELECT COUNT(*) FROM many'))) as [[number]];
    expect(count).toBeGreaterThan(0);
    expect(count % ROWS).toBe(0);
  });
});
