import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseSupervisorSpec } from '../../../../src/indexing/spec/supervisor-spec.js';
import {
  addPushElsewhereRoute,
  addPushRoutes,
  type PushRoutesOptions,
} from '../../../../src/server/http/routes/push-routes.js';
import { serve } from '../serve.js';

interface Pushed {
  readonly dataSource: string;
  readonly lines: readonly string[];
  readonly producer: unknown;
}

/** Push routes over a log that only remembers. */
async function pushServer(
  fed: string[] = ['events'],
  refresh: () => void = () => {},
): Promise<{
  readonly pushed: Pushed[];
  readonly specs: unknown[];
  readonly post: (path: string, body: string | Uint8Array, headers?: Record<string, string>) => Promise<Response>;
}> {
  const pushed: Pushed[] = [];
  const specs: unknown[] = [];
  const options: PushRoutesOptions = {
    isFed: (dataSource) => fed.includes(dataSource),
    isTaken: (dataSource) => fed.includes(dataSource) || dataSource === 'kafka_events',
    refresh: () => Promise.resolve(refresh()),
    submitSupervisor: async (spec) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      specs.push(spec);
      fed.push(parseSupervisorSpec(spec).dataSchema.dataSource);
    },
    push: (dataSource, lines, producer) => {
      pushed.push({ dataSource, lines: lines.map((line) => Buffer.from(line).toString('utf8')), producer });
      return Promise.resolve({ partition: '0', firstOffset: 7, count: lines.length, duplicate: false });
    },
  };
  const { url } = await serve((router) => addPushRoutes(router, options));
  const post: Awaited<ReturnType<typeof pushServer>>['post'] = (path, body, headers = {}) =>
    fetch(url + path, { method: 'POST', body, headers });
  return { pushed, specs, post };
}

describe('push', () => {
  test('tells where the records went', async () => {
    const { post, pushed } = await pushServer();
    const answer = await post('/v1/push/events', '{"a":1}\n{"a":2}\n');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ partition: '0', firstOffset: 7, count: 2, duplicate: false });
    expect(pushed).toEqual([{ dataSource: 'events', lines: ['{"a":1}', '{"a":2}'], producer: undefined }]);
  });

  test('blank lines are no records; malformed ones are', async () => {
    const { post, pushed } = await pushServer();
    await post('/v1/push/events', '\n{"a":1}\r\n \t\r\n{broken\n\nlast');
    expect(pushed[0]?.lines).toEqual(['{"a":1}', '{broken', 'last']);
  });

  test('a gzipped body is read as what it holds', async () => {
    const { post, pushed } = await pushServer();
    const answer = await post('/v1/push/events', gzipSync('{"a":"é"}\n'), { 'content-encoding': 'gzip' });
    expect(answer.status).toBe(200);
    expect(pushed[0]?.lines).toEqual(['{"a":"é"}']);
  });

  test.each(['', '\n \n\t\r\n'])('a body without records is refused: %j', async (body) => {
    const { post, pushed } = await pushServer();
    const answer = await post('/v1/push/events', body);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { errorMessage: string }).errorMessage).toContain('no records');
    expect(pushed).toEqual([]);
  });

  test('a line that is too long is refused by its number, and nothing is taken', async () => {
    const { post, pushed } = await pushServer();
    const answer = await post('/v1/push/events', `{"a":1}\n${'x'.repeat(1024 * 1024 + 1)}\n`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Line [2] has [1048577] bytes, more than the limit of [1048576]');
    expect(pushed).toEqual([]);
  });
});

describe('producer', () => {
  test('id and number of the push are handed on', async () => {
    const { post, pushed } = await pushServer();
    await post('/v1/push/events?producerId=p%201&sequenceNumber=12', '{"a":1}');
    expect(pushed[0]?.producer).toEqual({ id: 'p 1', sequenceNumber: 12 });
  });

  test.each(['producerId=p', 'sequenceNumber=1', 'producerId=&sequenceNumber=1', 'producerId=p&sequenceNumber=1.5'])(
    'half a producer is refused: %s',
    async (query) => {
      const { post, pushed } = await pushServer();
      expect((await post(`/v1/push/events?${query}`, '{"a":1}')).status).toBe(400);
      expect(pushed).toEqual([]);
    },
  );
});

describe('a data source that is not there', () => {
  test('is made once, however many pushes come at first, with the time field that the records have', async () => {
    const { post, specs, pushed } = await pushServer([]);
    const bodies = ['not json\n{"ts":1700000000000,"page":"a"}', '{"ts":1700000000001,"page":"b"}'];
    const answers = await Promise.all(bodies.map((body) => post('/v1/push/fresh', body)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    expect(specs).toHaveLength(1);
    expect(parseSupervisorSpec(specs[0])).toMatchObject({
      id: 'fresh',
      type: 'local',
      ioConfig: { stream: 'fresh', useEarliestOffset: true },
      dataSchema: { dataSource: 'fresh' },
    });
    expect(JSON.stringify(specs[0])).toContain('"timestampSpec":{"column":"ts","format":"auto"}');
    expect(pushed).toHaveLength(2);
  });

  test('is not made of records without a time', async () => {
    const { post, specs, pushed } = await pushServer([]);
    const answer = await post('/v1/push/fresh', '{"page":"a"}');
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('Data source [fresh] does not exist');
    expect({ specs, pushed }).toEqual({ specs: [], pushed: [] });
  });

  test('but that another kind of supervisor feeds is left to it', async () => {
    const { post, specs, pushed } = await pushServer([]);
    const answer = await post('/v1/push/kafka_events', '{"time":"2024-01-01"}');
    expect(answer.status).toBe(409);
    expect({ specs, pushed }).toEqual({ specs: [], pushed: [] });
  });

  test('whose name cannot be one is refused', async () => {
    const { post, pushed } = await pushServer([]);
    const answer = await post('/v1/push/.hidden', '{"time":"2024-01-01"}');
    expect(answer.status).toBe(400);
    expect(pushed).toEqual([]);
  });
});

test('a node without embedded logs says who takes pushes', async () => {
  const { url } = await serve(addPushElsewhereRoute);
  const response = await fetch(`${url}/v1/push/events`, { method: 'POST', body: '{}' });
  expect(response.status).toBe(404);
  expect(await response.text()).toContain('role [indexer]');
});

test('a supervisor that was submitted a moment ago is not replaced by one that discovers its schema', async () => {
  const fed: string[] = [];
  const { specs, post } = await pushServer(fed, () => fed.push('mine'));
  expect((await post('/v1/push/mine', '{}')).status).toBe(200);
  expect(specs).toEqual([]);
});
