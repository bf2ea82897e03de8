import { spawnSync } from 'node:child_process';
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KafkaFeed, range, rows, type StreamStatus } from '../support/kafka-feed.js';
import { eventually, freePort, MillraceProcess, sleep } from '../support/millrace-process.js';
import { requireService } from '../support/services.js';

const MEBIBYTE = 2 ** 20;
const DISK_BYTES = 64 * MEBIBYTE;
const RESERVE_BYTES = 16 * MEBIBYTE;
/** Longer than a lease holds that cannot be renewed. */
const FULL_MS = 12_000;

const kafka = await requireService('kafka');
const directory = await mkdtemp(join(tmpdir(), 'millrace-disk-full-'));
/** A disk of its own takes the right to mount one. */
function mountDisk(): string | undefined {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', directory]);
  return mounted.status === 0 ? undefined : String(mounted.stderr);
}
const missing = kafka.available ? mountDisk() : kafka.reason;

if (!kafka.available || missing !== undefined) {
  test.skip(`${missing}`, () => {});
} else {
  const server = new MillraceProcess({
    port: await freePort(),
    args: ['--data-dir', directory, '--disk-reserve', String(RESERVE_BYTES)],
  });
  const ballast = join(directory, 'ballast');
  let feed: KafkaFeed;

  beforeEach(async () => {
    await server.start();
    feed = await KafkaFeed.create(server, kafka);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') console.error(server.log.slice(-4000));
    await feed.close();
    await server.kill();
    spawnSync('umount', [directory]);
    await rm(directory, { recursive: true, force: true });
  });

  const inState = (state: string): Promise<StreamStatus> =>
    eventually(async () => {
      const status = await feed.status();
      return status.detailedState === state ? status : undefined;
    });

  /** Takes the room of the disk until so much is left. */
  async function leave(bytes: number): Promise<void> {
    const file = await open(ballast, 'a');
    const block = Buffer.alloc(MEBIBYTE / 16);
    try {
      for (;;) {
        const { bavail, bsize } = await statfs(directory);
        if (bavail * bsize <= bytes) return;
        await file.write(block);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  test('a disk that is full stops ingestion, not queries; with room again everything counts once', async () => {
    await feed.supervise();
    await feed.send(rows(0, 100));
    await feed.caughtUp();
    await eventually(async () => ((await feed.publishedRows()) === 100 ? true : undefined));

    await leave(RESERVE_BYTES / 2);
    const { state, healthy, activeTasks } = await inState('DISK_FULL');
    expect({ state, healthy }).toEqual({ state: 'UNHEALTHY_SUPERVISOR', healthy: false });
    expect(activeTasks.map(({ pausedFor }) => pausedFor)).toEqual(['disk']);
    expect(await feed.metric('millrace_ingest_paused')).toBe(1);
    await feed.send(rows(100, 200));
    expect(await feed.numbers()).toEqual(range(0, 100));

    await leave(0);
    for (let waited = 0; waited < FULL_MS; waited += 500) {
      expect(await feed.numbers()).toEqual(range(0, 100));
      await sleep(500);
    }

    await rm(ballast);
    await inState('RUNNING');
    await feed.caughtUp();
    expect(await feed.numbers()).toEqual(range(0, 200));
    expect(await feed.metric('millrace_ingest_paused')).toBe(0);
    await eventually(async () => ((await feed.publishedRows()) === 200 ? true : undefined));
    expect(await feed.numbers()).toEqual(range(0, 200));
    expect(await feed.deadLetters()).toEqual([]);
  });
}
