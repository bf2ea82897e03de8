/** One Millrace process of the built tree, on a free port of this machine. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HttpClient } from './http-client.js';

/** The command of the tree that this bench lies in. */
export const OWN_BIN = fileURLToPath(new URL('../../dist/cli/millrace.js', import.meta.url));

export interface ServerOptions {
  readonly bin: string;
  readonly dataDir: string;
  /** More command-line options, such as `--threads 2`. */
  readonly args: readonly string[];
}

export interface MillraceServer {
  readonly pid: number;
  readonly port: number;
  readonly client: HttpClient;
  /** From the start of the process to the first healthy answer. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** @throws Error when the process ends before it is healthy */
export async function startMillrace(options: ServerOptions): Promise<MillraceServer> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [
      options.bin,
      'start',
      '--port',
      String(port),
      '--data-dir',
      options.dataDir,
      '--log-level',
      'warn',
      ...options.args,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  exitOnSignals();
  child.once('exit', () => process.off('exit', kill));
  const client = new HttpClient(port);
  await untilHealthy(client, child);
  const readyMs = performance.now() - startedAt;
  return {
    pid: child.pid!,
    port,
    client,
    readyMs,
    stop: async () => {
      client.close();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A signal alone would end this process without its exit handlers, and leave the server behind. */
function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(1));
  }
}

async function untilHealthy(client: HttpClient, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`Millrace ended with status [${child.exitCode}]`);
    const health = await client.get('/status/health').catch(() => undefined);
    if (health?.status === 200) return;
    await sleep(5);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No TCP port is free');
  return address.port;
}

/** Commit of the tree that a built command lies in. */
export function commitOf(bin: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', dirname(bin), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', '../../src') === '' ? '' : '+changes')
    );
  } catch {
    return 'unknown';
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
