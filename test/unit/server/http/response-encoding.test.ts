import { deflateRawSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { DruidError } from '../../../../src/common/druid-error.js';
import { takesGzip } from '../../../../src/server/http/response-encoding.js';
import { serve } from '../serve.js';

const LARGE = 'é'.repeat(100_000);
const JSON_TYPE = { 'content-type': 'application/json' };

async function* parts(count: number, fail?: Error): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) yield `${i} ${Math.random()}`.repeat(100);
  if (fail !== undefined) throw fail;
}

/** Without the help of `fetch`, which unpacks and asks for packed answers by itself. */
function raw(
  url: string,
  acceptEncoding: string,
): Promise<{ readonly encoding: string | undefined; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { 'accept-encoding': acceptEncoding } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ encoding: answer.headers['content-encoding'], body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Bytes that are gone when the next ones are asked for, as row texts of a scan are. */
async function* passing(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    const bytes = new TextEncoder().encode(`part ${i} `);
    yield bytes;
    structuredClone(null, { transfer: [bytes.buffer] });
  }
}

describe('large answers', () => {
  test('are packed whole, though their parts do not last', async () => {
    const { url } = await serve((router) => {
      router.add('GET', '/stream', () => ({ status: 200, headers: JSON_TYPE, body: passing(100) }));
    });
    const { body } = await raw(`${url}/stream`, 'gzip');
    expect(gunzipSync(body).toString()).toBe(Array.from({ length: 100 }, (_, i) => `part ${i} `).join(''));
  });

  test('are packed for clients that take it, whole or streamed', async () => {
    const { url } = await serve((router) => {
      router.add('GET', '/whole', () => ({ status: 200, headers: JSON_TYPE, body: LARGE }));
      router.add('GET', '/stream', () => ({ status: 200, headers: JSON_TYPE, body: parts(1000) }));
    });
    const whole = await raw(`${url}/whole`, 'deflate, gzip;q=0.5');
    expect([whole.encoding, gunzipSync(whole.body).toString()]).toEqual(['gzip', LARGE]);
    const stream = await raw(`${url}/stream`, '*');
    expect(stream.encoding).toBe('gzip');
    expect(gunzipSync(stream.body).length).toBeGreaterThan(stream.body.length);
    const plain = await raw(`${url}/whole`, 'identity, gzip;q=0');
    expect([plain.encoding, plain.body.toString()]).toEqual([undefined, LARGE]);
  });

  test('small ones, packed ones and other media are sent as they are', async () => {
    const { url } = await serve((router) => {
      router.add('GET', '/small', () => ({ status: 200, headers: JSON_TYPE, body: '[]' }));
      router.add('GET', '/image', () => ({ status: 200, headers: { 'content-type': 'image/png' }, body: LARGE }));
    });
    for (const path of ['/small', '/image']) expect((await raw(url + path, 'gzip')).encoding).toBeUndefined();
  });

  test('that fail while they are packed are cut, or an error when nothing was sent', async () => {
    const fail = new DruidError('late', { category: 'TIMEOUT' });
    const { url } = await serve((router) => {
      router.add('GET', '/late', () => ({ status: 200, headers: JSON_TYPE, body: parts(2000, fail) }));
      router.add('GET', '/early', () => ({ status: 200, headers: JSON_TYPE, body: parts(0, fail) }));
    });
    await expect(raw(`${url}/late`, 'gzip')).rejects.toThrow();
    expect((await fetch(`${url}/early`)).status).toBe(504);
  });
});

test.each([
  ['', false],
  ['gzip', true],
  ['br, GZIP', true],
  ['gzip;q=0', false],
  ['*;q=0, gzip', true],
  ['br', false],
])('Accept-Encoding [%s]', (header, takes) => {
  expect(takesGzip(header)).toBe(takes);
});

test.each([
  ['gzip', gzipSync('text')],
  ['x-gzip', gzipSync('text')],
  ['deflate', deflateSync('text')],
  ['deflate', deflateRawSync('text')],
])('bodies in %s are unpacked', async (encoding, body) => {
  const { url } = await serve((router) =>
    router.add('POST', '/', async (one) => ({ status: 200, body: await one.body() })),
  );
  const answer = await fetch(url, { method: 'POST', body, headers: { 'content-encoding': encoding } });
  expect(await answer.text()).toBe('text');
});
