/** Read bandwidth of the machine's memory, measured in the same run: the line that no scan can cross. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import asc from 'assemblyscript/asc';

const BYTES = 256 * 2 ** 20;
const ROUNDS = 7;

/** Four sums at a time, so that the loads and not the additions are the limit. */
const READ = `
export function read(from: usize, to: usize): i64 {
  let a = i64x2.splat(0), b = a, c = a, d = a;
  for (let at = from; at < to; at += 64) {
    a = i64x2.add(a, v128.load(at));
    b = i64x2.add(b, v128.load(at, 16));
    c = i64x2.add(c, v128.load(at, 32));
    d = i64x2.add(d, v128.load(at, 48));
  }
  const s = i64x2.add(i64x2.add(a, b), i64x2.add(c, d));
  return i64x2.extract_lane(s, 0) + i64x2.extract_lane(s, 1);
}`;

/** Each thread reads memory of its own; a round starts for all of them at once. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const memory = new WebAssembly.Memory({ initial: workerData.bytes / 65536 });
new Uint8Array(memory.buffer).fill(1);
const { read } = new WebAssembly.Instance(new WebAssembly.Module(workerData.code), { env: { memory } }).exports;
for (let i = 0; i < 3; i++) read(0, workerData.bytes);
parentPort.on('message', () => {
  const startedAt = performance.timeOrigin + performance.now();
  read(0, workerData.bytes);
  parentPort.postMessage([startedAt, performance.timeOrigin + performance.now()]);
});
parentPort.postMessage([0, 0]);`;

/** @returns bytes per second that `threads` threads read together, the best of some rounds */
export async function memoryBandwidth(threads: number): Promise<number> {
  const code = await compile();
  const workers = Array.from(
    { length: threads },
    () => new Worker(THREAD, { eval: true, execArgv: [], workerData: { code, bytes: BYTES } }),
  );
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    let best = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const spans = await Promise.all(
        workers.map(async (worker) => {
          const done = once(worker, 'message');
          worker.postMessage('read');
          const [span] = (await done) as [readonly [number, number]];
          return span;
        }),
      );
      const ms = Math.max(...spans.map(([, end]) => end)) - Math.min(...spans.map(([start]) => start));
      best = Math.max(best, (threads * BYTES) / (ms / 1000));
    }
    return best;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function compile(): Promise<Uint8Array> {
  const result = await asc.compileString(READ, {
    optimizeLevel: 3,
    runtime: 'stub',
    enable: ['simd'],
    importMemory: true,
    initialMemory: BYTES / 65_536,
  });
  if (result.error !== null || result.binary === null) throw new Error(`Bandwidth loop: ${result.stderr.toString()}`);
  return result.binary;
}
