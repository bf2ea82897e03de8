import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogTrimmer } from '../../../src/indexing/stream/log-trimmer.js';
import type { OffsetsRow } from '../../../src/metadata/metadata-store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { LocalLogService } from '../../../src/streams/local-log/local-log-service.js';

let directory: string;
let localLog: LocalLogService;
let incarnation: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-trimmer-'));
  localLog = new LocalLogService({ directory, segmentBytes: 100 });
  incarnation = `local:${(await localLog.create('events', 2)).id}`;
  for (let i = 0; i < 100; i++) await localLog.append('events', [{ key: null, value: Buffer.from(`row ${i}`) }]);
});
afterEach(async () => {
  await localLog.close();
  await rm(directory, { recursive: true });
});

/** Earliest offsets of both partitions after a look. */
async function trimmed(readers: readonly (OffsetsRow | undefined)[], retentionBytes = 0): Promise<readonly number[]> {
  const readersOf = (stream: string) => (stream === 'events' ? readers : []);
  await new LogTrimmer({ localLog, readersOf, retentionBytes, clock: systemClock, log: () => {} }).trim();
  return [...(await localLog.bounds('events')).values()].map(({ earliest }) => earliest);
}

function published(partitions: Readonly<Record<string, number>>, of = incarnation): OffsetsRow {
  return { supervisorId: 'events', stream: 'events', incarnation: of, partitions };
}

test('what all readers have published is deleted, each partition by its own offset', async () => {
  const [p0, p1] = await trimmed([published({ 0: 50, 1: 20 }), published({ 0: 30, 1: 50 })]);
  expect(p0).toBeGreaterThan(20);
  expect(p0).toBeLessThanOrEqual(30);
  expect(p1).toBeGreaterThan(10);
  expect(p1).toBeLessThanOrEqual(20);
});

test('nothing is deleted while a reader has published nothing, of a partition or at all, or there is none', async () => {
  expect(await trimmed([])).toEqual([0, 0]);
  expect(await trimmed([published({ 0: 50, 1: 50 }), undefined])).toEqual([0, 0]);
  expect(await trimmed([published({ 0: 50, 1: 50 }), published({ 1: 0 })])).toEqual([0, 0]);
});

test('offsets of a log of the same name that was made anew, or is on another node, mean nothing here', async () => {
  expect(await trimmed([published({ 0: 50, 1: 50 }, 'local:another')])).toEqual([0, 0]);
});

test('so much is kept as is to be retained', async () => {
  expect(await trimmed([published({ 0: 50, 1: 50 })], 1_000_000)).toEqual([0, 0]);
});
