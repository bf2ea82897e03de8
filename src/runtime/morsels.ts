import type { QueryWords } from './query-words.js';

/** One block of one part of a task. */
export interface Morsel {
  readonly part: number;
  readonly block: number;
}

/**
 * How one thread draws the blocks of a query: a part (segment) at a time, block after block; when no part is left to begin, from the part of
 * which most is left, so that unequal parts end together.
 */
export class Morsels {
  readonly #words: QueryWords;
  /** Blocks of each part. */
  readonly #sizes: readonly number[];
  readonly #taken: Uint32Array;
  #part = -1;

  constructor(words: QueryWords, sizes: readonly number[]) {
    this.#words = words;
    this.#sizes = sizes;
    this.#taken = new Uint32Array(sizes.length);
  }

  next(): Morsel | undefined {
    for (;;) {
      if (this.#part >= 0) {
        const block = this.#words.takeBlock(this.#part);
        if (block < this.#sizes[this.#part]!) {
          this.#taken[this.#part]!++;
          return { part: this.#part, block };
        }
      }
      const part = this.#nextPart();
      if (part === undefined) return undefined;
      this.#part = part;
    }
  }

  /** True when this thread had every block of the part. */
  hasAll(part: number): boolean {
    return this.#taken[part] === this.#sizes[part];
  }

  #nextPart(): number | undefined {
    const part = this.#words.takePart();
    if (part < this.#sizes.length) return part;
    let best: number | undefined;
    let most = 0;
    for (let i = 0; i < this.#sizes.length; i++) {
      const left = this.#sizes[i]! - this.#words.blocksTaken(i);
      if (left <= most) continue;
      most = left;
      best = i;
    }
    return best;
  }
}
