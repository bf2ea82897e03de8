import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DruidError, invalidInput } from '../../../../src/common/druid-error.js';
import { type HttpRequest, json } from '../../../../src/server/http/http-message.js';
import { HttpServer } from '../../../../src/server/http/http-server.js';
import { Router } from '../../../../src/server/http/router.js';
import { serve } from '../serve.js';

async function eventually(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 30_000, interval: 10 });
}

/** A connection on which the test writes requests itself. */
async function rawConnection(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function echoServer(maxBodyBytes?: number): Promise<string> {
  const echo = async (request: HttpRequest): Promise<ReturnType<typeof json>> =>
    json(Buffer.from(await request.body()).toString('utf8'));
  const { url } = await serve(
    (router) => {
      for (const method of ['POST', 'PUT', 'DELETE', 'GET']) router.add(method, '/echo', echo);
    },
    maxBodyBytes === undefined ? {} : { maxBodyBytes },
  );
  return `${url}/echo`;
}

describe('request bodies', () => {
  test('come whole, also in many chunks and of unknown length', async () => {
    const url = await echoServer();
    const body = 'é'.repeat(500_000);
    expect(await (await fetch(url, { method: 'POST', body })).json()).toBe(body);
    const parts = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of ['{"a":', '1', '}']) controller.enqueue(Buffer.from(part));
        controller.close();
      },
    });
    const chunked = await fetch(url, { method: 'POST', body: parts, duplex: 'half' } as RequestInit);
    expect(await chunked.json()).toBe('{"a":1}');
  });

  test.each(['POST', 'DELETE', 'PUT', 'GET'])('may be absent: %s', async (method) => {
    expect(await (await fetch(await echoServer(), { method })).json()).toBe('');
  });

  test('are unpacked', async () => {
    const url = await echoServer();
    const answer = await fetch(url, {
      method: 'POST',
      body: gzipSync('{"é":1}'),
      headers: { 'content-encoding': 'GZIP' },
    });
    expect(await answer.json()).toBe('{"é":1}');
  });

  test('that are not the gzip they are said to be are refused', async () => {
    const answer = await fetch(await echoServer(), {
      method: 'POST',
      body: 'plain',
      headers: { 'content-encoding': 'gzip' },
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: 'druidException',
      errorMessage: expect.stringMatching('not valid gzip'),
    });
  });

  test('in another encoding are 415', async () => {
    const answer = await fetch(await echoServer(), {
      method: 'POST',
      body: 'x',
      headers: { 'content-encoding': 'br' },
    });
    expect(answer.status).toBe(415);
  });

  test('over the limit are refused, packed or not, and the connection goes on', async () => {
    const url = await echoServer(1000);
    const declared = await fetch(url, { method: 'POST', body: 'x'.repeat(1_000_000) });
    expect([declared.status, await declared.text()]).toEqual([400, expect.stringContaining('limit of [1000] bytes')]);
    const bomb = await fetch(url, {
      method: 'POST',
      body: gzipSync('x'.repeat(1_000_000)),
      headers: { 'content-encoding': 'gzip' },
    });
    expect([bomb.status, await bomb.text()]).toEqual([400, expect.stringContaining('limit of [1000] bytes')]);
    expect(await (await fetch(url, { method: 'POST', body: 'x'.repeat(1000) })).json()).toBe('x'.repeat(1000));
  });

  test('that no route takes do not disturb the next request of the connection', async () => {
    const { port } = await serve((router) => router.add('GET', '/a', () => json('ok')));
    const socket = await rawConnection(port);
    let received = '';
    socket.on('data', (data) => (received += data.toString()));
    socket.write(`POST /nope HTTP/1.1\r\nhost: x\r\ncontent-length: 300000\r\n\r\n${'x'.repeat(300_000)}`);
    socket.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(() => expect(received).toMatch(/404 Not Found[\s\S]*200 OK[\s\S]*"ok"/));
  });
});

