/** Rows between two checks of the load factor. */
const CHUNK = 4096;

/**
 * Gives dense numbers 0, 1, 2… to distinct pairs of 32-bit words: open addressing over typed arrays, nothing allocated per row.
 */
export class WordPairTable {
  #mask: number;
  /** Number + 1 per slot; 0 is free. */
  #slots: Uint32Array;
  /** Words of pair i at [2i, 2i + 1]. */
  #pairs: Uint32Array;
  #size = 0;

  constructor(initialSlots = 1024) {
    this.#mask = initialSlots - 1;
    this.#slots = new Uint32Array(initialSlots);
    this.#pairs = new Uint32Array(initialSlots);
  }

  get size(): number {
    return this.#size;
  }

  high(number: number): number {
    return this.#pairs[2 * number]!;
  }

  low(number: number): number {
    return this.#pairs[2 * number + 1]!;
  }

  intern(high: number, low: number): number {
    this.#reserve(1);
    one[0] = high;
    one[1] = low;
    this.#size = internPairs(one, one.subarray(1), 1, this.#slots, this.#mask, this.#pairs, this.#size, oneOut);
    return oneOut[0]!;
  }

  /** out[i] = number of the pair (high[i], low[i]); `low` may be `out`. */
  internAll(high: Uint32Array, low: Uint32Array, n: number, out: Uint32Array): void {
    for (let from = 0; from < n; from += CHUNK) {
      const count = Math.min(CHUNK, n - from);
      this.#reserve(count);
      const size = internPairs(
        high.subarray(from),
        low.subarray(from),
        count,
        this.#slots,
        this.#mask,
        this.#pairs,
        this.#size,
        out.subarray(from),
      );
      this.#size = size;
    }
  }

  /** Keeps the table at most half full. */
  #reserve(more: number): void {
    const needed = (this.#size + more) * 2;
    if (needed <= this.#slots.length) return;
    let length = this.#slots.length * 2;
    while (length < needed) length *= 2;
    const pairs = new Uint32Array(length);
    pairs.set(this.#pairs.subarray(0, this.#size * 2));
    this.#pairs = pairs;
    this.#slots = new Uint32Array(length);
    this.#mask = length - 1;
    refill(this.#slots, this.#mask, this.#pairs, this.#size);
  }
}

const one = new Uint32Array(2);
const oneOut = new Uint32Array(1);

/** @returns the number of pairs in the table afterwards */
function internPairs(
  high: Uint32Array,
  low: Uint32Array,
  n: number,
  slots: Uint32Array,
  mask: number,
  pairs: Uint32Array,
  size: number,
  out: Uint32Array,
): number {
  let next = size;
  for (let i = 0; i < n; i++) {
    const h = high[i]!;
    const l = low[i]!;
    let hash = Math.imul(h ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(l, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15), 0x27d4eb2f);
    let slot = (hash ^ (hash >>> 13)) & mask;
    let number = slots[slot]!;
    while (number !== 0 && (pairs[2 * number - 1] !== l || pairs[2 * number - 2] !== h)) {
      slot = (slot + 1) & mask;
      number = slots[slot]!;
    }
    if (number === 0) {
      pairs[2 * next] = h;
      pairs[2 * next + 1] = l;
      number = ++next;
      slots[slot] = number;
    }
    out[i] = number - 1;
  }
  return next;
}

function refill(slots: Uint32Array, mask: number, pairs: Uint32Array, size: number): void {
  for (let number = 0; number < size; number++) {
    const h = pairs[2 * number]!;
    const l = pairs[2 * number + 1]!;
    let hash = Math.imul(h ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(l, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15), 0x27d4eb2f);
    let slot = (hash ^ (hash >>> 13)) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = number + 1;
  }
}
