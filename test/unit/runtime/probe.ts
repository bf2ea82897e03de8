/** Words at the first slot of a test's arena: engine threads write down what they do there, and stop where the test wants them to. */
export const PROBE_OFFSET = 65_536;
const GATE = 0;
const ARRIVED = 1;
const LENGTH = 2;
const LOG = 3;
const WORDS = 16_000;
export const PROBE_BYTES = WORDS * 4;

export class Probe {
  readonly #words: Int32Array;

  constructor(buffer: ArrayBufferLike) {
    this.#words = new Int32Array(buffer, PROBE_OFFSET, WORDS);
  }

  /** What was entered, in order. */
  get log(): number[] {
    return Array.from(this.#words.subarray(LOG, LOG + this.#words[LENGTH]!));
  }

  /** In a thread: writes down an entry; stops there when it is the one at which the gate is closed. */
  enter(entry: number): void {
    const place = Atomics.add(this.#words, LENGTH, 1);
    Atomics.store(this.#words, LOG + place, entry);
    if (Atomics.load(this.#words, GATE) !== place + 1) return;
    Atomics.store(this.#words, ARRIVED, 1);
    Atomics.wait(this.#words, GATE, place + 1);
  }

  /** The thread that makes entry number `entries` (from 1) waits until the gate opens. */
  closeGate(entries: number): void {
    Atomics.store(this.#words, ARRIVED, 0);
    Atomics.store(this.#words, GATE, entries);
  }

  openGate(): void {
    Atomics.store(this.#words, GATE, 0);
    Atomics.notify(this.#words, GATE);
  }

  async arrival(): Promise<void> {
    while (Atomics.load(this.#words, ARRIVED) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
