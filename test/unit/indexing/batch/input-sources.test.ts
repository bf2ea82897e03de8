import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import avro from 'avsc';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBatchTask } from '../../../../src/indexing/batch/run-batch-task.js';
import { storedRecords } from '../../../../src/indexing/batch/stored-records.js';
import type { DataSchema } from '../../../../src/indexing/spec/data-schema.js';
import { parseBatchSpec } from '../../../../src/indexing/spec/batch-spec.js';

const ETERNITY = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };
let root = '';
let made = 0;
let server: Server;
let url = '';
const files = new Map<string, Uint8Array>();
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-sources-'));
  server = createServer((request, response) => {
    const body = files.get(request.url!.replace(/\?.*/, ''));
    if (request.headers.authorization === `Basic ${Buffer.from('u:wrong').toString('base64')}`)
      response.writeHead(401).end();
    else if (request.url === '/data/away') response.writeHead(302, { location: '/elsewhere' }).end();
    else if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await rm(root, { recursive: true, force: true });
});

async function run(inputSource: object, inputFormat: object = { type: 'json' }, dimensions: readonly string[] = ['a']) {
  const spec = parseBatchSpec({
    type: 'index_parallel',
    spec: {
      dataSchema: {
        dataSource: 'x',
        timestampSpec: { column: 't', format: 'auto' },
        dimensionsSpec: { dimensions },
        granularitySpec: { segmentGranularity: 'DAY', rollup: false },
      },
      ioConfig: { type: 'index_parallel', inputSource, inputFormat },
    },
  });
  const tempDir = join(root, `task-${made++}`);
  await mkdir(tempDir);
  const access = { allowLocal: [root], allowHttp: [`${url}/data`] };
  return runBatchTask(spec, { access, tempDir, nowMs: () => 0 });
}

async function rowsOf(segments: readonly { readonly directory: string }[]): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (const { directory } of segments) {
    for await (const records of storedRecords(directory, { metricsSpec: [] } as unknown as DataSchema, ETERNITY))
      rows.push(...records);
  }
  return rows;
}

describe('http', () => {
  it('reads files under an allowed address, packed ones too', async () => {
    files.set('/data/a.json', Buffer.from('{"t":1,"a":"x"}\n{"t":2}'));
    files.set('/data/b.json.gz', gzipSync('{"t":1,"a":"y"}'));
    const source = { type: 'http', uris: [`${url}/data/a.json`, `${url}/data/b.json.gz?x=1`] };
    const { rowStats, segments } = await run(source);
    expect([rowStats.processed, segments[0]!.numRows]).toEqual([3, 3]);
  });

  it('refuses other addresses, redirects to them, other protocols and bad answers', async () => {
    files.set('/elsewhere', Buffer.from('{"t":1}'));
    await expect(run({ type: 'http', uris: [`${url}/elsewhere`] })).rejects.toMatchObject({ status: 403 });
    await expect(run({ type: 'http', uris: [`${url}/data/../elsewhere`] })).rejects.toMatchObject({ status: 403 });
    await expect(run({ type: 'http', uris: [`${url}/data/away`] })).rejects.toMatchObject({ status: 403 });
    await expect(run({ type: 'http', uris: ['file:///etc/passwd'] })).rejects.toMatchObject({ status: 400 });
    await expect(run({ type: 'http', uris: [`${url}/data/none`] })).rejects.toThrow('status [404]');
    const login = {
      httpAuthenticationUsername: 'u',
      httpAuthenticationPassword: { type: 'default', password: 'wrong' },
    };
    await expect(run({ type: 'http', uris: [`${url}/data/a.json`], ...login })).rejects.toThrow('status [401]');
  });
});

describe('combining', () => {
  it('reads its delegates in order', async () => {
    await writeFile(join(root, 'c.json'), '{"t":1,"a":"file"}');
    const delegates = [
      { type: 'inline', data: '{"t":1,"a":"inline"}' },
      { type: 'local', files: [join(root, 'c.json')] },
    ];
    expect((await run({ type: 'combining', delegates })).rowStats.processed).toBe(2);
  });
});

describe('systemFields', () => {
  it('are fields of records of any format, which dimensions, but not discovery, take', async () => {
    const plain = join(root, 'where.json');
    await writeFile(plain, '{"t":1,"a":"x"}');
    const columnData = [
      { name: 't', data: [new Date(1)], type: 'TIMESTAMP' as const },
      { name: 'a', data: ['x'], type: 'STRING' as const },
    ];
    const packed = join(root, 'where.parquet');
    await writeFile(packed, Buffer.from(parquetWriteBuffer({ columnData })));
    files.set('/data/where.csv', Buffer.from('1,x'));
    const uri = `${url}/data/where.csv`;
    const systemFields = ['__file_uri', '__file_path'];
    const csv = { type: 'csv', columns: ['t', 'a'] };
    const cases = [
      [{ type: 'local', files: [plain], systemFields }, { type: 'json' }, `file:${plain}`, plain],
      [{ type: 'local', files: [packed], systemFields }, { type: 'parquet' }, `file:${packed}`, packed],
      [{ type: 'http', uris: [uri], systemFields }, csv, uri, '/data/where.csv'],
    ] as const;
    for (const [source, format, fileUri, path] of cases) {
      const named = await run(source, format, ['a', ...systemFields]);
      expect(await rowsOf(named.segments)).toEqual([{ __time: 1, a: 'x', __file_uri: fileUri, __file_path: path }]);
      const discovered = await run(source, format, []);
      expect(discovered.segments[0]!.dimensions).toEqual(['a']);
    }
    await expect(run({ type: 'local', files: [plain], systemFields: ['__nope'] })).rejects.toMatchObject({
      status: 400,
    });
  });
});

