import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDeepStorage } from '../../../src/deep-storage/open-deep-storage.js';

let server: Server;
const requests: IncomingMessage[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    response.end('hello');
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  process.env['AWS_ACCESS_KEY_ID'] = 'key';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
  process.env['AWS_ENDPOINT_URL_S3'] = `http://localhost:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('with an endpoint of its own, the bucket is in the path and the region may be left out', async () => {
  const storage = await openDeepStorage('s3://bucket/some/prefix');
  expect(new TextDecoder().decode(await storage.get('a/key'))).toBe('hello');
  expect(requests.map(({ url, headers }) => [url, headers.host?.split(':')[0]])).toEqual([
    ['/bucket/some/prefix/a/key?x-id=GetObject', 'localhost'],
  ]);
  expect(requests[0]!.headers.authorization).toContain('/us-east-1/s3/');
});

test('a server that fails for a moment is asked again', async () => {
  const answers = [503, 500, 200];
  server.removeAllListeners('request');
  server.on('request', (_, response) => {
    response.statusCode = answers.shift()!;
    response.end('hello');
  });
  const storage = await openDeepStorage('s3://bucket');
  expect(new TextDecoder().decode(await storage.get('key'))).toBe('hello');
  expect(answers).toEqual([]);
});
