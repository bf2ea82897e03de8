/**
 * The shared words through which the threads of one query coordinate: who has joined and left, who takes which block, whether to stop, and
 * the state that lies in the exchange. Layout of the Int32Array: a header, a word per thread (1 = has joined), then for each segment its
 * place in the order of starting, its next block and its number of blocks.
 */
import type { Exchange } from '../engine/run.js';

/** Joined threads, threads that have left (shifted), and whether anyone may still join, in one word so that they change together. */
const STATE = 0;
const STOP = 1;
const EXCHANGE = 2;
/** Next place in the order of starting. */
const UNSTARTED = 3;
const NUM_THREADS = 4;
const NUM_SEGMENTS = 5;
/** Segments that have blocks. */
const NUM_STARTABLE = 6;
const HEADER_WORDS = 8;

const LEFT_SHIFT = 12;
const COUNT_MASK = 0xfff;
const CLOSED = 1 << 24;

const RUNNING = 0;
const ENOUGH = 1;
const CANCELLED = 2;

/** Most threads that the counters hold. */
export const MAX_THREADS = COUNT_MASK;

export class QueryControl implements Exchange {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #members: Int32Array;
  readonly #order: Int32Array;
  readonly #next: Int32Array;
  readonly #blocks: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    const numThreads = this.#words[NUM_THREADS]!;
    const numSegments = this.#words[NUM_SEGMENTS]!;
    const part = (index: number): Int32Array => {
      const start = HEADER_WORDS + numThreads + index * numSegments;
      return this.#words.subarray(start, start + numSegments);
    };
    this.#members = this.#words.subarray(HEADER_WORDS, HEADER_WORDS + numThreads);
    this.#order = part(0);
    this.#next = part(1);
    this.#blocks = part(2);
  }

  /** @param blocks number of blocks of each segment; the largest segments are started first */
  static create(numThreads: number, blocks: Int32Array): QueryControl {
    const numSegments = blocks.length;
    const buffer = new SharedArrayBuffer((HEADER_WORDS + numThreads + 3 * numSegments) * 4);
    const words = new Int32Array(buffer);
    words[NUM_THREADS] = numThreads;
    words[NUM_SEGMENTS] = numSegments;
    const startable = blocks.reduce((count, n) => count + (n > 0 ? 1 : 0), 0);
    words[NUM_STARTABLE] = startable;
    const order = Int32Array.from(blocks.keys());
    if (blocks.some((n) => n !== blocks[0])) order.sort((a, b) => blocks[b]! - blocks[a]! || a - b);
    words.set(order, HEADER_WORDS + numThreads);
    words.set(blocks, HEADER_WORDS + numThreads + 2 * numSegments);
    return new QueryControl(buffer);
  }

  get numSegments(): number {
    return this.#blocks.length;
  }

  blocksOf(segment: number): number {
    return this.#blocks[segment]!;
  }

  /** False when the query is closed: all that joined have left, or nobody wants its result any more. */
  join(thread: number): boolean {
    // Before the count: should the thread die in between, its query fails instead of waiting for it.
    Atomics.store(this.#members, thread, 1);
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if ((state & CLOSED) !== 0) {
        Atomics.store(this.#members, thread, 0);
        return false;
      }
      if (Atomics.compareExchange(this.#words, STATE, state, state + 1) === state) return true;
    }
  }

  hasJoined(thread: number): boolean {
    return Atomics.load(this.#members, thread) === 1;
  }

  /** The number of threads that joined when this was the last of them to leave, which closes the query; else 0. */
  leave(): number {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if ((state & CLOSED) !== 0) return 0;
      const joined = state & COUNT_MASK;
      const left = ((state >>> LEFT_SHIFT) & COUNT_MASK) + 1;
      const next = joined | (left << LEFT_SHIFT) | (left === joined ? CLOSED : 0);
      if (Atomics.compareExchange(this.#words, STATE, state, next) === state) return left === joined ? joined : 0;
    }
  }

  /** Nobody may join any more. Returns the number of threads that did. */
  close(): number {
    return Atomics.or(this.#words, STATE, CLOSED) & COUNT_MASK;
  }

  get isClosed(): boolean {
    return (Atomics.load(this.#words, STATE) & CLOSED) !== 0;
  }

  /** Makes every thread drop the query before its next block. */
  cancel(): void {
    Atomics.store(this.#words, STOP, CANCELLED);
  }

  get isCancelled(): boolean {
    return Atomics.load(this.#words, STOP) === CANCELLED;
  }

  /** No further block can change the result: every thread leaves with what it has. */
  setEnough(): void {
    Atomics.compareExchange(this.#words, STOP, RUNNING, ENOUGH);
  }

  get hasBlocks(): boolean {
    if (Atomics.load(this.#words, STOP) !== RUNNING) return false;
    return Atomics.load(this.#words, UNSTARTED) < this.#words[NUM_STARTABLE]! || this.#fullest() !== -1;
  }

  /** A segment that no thread has started yet, or -1. */
  takeSegment(): number {
    const numStartable = this.#words[NUM_STARTABLE]!;
    if (Atomics.load(this.#words, STOP) !== RUNNING || Atomics.load(this.#words, UNSTARTED) >= numStartable) return -1;
    const place = Atomics.add(this.#words, UNSTARTED, 1);
    return place < numStartable ? this.#order[place]! : -1;
  }

  /** The next block of a segment, given to one thread only; -1 when none is left. */
  takeBlock(segment: number): number {
    const numBlocks = this.#blocks[segment]!;
    if (Atomics.load(this.#words, STOP) !== RUNNING || Atomics.load(this.#next, segment) >= numBlocks) return -1;
    const block = Atomics.add(this.#next, segment, 1);
    return block < numBlocks ? block : -1;
  }

  /** The segment with most blocks left, to steal from; -1 when nothing is left. */
  segmentToSteal(): number {
    return Atomics.load(this.#words, STOP) === RUNNING ? this.#fullest() : -1;
  }

  take(): number | undefined {
    const state = Atomics.exchange(this.#words, EXCHANGE, 0);
    return state === 0 ? undefined : state >>> 0;
  }

  offer(state: number): boolean {
    return Atomics.compareExchange(this.#words, EXCHANGE, 0, state | 0) === 0;
  }

  #fullest(): number {
    let best = -1;
    let most = 0;
    for (let segment = 0; segment < this.#blocks.length; segment++) {
      const left = this.#blocks[segment]! - Atomics.load(this.#next, segment);
      if (left > most) {
        most = left;
        best = segment;
      }
    }
    return best;
  }
}
