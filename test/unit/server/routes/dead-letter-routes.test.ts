import { expect, test } from 'vitest';
import type { StoredDeadLetter, SupervisorRow } from '../../../../src/metadata/metadata-store.js';
import { addDeadLetterRoutes } from '../../../../src/server/http/routes/dead-letter-routes.js';
import { serve } from '../serve.js';

const LETTER: StoredDeadLetter = {
  incarnation: 'topic:1',
  partition: '0',
  offset: 12,
  timestampMs: 1_700_000_000_000,
  reason: 'no timestamp',
  record: Buffer.from('{"page":"é"}'),
};

async function deadLetters(path: string, letters: readonly StoredDeadLetter[], init?: RequestInit): Promise<Response> {
  const known = { id: 'known', dataSource: 'pages' } as SupervisorRow;
  const { url } = await serve((router) =>
    addDeadLetterRoutes(router, {
      store: { deadLetters: (id, limit) => Promise.resolve(id === 'unknown' ? [] : letters.slice(0, limit)) },
      view: { supervisors: () => [known], refresh: () => Promise.resolve() },
      tasks: { submit: (json) => Promise.resolve({ task: JSON.stringify(json) }) },
    }),
  );
  return fetch(url + path, init);
}

test('letters tell place, time, reason and the record as text', async () => {
  const answer = await deadLetters('/v1/deadLetters/known', [LETTER]);
  expect(await answer.json()).toEqual([
    {
      partition: '0',
      offset: 12,
      incarnation: 'topic:1',
      timestamp: '2023-11-14T22:13:20.000Z',
      reason: 'no timestamp',
      record: '{"page":"é"}',
    },
  ]);
});

test('a record that is no text comes in base64', async () => {
  const answer = await deadLetters('/v1/deadLetters/known', [{ ...LETTER, record: Buffer.from([0xff, 0xfe]) }]);
  expect(await answer.json()).toMatchObject([{ recordBase64: '//4=' }]);
});

test('the limit is kept', async () => {
  const answer = await deadLetters('/v1/deadLetters/known?limit=2', [LETTER, LETTER, LETTER]);
  expect(await answer.json()).toHaveLength(2);
});

test.each(['0', '1001', 'x', '1e2'])('a limit of %s is refused', async (limit) => {
  expect((await deadLetters(`/v1/deadLetters/known?limit=${limit}`, [LETTER])).status).toBe(400);
});

test('a supervisor that nobody knows is 404, one without letters an empty list', async () => {
  const unknown = await deadLetters('/v1/deadLetters/unknown', []);
  expect([unknown.status, await unknown.text()]).toEqual([404, 'Cannot find any supervisor with id: [unknown]']);
  expect(await (await deadLetters('/v1/deadLetters/known', [])).json()).toEqual([]);
});

test('a replay is a task over all letters, or over those that the body names', async () => {
  const submitted = async (init: RequestInit): Promise<unknown> => {
    const answer = await deadLetters('/v1/deadLetters/known/replay', [], { method: 'POST', ...init });
    return JSON.parse(((await answer.json()) as { task: string }).task);
  };
  const task = { type: 'replay_dead_letters', supervisorId: 'known', dataSource: 'pages' };
  expect(await submitted({})).toEqual({ ...task, letters: null });
  const letters = [{ partition: '0', offset: 12 }];
  const headers = { 'content-type': 'application/json' };
  expect(await submitted({ body: JSON.stringify({ letters }), headers })).toEqual({ ...task, letters });
  const unknown = await deadLetters('/v1/deadLetters/unknown/replay', [], { method: 'POST' });
  expect(unknown.status).toBe(404);
});
