import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem as fs } from '../../../src/platform/node-file-system.js';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'millrace-fs-'));
});
afterEach(() => rm(dir, { recursive: true }));

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString();

test('an atomic write replaces the file and leaves nothing else behind', async () => {
  const path = join(dir, 'a');
  await fs.writeAtomic(path, Buffer.from('one'));
  await fs.writeAtomic(path, [Buffer.from('tw'), Buffer.from('o')]);
  expect(text(await fs.readFile(path))).toBe('two');
  expect(await fs.readdir(dir)).toEqual(['a']);
});

test('an atomic write that fails leaves no temporary file', async () => {
  await fs.mkdir(join(dir, 'x/y'));
  await expect(fs.writeAtomic(join(dir, 'x'), Buffer.from('one'))).rejects.toThrow();
  expect(await fs.readdir(dir)).toEqual(['x']);
});

test('ranges are read exactly, and beyond the end is an error', async () => {
  const path = join(dir, 'a');
  await fs.writeAtomic(path, Buffer.from('0123456789'));
  const handle = await fs.openRead(path);
  const target = new Uint8Array(4);
  await handle.read(target, 3, 4);
  expect([handle.sizeBytes, text(target)]).toEqual([10, '3456']);
  await expect(handle.read(target, 8, 4)).rejects.toThrow('File ends at [10]');
  await handle.close();
});

test('appends continue where an earlier handle stopped, and can be cut', async () => {
  const path = join(dir, 'log');
  for (const part of ['one', 'two']) {
    const handle = await fs.openAppend(path);
    await handle.append(Buffer.from(part));
    await handle.sync();
    await handle.close();
  }
  const handle = await fs.openAppend(path);
  await handle.truncate(4);
  await handle.append(Buffer.from('!'));
  expect([handle.sizeBytes, text(await fs.readFile(path))]).toEqual([5, 'onet!']);
  await handle.close();
});

test('absent things are no errors', async () => {
  const path = join(dir, 'none');
  expect([await fs.stat(path), await fs.readFile(path), await fs.readdir(path)]).toEqual([undefined, undefined, []]);
  await fs.remove(path);
});

test('a lock has one holder, is free after release, and survives no dead process', async () => {
  const path = join(dir, 'lock');
  const first = await fs.lock(path);
  expect(first).toBeDefined();
  expect(await fs.lock(path)).toBeUndefined();
  await first?.release();
  // The id of this process, but of an earlier life of the machine.
  await writeFile(path, `${process.pid} 1`);
  await (await fs.lock(path))?.release();
  expect(await fs.stat(path)).toBeUndefined();
  // Process ids end at 4,194,304: no process has this one.
  await writeFile(path, '99999999 1');
  const second = await fs.lock(path);
  expect(second).toBeDefined();
  await second?.release();
  expect(await fs.readdir(dir)).toEqual([]);
});
