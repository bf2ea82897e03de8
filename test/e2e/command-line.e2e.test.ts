/** What the command says when it cannot start: what is wrong, in one line, without a stack. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const BIN = fileURLToPath(new URL('../../dist/cli/millrace.js', import.meta.url));

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Ends by itself, or the test does not: a start that succeeds would wait for ever. */
async function failedStart(...args: readonly string[]): Promise<{ readonly status: number; readonly stderr: string }> {
  const child = spawn(process.execPath, [BIN, 'start', '--port', '0', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const [status] = (await once(child, 'close')) as [number];
  return { status, stderr };
}

test('a data directory that cannot be made or written is named with the reason', async () => {
  const file = join(directory, 'file');
  await writeFile(file, '');
  const notMade = await failedStart('--data-dir', join(file, 'data'));
  const notDirectory = await failedStart('--data-dir', file);
  expect(notMade).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^millrace: Data directory \[.*\/file\/data\] cannot be used: ENOTDIR[^\n]*\n$/),
  });
  expect(notDirectory).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^millrace: Data directory \[.*\/file\] cannot be used: ENOTDIR[^\n]*\n$/),
  });
});

test.runIf(process.platform === 'linux')(
  'a directory below /proc is refused, where making one would never end',
  async () => {
    const dataDir = await failedStart('--data-dir', '/proc/millrace/data');
    expect(dataDir).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^millrace: Data directory \[\/proc\/millrace\/data\] cannot be used: [^\n]*\n$/),
    });
    const deepStorage = await failedStart('--data-dir', join(directory, 'data'), '--deep-storage', '/proc/millrace');
    expect(deepStorage).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^millrace: Deep storage \[\/proc\/millrace\] cannot be used: [^\n]*\n$/),
    });
  },
);

test('an option that is wrong is named with where it came from', async () => {
  const { status, stderr } = await failedStart('--data-dir', join(directory, 'data'), '--threads', 'many');
  expect(status).toBe(1);
  expect(stderr).toBe(
    'millrace: Option [threads] from option --threads must be a whole number from 1 to 1024, but is [many]\n',
  );
});

test('a port that is taken is named', async () => {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { status, stderr } = await failedStart('--data-dir', join(directory, 'data'), '--port', String(port));
  other.close();
  expect(status).toBe(1);
  expect(stderr).toMatch(new RegExp(`^millrace: [^\\n]*${port}[^\\n]*\\n$`));
});
