import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silenceAwsSdkNotice } from '../../../src/config/aws-sdk-notice.js';
import type { DeepStorage } from '../../../src/deep-storage/deep-storage.js';
import { MemoryDeepStorage } from '../../../src/deep-storage/memory.js';
import { openDeepStorage } from '../../../src/deep-storage/open-deep-storage.js';
import { createBucket, requireService } from '../../support/services.js';

interface StorageKind {
  readonly name: string;
  create(directory: string): Promise<DeepStorage>;
}

// createBucket makes an AWS client before openDeepStorage does.
silenceAwsSdkNotice();
const s3 = await requireService('s3');
if (s3.available) Object.assign(process.env, s3.env);

const kinds: StorageKind[] = [
  { name: 'memory', create: async () => new MemoryDeepStorage() },
  { name: 'a directory', create: (directory) => openDeepStorage(join(directory, 'storage')) },
];
if (s3.available) {
  kinds.push({
    name: 'S3',
    create: async () => openDeepStorage(`s3://${await createBucket(s3)}/some/prefix/`),
  });
}

async function keysOf(storage: DeepStorage, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys.sort();
}

describe.each(kinds)('deep storage in $name', (kind) => {
  let directory: string;
  let storage: DeepStorage;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-deep-'));
    storage = await kind.create(directory);
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('an object comes back as it was put, whole and by range', async () => {
    const bytes = new Uint8Array(randomBytes(10_000));
    await storage.put('wiki/2025/a b+ü/data.arrow', bytes);
    const key = 'wiki/2025/a b+ü/data.arrow';
    expect(new Uint8Array((await storage.get(key))!)).toEqual(bytes);
    expect(await storage.size(key)).toBe(10_000);
    expect(new Uint8Array((await storage.getRange(key, 0, 1))!)).toEqual(bytes.slice(0, 1));
    expect(new Uint8Array((await storage.getRange(key, 4_321, 1_000))!)).toEqual(bytes.slice(4_321, 5_321));
    expect(new Uint8Array((await storage.getRange(key, 9_999, 1))!)).toEqual(bytes.slice(9_999));
    expect(await storage.getRange(key, 10_000, 0)).toHaveLength(0);
  });

  test('an empty object is there', async () => {
    await storage.put('empty', new Uint8Array(0));
    expect(await storage.get('empty')).toHaveLength(0);
    expect(await storage.size('empty')).toBe(0);
  });

  test('an absent object is a return value', async () => {
    expect(await storage.get('no/such')).toBeUndefined();
    expect(await storage.getRange('no/such', 0, 10)).toBeUndefined();
    expect(await storage.getRange('no/such', 0, 0)).toBeUndefined();
    expect(await storage.size('no/such')).toBeUndefined();
    expect(await storage.getFile('no/such', join(directory, 'target'))).toBe(false);
    await storage.delete('no/such');
    expect(await readdir(directory)).not.toContain('target');
  });

  test('a range beyond the end is an error, not a short answer', async () => {
    await storage.put('short', new Uint8Array(100));
    await expect(storage.getRange('short', 50, 51)).rejects.toThrow('is shorter than [101] bytes');
    await expect(storage.getRange('short', 200, 10)).rejects.toThrow('is shorter than [210] bytes');
  });

  test('files go up and come down, small ones and ones of several parts', async () => {
    for (const size of [0, 1_000, 40 * 1024 * 1024 + 17]) {
      const bytes = randomBytes(size);
      const path = join(directory, 'source');
      await writeFile(path, bytes);
      await storage.putFile(`file/${size}`, path);
      expect(await storage.size(`file/${size}`)).toBe(size);
      expect(await storage.getFile(`file/${size}`, join(directory, 'target'))).toBe(true);
      expect((await readFile(join(directory, 'target'))).equals(bytes)).toBe(true);
    }
    expect((await readdir(directory)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('lists by prefix, whether or not the prefix ends a name', async () => {
    for (const key of ['a/1/x', 'a/1/y', 'a/10/x', 'b/1/x']) await storage.put(key, new Uint8Array([1, 2]));
    expect(await keysOf(storage, 'a/')).toEqual(['a/1/x', 'a/1/y', 'a/10/x']);
    expect(await keysOf(storage, 'a/1')).toEqual(['a/1/x', 'a/1/y', 'a/10/x']);
    expect(await keysOf(storage, 'a/1/')).toEqual(['a/1/x', 'a/1/y']);
    expect(await keysOf(storage, '')).toEqual(['a/1/x', 'a/1/y', 'a/10/x', 'b/1/x']);
    expect(await keysOf(storage, 'c/')).toEqual([]);
    for await (const found of storage.list('b/')) expect(found.size).toBe(2);
  });

  test('a deleted object is gone', async () => {
    await storage.put('a/b', new Uint8Array(1));
    await storage.delete('a/b');
    expect(await storage.get('a/b')).toBeUndefined();
    expect(await keysOf(storage, 'a/')).toEqual([]);
  });

  test('keys that would leave the storage are refused', async () => {
    for (const key of ['../x', 'a/../../x', '/x', 'a//b', '']) {
      await expect(storage.put(key, new Uint8Array(1))).rejects.toThrow('cannot be stored');
    }
  });
});

describe('deep storage locations', () => {
  test('an unknown scheme is named in the error', async () => {
    await expect(openDeepStorage('gs://bucket/x')).rejects.toThrow('Deep storage [gs://bucket/x] is neither');
    await expect(openDeepStorage('s3://')).rejects.toThrow('neither a directory nor s3://bucket/prefix');
  });

  test.skipIf(!s3.available)('a refusal names the storage and the reason, and is not retried', async () => {
    const storage = await openDeepStorage('s3://no-such-bucket-of-ours');
    await expect(storage.get('x')).rejects.toMatchObject({
      category: 'RUNTIME_FAILURE',
      message: expect.stringMatching(
        /^Deep storage \[s3:\/\/no-such-bucket-of-ours\] refuses .*NoSuchBucket/,
      ) as string,
    });
  });

  test('the AWS SDK is loaded for s3:// only, and its notice about Node versions reaches nobody', async () => {
    const module = new URL('../../../src/deep-storage/open-deep-storage.ts', import.meta.url).href;
    const script = `
      import { openDeepStorage } from ${JSON.stringify(module)};
      const { createRequire } = await import('node:module');
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('aws-sdk'));
      await openDeepStorage('/nowhere');
      const before = loaded();
      await openDeepStorage('s3://bucket/prefix');
      console.log(before, loaded());`;
    const { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: _, ...env } = process.env;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const run = await promisify(execFile)(process.execPath, args, { env });
    expect(run).toMatchObject({ stdout: 'false true\n', stderr: '' });
  });
});
