import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogRecord } from '../../../../src/streams/local-log/frame.js';
import { LocalLogService } from '../../../../src/streams/local-log/local-log-service.js';
import { LocalLogSource } from '../../../../src/streams/local-log/local-log-source.js';
import { numbered, Reader, until } from '../source-suite.js';

const rows = (from: number, to: number): LogRecord[] =>
  numbered(from, to).map((value) => ({ value: Buffer.from(value) }));

describe('the local log service', () => {
  let directory: string;
  let service: LocalLogService;
  const reopen = async (): Promise<void> => {
    await service.close();
    service = new LocalLogService({ directory });
  };
  const segment = (): string => join(directory, 'events', '0', '00000000000000000000.log');
  const readAll = async (count: number): Promise<string[]> => {
    const reader = await new Reader(new LocalLogSource({ directory, stream: 'events' })).start({ 0: 0 });
    await until(() => reader.values.length >= count, 'all rows are read');
    await reader.source.stop();
    return reader.values;
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-log-'));
    service = new LocalLogService({ directory });
  });
  afterEach(async () => {
    await service.close();
    await rm(directory, { recursive: true });
  });

  test('appends get consecutive offsets and are on disk when acknowledged', async () => {
    expect(await service.append('events', rows(0, 3))).toEqual({
      partition: '0',
      firstOffset: 0,
      count: 3,
      duplicate: false,
    });
    expect(await service.append('events', rows(3, 5))).toMatchObject({ firstOffset: 3, count: 2 });
    expect((await readFile(segment())).toString('latin1')).toContain('row 4');
  });

  test('appends made at once keep their order and their own offsets', async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => service.append('events', rows(i * 2, i * 2 + 2))),
    );
    expect(results.map((result) => result.firstOffset)).toEqual(Array.from({ length: 50 }, (_, i) => i * 2));
    expect(await readAll(100)).toEqual(numbered(0, 100));
  });

  test('a push retried after a restart is not appended twice', async () => {
    const producer = { id: 'sensor 7', sequenceNumber: 4 };
    const first = await service.append('events', rows(0, 3), producer);
    await service.append('events', rows(3, 4), { ...producer, sequenceNumber: 5 });
    await reopen();
    expect(await service.append('events', rows(0, 3), producer)).toEqual({ ...first, duplicate: true });
    expect((await service.bounds('events')).get('0')).toEqual({ earliest: 0, latest: 4 });
  });

  test('a retry that overtakes its first try gets the same result', async () => {
    const producer = { id: 'a', sequenceNumber: 0 };
    const [first, second] = await Promise.all([
      service.append('events', rows(0, 3), producer),
      service.append('events', rows(0, 3), producer),
    ]);
    expect(second).toEqual({ ...first, duplicate: true });
  });

  test('pushes are remembered over the ends of segment files', async () => {
    await service.close();
    service = new LocalLogService({ directory, segmentBytes: 100 });
    for (let i = 0; i < 10; i++) await service.append('events', rows(i, i + 1), { id: 'a', sequenceNumber: i });
    await reopen();
    expect(await service.append('events', rows(9, 10), { id: 'a', sequenceNumber: 9 })).toMatchObject({
      firstOffset: 9,
      duplicate: true,
    });
    await expect(service.append('events', rows(0, 1), { id: 'a', sequenceNumber: 0 })).rejects.toMatchObject({
      category: 'CONFLICT',
    });
  });

  test.each([1, 8, 30])('a tail torn by a crash (%i bytes left of it) is cut at open', async (kept) => {
    await service.append('events', rows(0, 5));
    const { size } = await stat(segment());
    await service.append('events', rows(5, 6));
    await service.close();
    await truncate(segment(), size + kept);
    service = new LocalLogService({ directory });
    expect((await service.bounds('events')).get('0')).toEqual({ earliest: 0, latest: 5 });
    expect((await stat(segment())).size).toBe(size);
    await service.append('events', rows(5, 6));
    expect(await readAll(6)).toEqual(numbered(0, 6));
  });

  test('garbage after the last frame is cut at open', async () => {
    await service.append('events', rows(0, 5));
    await service.close();
    await appendFile(segment(), Buffer.alloc(100, 7));
    service = new LocalLogService({ directory });
    await service.append('events', rows(5, 7));
    expect(await readAll(7)).toEqual(numbered(0, 7));
  });

  test('a reader names file and checksums of a corrupt frame and delivers nothing of it', async () => {
    await service.append('events', rows(0, 5));
    const bytes = await readFile(segment());
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(segment(), bytes);
    const reader = await new Reader(new LocalLogSource({ directory, stream: 'events' })).start({ 0: 0 });
    await until(() => reader.troubles.length > 0, 'the corruption is reported');
    expect(reader.troubles[0]!.message).toMatch(
      /\.log\] is corrupt at byte \[0\]: expected checksum \[\w+\], found \[\w+\]/,
    );
    expect(reader.values).toEqual([]);
    await reader.source.stop();
  });

  test('trimming deletes the oldest files down to a size, and none with records from the offset on', async () => {
    await service.close();
    service = new LocalLogService({ directory, segmentBytes: 200 });
    for (let i = 0; i < 100; i++) await service.append('events', rows(i, i + 1));
    const sizeBytes = async (): Promise<number> => {
      const names = (await readdir(join(directory, 'events', '0'))).filter((name) => name.endsWith('.log'));
      const stats = await Promise.all(names.map((name) => stat(join(directory, 'events', '0', name))));
      return stats.reduce((sum, { size }) => sum + size, 0);
    };
    await service.trim('events', { 0: 100 }, 1_000);
    const kept = (await service.bounds('events')).get('0')!;
    expect(kept.latest).toBe(100);
    expect(kept.earliest).toBeGreaterThan(50);
    expect(await sizeBytes()).toBeGreaterThan(700);
    expect(await sizeBytes()).toBeLessThanOrEqual(1_000);
    await service.trim('events', { 0: 90 }, 0);
    const trimmed = (await service.bounds('events')).get('0')!;
    expect(trimmed.earliest).toBeGreaterThan(kept.earliest);
    expect(trimmed.earliest).toBeLessThanOrEqual(90);
    await reopen();
    expect((await service.bounds('events')).get('0')).toEqual(trimmed);
  });

  test('a log keeps its number of partitions and its incarnation; one made anew is another', async () => {
    const meta = await service.create('events', 3);
    await reopen();
    expect(await service.create('events', 1)).toEqual(meta);
    await service.close();
    await rm(join(directory, 'events'), { recursive: true });
    service = new LocalLogService({ directory });
    expect((await service.create('events', 3)).id).not.toBe(meta.id);
  });

  test('a stream name is no way out of the directory', async () => {
    await service.append('../outside/..', rows(0, 1));
    expect(await readdir(directory)).toEqual(['%2E%2E%2Foutside%2F%2E%2E']);
  });
});
