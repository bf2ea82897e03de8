/**
 * The few shared words through which the threads that work on one query coordinate: who takes which block, and whether to stop.
 * Layout of the Int32Array: [0] stop flag, [1] next block to take, [2] rows looked at (wraps; for metrics).
 */
const STOP = 0;
const NEXT = 1;
const ROWS = 2;
const WORDS = 3;

export class ScatterControl {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(WORDS * 4)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  /** Takes the next block number; every number is given to one thread only. */
  takeBlock(): number {
    return Atomics.add(this.#words, NEXT, 1);
  }

  /** Makes every thread stop before its next block: cancellation, timeout, or enough rows. */
  stop(): void {
    Atomics.store(this.#words, STOP, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, STOP) !== 0;
  }

  addRows(count: number): void {
    Atomics.add(this.#words, ROWS, count);
  }

  get rows(): number {
    return Atomics.load(this.#words, ROWS) >>> 0;
  }
}
