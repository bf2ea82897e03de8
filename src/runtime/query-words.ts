/**
 * The shared words through which the threads of one query coordinate: who takes which block, who takes part, what they hand to each other,
 * and whether to stop. Every word changes by Atomics alone.
 */
const STOP = 0;
/** joined | left << 12 | closed << 24 */
const STATE = 1;
/** Bit i: thread i has joined. */
const JOINED = 2;
/** What lies in the exchange; 0 = nothing. A pointer, as unsigned 32 bits. */
const EXCHANGE = 3;
/** Rows looked at (wraps; for metrics). */
const ROWS = 4;
const NEXT_PART = 5;
/** From here on: the next block of each part. */
const FIRST_PART = 6;

const LEFT_ONE = 1 << 12;
const COUNT = 0xfff;
const CLOSED = 1 << 24;

/** Threads that one query can have: they are bits of a word. */
export const MAX_THREADS = 32;

export class QueryWords {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** @param numParts segments of the task */
  static create(numParts: number): QueryWords {
    return new QueryWords(new SharedArrayBuffer((FIRST_PART + numParts) * 4));
  }

  /** Makes every thread stop before its next block. */
  stop(): void {
    Atomics.store(this.#words, STOP, 1);
  }

  get isStopped(): boolean {
    return Atomics.load(this.#words, STOP) !== 0;
  }

  /** Counts a thread in; false when the query is over. */
  join(thread: number): boolean {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if ((state & CLOSED) !== 0) return false;
      if (Atomics.compareExchange(this.#words, STATE, state, state + 1) !== state) continue;
      Atomics.or(this.#words, JOINED, 1 << thread);
      return true;
    }
  }

  /** Counts a thread out; true when it was the last one, after which none can join. */
  leave(): boolean {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      const isLast = (state & COUNT) === ((state >>> 12) & COUNT) + 1;
      const next = (state + LEFT_ONE) | (isLast ? CLOSED : 0);
      if (Atomics.compareExchange(this.#words, STATE, state, next) === state) return isLast;
    }
  }

  /** Ends a query that no thread has joined, or all have left; true when none will join and none is in it. */
  close(): boolean {
    for (;;) {
      const state = Atomics.load(this.#words, STATE);
      if ((state & CLOSED) !== 0) return true;
      if ((state & COUNT) !== ((state >>> 12) & COUNT)) return false;
      if (Atomics.compareExchange(this.#words, STATE, state, state | CLOSED) === state) return true;
    }
  }

  get isClosed(): boolean {
    return (Atomics.load(this.#words, STATE) & CLOSED) !== 0;
  }

  /** Threads that have joined so far. */
  get numJoined(): number {
    return Atomics.load(this.#words, STATE) & COUNT;
  }

  hasJoined(thread: number): boolean {
    return (Atomics.load(this.#words, JOINED) & (1 << thread)) !== 0;
  }

  takeState(): number | undefined {
    const state = Atomics.exchange(this.#words, EXCHANGE, 0) >>> 0;
    return state === 0 ? undefined : state;
  }

  offerState(state: number): boolean {
    return Atomics.compareExchange(this.#words, EXCHANGE, 0, state | 0) === 0;
  }

  addRows(count: number): void {
    Atomics.add(this.#words, ROWS, count);
  }

  get rows(): number {
    return Atomics.load(this.#words, ROWS) >>> 0;
  }

  /** The next part that nobody has begun; every number is given to one thread. */
  takePart(): number {
    return Atomics.add(this.#words, NEXT_PART, 1);
  }

  /** The next block of a part; every number is given to one thread. */
  takeBlock(part: number): number {
    return Atomics.add(this.#words, FIRST_PART + part, 1);
  }

  /** Blocks of a part that were taken so far; may pass its size. */
  blocksTaken(part: number): number {
    return Atomics.load(this.#words, FIRST_PART + part);
  }
}
