import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ingest, progressLine } from '../../../src/cli/ingest-command.js';

async function run(end: object): Promise<{ readonly ok: boolean; readonly text: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
  let asked = 0;
  const server = createServer((request, response) => {
    const rowStats = { buildSegments: { processed: 5 * asked, processedBytes: 20 * asked, unparseable: 1 } };
    const answer = request.url!.endsWith('/status')
      ? { status: asked++ === 0 ? { status: 'RUNNING', errorMsg: null } : end }
      : request.url!.endsWith('/reports')
        ? { ingestionStatsAndErrors: { payload: { rowStats } } }
        : { task: 'the task' };
    response.end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const spec = join(directory, 'spec.json');
    await writeFile(
      spec,
      JSON.stringify({ spec: { ioConfig: { inputSource: { type: 'inline', data: 'x'.repeat(40) } } } }),
    );
    let text = '';
    const terminal = { isTTY: true, write: (part: string) => void (text += part) };
    const ok = await ingest(spec, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, terminal);
    return { ok, text };
  } finally {
    server.close();
    await rm(directory, { recursive: true });
  }
}

test('shows a bar while the task runs, and what came of it', async () => {
  const { ok, text } = await run({ status: 'SUCCESS', errorMsg: null });
  expect(ok).toBe(true);
  expect(text).toContain('Task the task');
  expect(text).toContain(' 50 %');
  expect(text).toContain('[==============================] 100 %');
  expect(text).toMatch(/Done in .* s: 10 rows, 1 could not be read/);
});

test('tells why a task failed', async () => {
  const { ok, text } = await run({ status: 'FAILED', errorMsg: 'too bad' });
  expect(ok).toBe(false);
  expect(text).toMatch(/Failed after .* s: too bad/);
});

test('has no bar where the size of the input is not known', () => {
  const line = progressLine({ status: 'RUNNING', errorMsg: null, rows: 1000, badRows: 0, bytes: 2e6 }, undefined, 500);
  expect(line.trim()).toBe('1,000 rows  2.0 MB  2,000 rows/s');
});

test('names the spec file that cannot be read', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
  const terminal = { isTTY: false, write: () => {} };
  try {
    const spec = join(directory, 'spec.json');
    await expect(ingest(spec, 'http://127.0.0.1:1', terminal)).rejects.toThrow(`Spec ${spec} cannot be read: ENOENT`);
    await writeFile(spec, '{bad');
    await expect(ingest(spec, 'http://127.0.0.1:1', terminal)).rejects.toThrow(`Spec ${spec} cannot be read: `);
  } finally {
    await rm(directory, { recursive: true });
  }
});
