// A process of WebSocket clients: reads commands as lines of JSON, answers each with one. Started by run.ts.
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { applyDelta, type Delta } from '../../src/client/apply-delta.js';
import { Expected, type Watched, watchedQueries } from './edits.js';

/** What one viewer got: `offset` events were in the answer that came at `atMs`, `before` in the one that it had. */
export interface Arrivals {
  readonly atMs: readonly number[];
  readonly before: readonly number[];
  readonly offset: readonly number[];
}

export interface Push {
  readonly atMs: number;
  /** Number of its first event. */
  readonly first: number;
}

/** Milliseconds from push to screen: `counts[i]` pushes, each counted for each viewer, took i to i + 1. */
export interface Delays {
  readonly counts: readonly number[];
  readonly messages: number;
  readonly bytes: number;
  readonly checked: number;
}

const MAX_DELAY_MS = 60_000;
const OPENING_AT_ONCE = 50;
const now = (): number => performance.timeOrigin + performance.now();

class Viewer {
  readonly atMs: number[] = [];
  readonly offsets: number[] = [];
  bytes = 0;
  #cursor = '';
  readonly #watched: Watched;
  /** Its answers are put together and compared. */
  readonly #texts: string[] | undefined;

  constructor(watched: Watched, isChecked: boolean) {
    this.#watched = watched;
    this.#texts = isChecked ? [] : undefined;
  }

  async open(url: string): Promise<void> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', id: 'q', ...this.#watched.request })));
      socket.on('message', (data: Buffer) => {
        if (this.#receive(data.toString('latin1'))) resolve(undefined);
      });
      socket.on('close', (code) => fail(new Error(`Socket closed with ${code}`)));
    });
  }

  /** @returns whether it is an answer @throws Error for an error, and for an answer that is not the one after the last */
  #receive(text: string): boolean {
    const atMs = now();
    this.bytes += text.length;
    if (text.includes('"type":"subscribed"')) return false;
    const from = /"from":"([^"]*)"/.exec(text.slice(0, 200))?.[1];
    const cursor = /"cursor":"([^"]*)"/.exec(text.slice(0, 300))?.[1];
    const offset = /"partitions":\{"0":(\d+)\}/.exec(text)?.[1];
    if (cursor === undefined || offset === undefined) throw new Error(text.slice(0, 500));
    if (from !== undefined && from !== this.#cursor) throw new Error(`Delta from ${from}, had ${this.#cursor}`);
    if (from === undefined && this.#cursor !== '') throw new Error('A second snapshot');
    this.#cursor = cursor;
    this.atMs.push(atMs);
    this.offsets.push(Number(offset));
    this.#texts?.push(text);
    return true;
  }

  /** @returns how many answers were compared @throws Error when one is wrong */
  check(): number {
    if (this.#texts === undefined || this.#watched.shape === null) return 0;
    const expected = new Expected(this.#watched);
    let rows: readonly unknown[] = [];
    for (const [i, text] of this.#texts.entries()) {
      const message = JSON.parse(text) as { readonly result?: unknown[]; readonly delta?: Delta };
      rows = message.result ?? applyDelta(rows, message.delta!);
      expected.check(this.offsets[i]!, rows);
    }
    return this.#texts.length;
  }
}

const viewers: Viewer[] = [];

interface Open {
  readonly url: string;
  readonly count: number;
  readonly periodMs: number;
}

async function open({ url, count, periodMs }: Open): Promise<void> {
  const queries = watchedQueries(periodMs);
  for (let i = 0; i < count; ) {
    const some: Promise<void>[] = [];
    for (; some.length < OPENING_AT_ONCE && i < count; i++) {
      const viewer = new Viewer(queries[i % queries.length]!, i < queries.length);
      viewers.push(viewer);
      some.push(viewer.open(url));
    }
    await Promise.all(some);
  }
}

/** Over pushes from `sinceMs` on, for each viewer the time until an answer with all events up to those of the push has come. */
function report(pushes: readonly Push[], sinceMs: number): Delays {
  const counts = Array.from({ length: MAX_DELAY_MS }, () => 0);
  let [messages, bytes, checked] = [0, 0, 0];
  for (const viewer of viewers) {
    let push = pushes.findIndex(({ atMs }) => atMs >= sinceMs);
    for (const [i, atMs] of viewer.atMs.entries()) {
      if (atMs >= sinceMs) messages++;
      for (; push < pushes.length && pushes[push]!.first < viewer.offsets[i]!; push++) {
        counts[Math.min(MAX_DELAY_MS - 1, Math.floor(atMs - pushes[push]!.atMs))]!++;
      }
    }
    if (push < pushes.length) throw new Error(`Push ${push} of ${pushes.length} never came to a viewer`);
    bytes += viewer.bytes;
    checked += viewer.check();
  }
  return { counts: counts.slice(0, counts.findLastIndex((count) => count > 0) + 1), messages, bytes, checked };
}

function fail(error: unknown): never {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}

type Command =
  | ({ readonly kind: 'open' } & Open)
  | { readonly kind: 'report'; readonly pushes: readonly Push[]; readonly sinceMs: number };

process.on('uncaughtException', fail);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line) as Command;
    const done = command.kind === 'open' ? open(command) : Promise.resolve(report(command.pushes, command.sinceMs));
    done.then((answer) => process.stdout.write(`${JSON.stringify(answer ?? {})}\n`), fail);
  })
  .on('close', () => process.exit(0));
