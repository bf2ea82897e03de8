import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventOracle } from '../support/event-oracle.js';
import { freePort, MillraceProcess } from '../support/millrace-process.js';
import { Pusher, superviseEvents } from '../support/pusher.js';

let directory: string;
let server: MillraceProcess;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-terminate-'));
  server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
  await server.start();
});

afterAll(async () => {
  await server.kill();
  await rm(directory, { recursive: true, force: true });
});

test('rows that a terminated supervisor has read stay in every answer while they are published', async () => {
  await superviseEvents(server, 'edits', 'PT1H');
  const oracle = new EventOracle(8);
  const pusher = new Pusher(server, 'edits', oracle);
  const minOffsets = { edits: await pusher.push(300) };
  const all = [{ c: oracle.at(oracle.end).count }];
  const count = async (context: object = {}): Promise<unknown> => {
    const query = 'SELECT COUNT(*) AS c FROM edits';
    return JSON.parse((await server.post('/druid/v2/sql', { query, context })).text);
  };
  expect(await count({ minOffsets })).toEqual(all);
  expect((await server.post('/druid/indexer/v1/supervisor/edits/terminate', {})).status).toBe(200);
  const isPublished = async (): Promise<boolean> => {
    const { text } = await server.get('/druid/coordinator/v1/datasources?simple');
    return (JSON.parse(text) as { properties: { segments: { count: number } } }[]).some(
      ({ properties }) => properties.segments.count > 0,
    );
  };
  do expect(await count()).toEqual(all);
  while (!(await isPublished()));
  for (let i = 0; i < 20; i++) expect(await count()).toEqual(all);
});
