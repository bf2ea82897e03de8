import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SeededRandomness } from '../../src/platform/randomness.js';
import { EventOracle } from '../support/event-oracle.js';
import { checkExact } from '../support/exact-queries.js';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';
import { StubbornPusher } from './stubborn-pusher.js';
import { deaths, startToDie } from './kill-points.js';
import { nothingIsStray } from './stray-objects.js';
import { supervisorSpec } from './supervisor.js';

const LIVES = Math.round(44 * Math.max(1, Number(process.env['CI_BUDGET'] ?? 1)));
/** How many of a kind a life reaches at most: every push syncs, while commits and renames come with sequences and compactions. */
const MAX_POINT = { fsync: 160, rename: 24, commit: 10 } as const;
const KINDS = ['fsync', 'rename', 'commit'] as const;
const SEED = Math.floor(Math.random() * 2 ** 31);

test(`a process that is killed at ${LIVES} points, right before or after what it writes, counts every event once (seed ${SEED})`, async () => {
  const random = new SeededRandomness(SEED);
  const directory = await mkdtemp(join(tmpdir(), 'millrace-kill-'));
  const server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
  const oracle = new EventOracle(SEED);
  const pusher = new StubbornPusher(server, 'edits', oracle);
  try {
    await server.start();
    const created = await server.post('/druid/indexer/v1/supervisor', supervisorSpec({ type: 'local' }));
    expect(created.status, created.text).toBe(200);
    await server.kill();
    for (let life = 0; life < LIVES; life++) {
      const kind = KINDS[Math.floor(random.nextDouble() * KINDS.length)]!;
      const point = 1 + Math.floor(random.nextDouble() * MAX_POINT[kind]);
      const when = random.nextDouble() < 0.5 ? 'before' : 'after';
      if (!(await startToDie(server, { point, when, kind }))) continue;
      // Each push is a point of its own, so that every life comes to its end.
      while (!server.hasEnded) {
        if ((await pusher.push(60)) !== 200 || random.nextDouble() < 0.7) continue;
        // The connection of a process that dies is no answer.
        await checkExact(server, 'edits', oracle).catch((error: unknown) => {
          if (!(error instanceof TypeError)) throw error;
        });
      }
    }
    await server.start();
    expect(await pusher.push(60)).toBe(200);
    await eventually(async () => {
      const state = await checkExact(server, 'edits', oracle);
      return JSON.stringify(state?.vector) === JSON.stringify(oracle.end) ? state : undefined;
    });
    await nothingIsStray(join(directory, 'metadata.sqlite'), join(directory, 'deep-storage'), 'edits');
    const killed = deaths(server.log);
    process.stdout.write(`killed at ${JSON.stringify(Object.fromEntries(killed))} of seed ${SEED}\n`);
    expect([...killed.values()].reduce((sum, n) => sum + n, 0)).toBe(LIVES);
  } catch (error) {
    console.error(server.log.slice(-4000));
    throw error;
  } finally {
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  }
}, 1_200_000);