describe('methods and paths', () => {
  test('HEAD answers as GET without the body', async () => {
    const { url } = await serve((router) => router.add('GET', '/a', () => json('häh')));
    const answer = await fetch(`${url}/a`, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '6', '']);
    expect(answer.headers.get('content-type')).toBe('application/json');
  });

  test('a page of another site cannot change anything, one of this machine and clients that are no browser can', async () => {
    const { url } = await serve((router) => router.add('POST', '/a', () => json('done')));
    const post = async (origin?: string): Promise<number> =>
      (await fetch(`${url}/a`, { method: 'POST', ...(origin !== undefined && { headers: { origin } }) })).status;
    expect([await post('https://evil.example'), await post('http://localhost:3000'), await post()]).toEqual([
      403, 200, 200,
    ]);
  });

  test('405 tells what is allowed, unknown paths are 404, both without body', async () => {
    const { url } = await serve((router) => router.add('POST', '/a', () => json(1)));
    const wrong = await fetch(`${url}/a`);
    expect([wrong.status, wrong.headers.get('allow'), await wrong.text()]).toEqual([405, 'POST,OPTIONS', '']);
    const unknown = await fetch(`${url}/b`);
    expect([unknown.status, await unknown.text()]).toEqual([404, '']);
  });

  test('204 has no body and no length', async () => {
    const { url } = await serve((router) => router.add('GET', '/a', () => ({ status: 204 })));
    const answer = await fetch(`${url}/a`);
    expect([answer.status, answer.headers.get('content-length')]).toEqual([204, null]);
  });
});

describe('errors', () => {
  test('of users have the DruidException envelope and the status of their category', async () => {
    const { url, bugs } = await serve((router) =>
      router.add('GET', '/a', () => {
        throw invalidInput('Column [x] is odd', { column: 'x' });
      }),
    );
    const answer = await fetch(`${url}/a`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/json']);
    expect(await answer.json()).toEqual({
      error: 'druidException',
      errorCode: 'invalidInput',
      persona: 'USER',
      category: 'INVALID_INPUT',
      errorMessage: 'Column [x] is odd',
      context: { column: 'x' },
    });
    expect(bugs).toEqual([]);
  });

  test('of running queries have the legacy envelope too', async () => {
    const { url } = await serve((router) =>
      router.add('GET', '/a', () => {
        const legacy = { error: 'Query timeout', errorClass: 'org.apache.druid.query.QueryTimeoutException' };
        throw new DruidError('Query [q] timed out', {
          category: 'TIMEOUT',
          persona: 'OPERATOR',
          errorCode: 'legacyQueryException',
          legacy,
        });
      }),
    );
    const answer = await fetch(`${url}/a`);
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({
      error: 'Query timeout',
      errorClass: 'org.apache.druid.query.QueryTimeoutException',
      errorCode: 'legacyQueryException',
      persona: 'OPERATOR',
      category: 'TIMEOUT',
      errorMessage: 'Query [q] timed out',
    });
  });

  test('that are bugs are reported and answered 500', async () => {
    const { url, bugs } = await serve((router) =>
      router.add('GET', '/a', () => Promise.reject(new TypeError('x is undefined'))),
    );
    expect((await fetch(`${url}/a`)).status).toBe(500);
    expect(bugs).toEqual([expect.any(TypeError)]);
  });

  test('header values cannot begin another header', async () => {
    const { url } = await serve((router) =>
      router.add('GET', '/a', () => ({ status: 200, headers: { 'x-id': 'a\r\nset-cookie: b\u0000' } })),
    );
    const answer = await fetch(`${url}/a`);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('x-id')).toMatch(/^a +set-cookie: b/);
  });
});

