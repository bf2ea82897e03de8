import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../dist/cli/millrace.js', import.meta.url));

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Characters. */
const KEPT_LOG = 2_000_000;

/** The built program as a child process, started and killed as an operator would. */
export class MillraceProcess {
  readonly port: number;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #log = '';

  constructor(options: {
    readonly port: number;
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  }) {
    this.port = options.port;
    this.#args = options.args;
    this.#env = options.env ?? {};
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What the program wrote, the end of it at least, for a failing test's message. */
  get log(): string {
    return this.#log;
  }

  /** Whether it was started and ended since, by whatever hand. */
  get hasEnded(): boolean {
    return this.#child !== undefined && isOver(this.#child);
  }

  /** Starts the program and waits until it says that it can serve. @throws Error when it ends instead */
  async start(env: Readonly<Record<string, string>> = {}): Promise<this> {
    const child = spawn(process.execPath, [BIN, 'start', '--port', String(this.port), ...this.#args], {
      env: { ...process.env, ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const keep = (chunk: Buffer): void => {
      this.#log += chunk.toString('utf8');
      if (this.#log.length > 2 * KEPT_LOG) this.#log = this.#log.slice(-KEPT_LOG);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    for (;;) {
      if (isOver(child))
        throw new Error(`Millrace ended with status ${child.exitCode ?? child.signalCode}:\n${this.#log.slice(-4000)}`);
      const health = await fetch(`${this.url}/status/health`).catch(() => undefined);
      if (health?.status === 200 && (await health.text()) === 'true') return this;
      await sleep(50);
    }
  }

  /** kill -9: nothing is written or said any more. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGTERM, as an orchestrator stops a process. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async get(path: string): Promise<Answer> {
    return answer(await fetch(this.url + path));
  }

  async post(path: string, body: unknown): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return answer(
      await fetch(this.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text }),
    );
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || isOver(child)) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

function isOver(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function answer(response: Response): Promise<Answer> {
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A TCP port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}

/** Asks again until `check` gives a value. */
export async function eventually<T>(check: () => Promise<T | undefined>, pauseMs = 100): Promise<T> {
  for (;;) {
    const value = await check();
    if (value !== undefined) return value;
    await sleep(pauseMs);
  }
}
