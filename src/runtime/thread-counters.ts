/** What one thread has done, as Float64 words in shared memory: it writes them, the main thread reads them at any time. */
const BUSY_MS = 0;
const MORSELS = 1;
const JOBS = 2;
const WAITING = 3;
const WORDS = 4;

export class ThreadCounters {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(WORDS * 8)) {
    this.buffer = buffer;
    this.#words = new Float64Array(buffer);
  }

  /** Milliseconds of work since the pool began. */
  get busyMs(): number {
    return this.#words[BUSY_MS]!;
  }

  /** Steps of queries: a block each, or leaving. */
  get morsels(): number {
    return this.#words[MORSELS]!;
  }

  get jobs(): number {
    return this.#words[JOBS]!;
  }

  /** Queries and jobs that the thread holds, those that it works on included. */
  get waiting(): number {
    return this.#words[WAITING]!;
  }

  set waiting(count: number) {
    this.#words[WAITING] = count;
  }

  addMorsel(ms: number): void {
    this.#words[MORSELS]!++;
    this.#words[BUSY_MS]! += ms;
  }

  addJob(ms: number): void {
    this.#words[JOBS]!++;
    this.#words[BUSY_MS]! += ms;
  }
}