describe('streams', () => {
  test('arrive whole, empty chunks and empty streams included', async () => {
    const { url } = await serve((router) => {
      router.add('GET', '/some', () => ({ status: 200, body: chunks(['[', '', '1', ']']) }));
      router.add('GET', '/none', () => ({ status: 200, body: chunks([]) }));
    });
    expect(await (await fetch(`${url}/some`)).text()).toBe('[1]');
    expect(await (await fetch(`${url}/none`)).text()).toBe('');
  });

  test('that fail before anything was sent are an error answer', async () => {
    const { url } = await serve((router) =>
      router.add('GET', '/a', () => ({ status: 200, body: failing([], invalidInput('no')) })),
    );
    const answer = await fetch(`${url}/a`);
    expect([answer.status, ((await answer.json()) as { errorMessage: string }).errorMessage]).toEqual([400, 'no']);
  });

  test('that fail later cut the connection, so that nobody takes them for whole', async () => {
    const { url, bugs } = await serve((router) =>
      router.add('GET', '/a', () => ({ status: 200, body: failing(['[1,'], new Error('bug')) })),
    );
    await expect(fetch(`${url}/a`).then((answer) => answer.text())).rejects.toThrow();
    expect(bugs).toHaveLength(1);
    expect((await fetch(`${url}/b`)).status).toBe(404);
  });

  test('wait for a slow reader, and end when it reads on', async () => {
    let produced = 0;
    const { port } = await serve((router) =>
      router.add('GET', '/a', () => ({ status: 200, body: megabytes(64, () => produced++) })),
    );
    const socket = await rawConnection(port);
    socket.pause();
    socket.write('GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    await eventually(() => expect(produced).toBeGreaterThan(0));
    const stalled = await settled(() => produced);
    // What kernel and socket hold, a few MiB on loopback; never the whole stream.
    expect(stalled).toBeLessThan(32);
    let received = 0;
    socket.on('data', (data) => (received += data.length));
    socket.resume();
    await eventually(() => expect(received).toBeGreaterThan(64 * 1024 * 1024));
    expect(produced).toBe(64);
  });
});

describe('clients that go away', () => {
  test('while the handler works: its signal aborts, and the answer touches nothing', async () => {
    let signal: AbortSignal | undefined;
    let finish = (): void => {};
    const statuses: number[] = [];
    const { url, bugs } = await serve(
      (router) =>
        router.add('POST', '/a', async (request) => {
          await request.body();
          ({ signal } = request);
          await new Promise<void>((resolve) => (finish = resolve));
          return json('late');
        }),
      { onResponse: (_, status) => statuses.push(status) },
    );
    const client = new AbortController();
    const gone = fetch(`${url}/a`, { method: 'POST', body: 'x', signal: client.signal });
    await eventually(() => expect(signal).toBeDefined());
    client.abort();
    await expect(gone).rejects.toThrow();
    await eventually(() => expect(signal?.aborted).toBe(true));
    finish();
    await eventually(() => expect(statuses).toEqual([200]));
    expect(bugs).toEqual([]);
  });

  test('before their body is whole: reading it fails', async () => {
    const failed: unknown[] = [];
    const { port, bugs } = await serve((router) =>
      router.add('POST', '/a', async (request) => {
        await request.body().catch((error: unknown) => {
          failed.push(error);
          throw error;
        });
        return json(1);
      }),
    );
    const socket = await rawConnection(port);
    socket.write('POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc');
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await eventually(() => expect(failed).toEqual([expect.objectContaining({ category: 'CANCELED' })]));
    expect(bugs).toEqual([]);
  });

  test.each([
    ['amid a stream', true],
    ['before a stream began', false],
  ])('%s: the stream is closed', async (_, begun) => {
    let cleanedUp = false;
    let called = false;
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) yield 'x'.repeat(1000);
      } finally {
        cleanedUp = true;
      }
    }
    const { port, bugs } = await serve((router) =>
      router.add('GET', '/a', async (request) => {
        called = true;
        if (!begun) await new Promise<void>((resolve) => request.signal.addEventListener('abort', () => resolve()));
        return { status: 200, body: endless() };
      }),
    );
    const socket = await rawConnection(port);
    socket.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
    if (begun) await once(socket, 'data');
    else await eventually(() => expect(called).toBe(true));
    socket.destroy();
    await eventually(() => expect(cleanedUp).toBe(true));
    expect(bugs).toEqual([]);
  });
});

test('every response is reported with method, path and status', async () => {
  const seen: unknown[] = [];
  const { url } = await serve((router) => router.add('GET', '/a', () => json(1)), {
    onResponse: ({ method, path }, status, durationMs) => seen.push([method, path, status, durationMs >= 0]),
  });
  await fetch(`${url}/a?x=1`);
  await fetch(`${url}/b`);
  await eventually(() =>
    expect(seen).toEqual([
      ['GET', '/a', 200, true],
      ['GET', '/b', 404, true],
    ]),
  );
});

test('a port that is taken is refused', async () => {
  const { port } = await serve(() => {});
  await expect(serve(() => {}).then(({ server }) => server.listen('127.0.0.1', port))).rejects.toThrow(
    `Port [${port}] on [127.0.0.1] cannot be listened on`,
  );
});

async function* chunks(parts: readonly string[]): AsyncGenerator<string> {
  yield* parts;
}

async function* failing(parts: readonly string[], error: Error): AsyncGenerator<string> {
  yield* parts;
  throw error;
}

async function* megabytes(count: number, onEach: () => void): AsyncGenerator<Uint8Array> {
  const megabyte = Buffer.alloc(1024 * 1024, 0x61);
  for (let i = 0; i < count; i++) {
    onEach();
    yield megabyte;
  }
}

/** The value once it has not changed for a while. */
async function settled(read: () => number): Promise<number> {
  for (let last = -1; ; ) {
    const value = read();
    if (value === last) return value;
    last = value;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

test('a path that a starting process does not know yet is 503 in the form of an error, and 404 once it has started', async () => {
  const server = new HttpServer({ router: new Router(), onBug: () => {} });
  onTestFinished(() => server.close());
  const url = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}/druid/v2`;
  const early = await fetch(url, { method: 'POST', body: '{}' });
  expect(early.status).toBe(503);
  expect(await early.json()).toMatchObject({ error: 'druidException', category: 'SERVICE_UNAVAILABLE' });
  server.routesAreComplete();
  expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(404);
});