describe('s3', () => {
  it('an endpoint of the spec must be allowed', async () => {
    const source = { type: 's3', uris: ['s3://b/k'], endpointConfig: { url: 'http://169.254.169.254/' } };
    await expect(run(source)).rejects.toMatchObject({ status: 403 });
  });
});

describe('parquet', () => {
  it('rows of columns, times and lists as other formats have them', async () => {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 't', data: [new Date(5), new Date(6)], type: 'TIMESTAMP' },
        { name: 'a', data: ['x', null], type: 'STRING' },
        { name: 'n', data: [9_007_199_254_740_993n, 2n], type: 'INT64' },
      ],
    });
    await writeFile(join(root, 'd.parquet'), Buffer.from(bytes));
    files.set('/data/d.parquet', Buffer.from(bytes));
    for (const source of [
      { type: 'local', files: [join(root, 'd.parquet')] },
      { type: 'http', uris: [`${url}/data/d.parquet`] },
    ]) {
      const { rowStats, segments } = await run(source, { type: 'parquet' }, ['a', 'n']);
      expect(rowStats.processed).toBe(2);
      expect(segments[0]).toMatchObject({ numRows: 2, minTimeMs: 5, maxTimeMs: 6, dimensions: ['a', 'n'] });
    }
    // Its footer names bytes that are not there.
    await writeFile(join(root, 'short.parquet'), Buffer.from(bytes).subarray(-(bytes.byteLength - 60)));
    await expect(run({ type: 'local', files: [join(root, 'short.parquet')] }, { type: 'parquet' })).rejects.toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining('cannot be read as Parquet') as string }),
    );
    await writeFile(join(root, 'bad.parquet'), 'no parquet at all, whatever its name');
    await expect(run({ type: 'local', files: [join(root, 'bad.parquet')] }, { type: 'parquet' })).rejects.toThrow(
      'cannot be read as Parquet',
    );
  });
});

describe('avro_ocf', () => {
  it('rows of the records of a container, whatever its codec', async () => {
    const schema = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 't', type: 'long' },
        { name: 'a', type: ['null', 'string'] },
      ],
    };
    for (const codec of ['null', 'deflate']) {
      const path = join(root, `e-${codec}.avro`);
      await new Promise<void>((resolve, reject) => {
        const encoder = avro.createFileEncoder(path, schema as never, { codec } as never);
        encoder.on('error', reject);
        encoder.write({ t: 1, a: 'x' });
        encoder.end({ t: 2, a: null });
        (encoder as unknown as NodeJS.WritableStream).on('finish', () => setImmediate(resolve));
      });
      const source = { type: 'local', files: [path] };
      const result = await run(source, { type: 'avro_ocf' });
      expect([result.rowStats.processed, result.segments[0]!.numRows]).toEqual([2, 2]);
    }
  });

  it.each([
    ['a list of 2^40 texts', 1, [2, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40], 'truncated buffer'],
    ['more records than there are', 50, [2, 0], 'truncated block'],
  ])('a block that claims %s is an error, and takes no memory for them', async (_name, count, data, message) => {
    const fields = [
      { name: 't', type: 'long' },
      { name: 'tags', type: { type: 'array', items: 'string' } },
    ];
    const schema = JSON.stringify({ type: 'record', name: 'R', fields });
    const text = avro.Type.forSchema('bytes');
    const sync = Buffer.alloc(16, 7);
    const long = (value: number): Buffer => avro.Type.forSchema('long').toBuffer(value);
    const file = Buffer.concat([
      Buffer.from('Obj\u0001'),
      long(1),
      avro.Type.forSchema('string').toBuffer('avro.schema'),
      text.toBuffer(Buffer.from(schema)),
      long(0),
      sync,
      long(count),
      long(data.length),
      Buffer.from(data),
      sync,
    ]);
    await writeFile(join(root, 'lies.avro'), file);
    await expect(run({ type: 'local', files: [join(root, 'lies.avro')] }, { type: 'avro_ocf' })).rejects.toThrow(
      message,
    );
  });

  it('records are read as the schema of the format says: renamed, widened and added fields, others left out', async () => {
    const path = join(root, 'old.avro');
    const fields = [
      { name: 't', type: 'int' },
      { name: 'old', type: 'string' },
      { name: 'gone', type: 'string' },
    ];
    await new Promise<void>((resolve, reject) => {
      const encoder = avro.createFileEncoder(path, { type: 'record', name: 'R', fields } as never);
      encoder.on('error', reject);
      encoder.end({ t: 7, old: 'x', gone: 'y' });
      (encoder as unknown as NodeJS.WritableStream).on('finish', () => setImmediate(resolve));
    });
    const schema = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 't', type: 'long' },
        { name: 'a', type: ['null', 'string'], aliases: ['old'] },
        { name: 'n', type: 'long', default: 3 },
      ],
    };
    const source = { type: 'local', files: [path] };
    const { segments } = await run(source, { type: 'avro_ocf', schema }, []);
    expect(await rowsOf(segments)).toEqual([{ __time: 7, a: 'x', n: '3' }]);
    await expect(run(source, { type: 'avro_ocf', schema: { type: 'nothing' } })).rejects.toMatchObject({ status: 400 });
    const other = { type: 'record', name: 'R', fields: [{ name: 'must', type: 'string' }] };
    await expect(run(source, { type: 'avro_ocf', schema: other })).rejects.toThrow('cannot be read as Avro');
  });
});
