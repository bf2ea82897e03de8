import { invalidInput } from '../common/druid-error.js';
import type { Hash128 } from './murmur3.js';
import { MAX_THETA, ThetaSketch } from './theta-sketch.js';

const MIN_LG_SLOTS = 5;
const STRIDE_MASK = 127;
const REBUILD_THRESHOLD = 15 / 16;
const GROW_THRESHOLD = 1 / 2;

/**
 * Theta accumulator: takes hashed values and finished sketches, keeps at most about 2 * k hashes (k = nominal entries,
 * a power of two, 16 to 2^26). Druid's `thetaSketch` aggregator is such a union, so results equal its results.
 * @source Apache DataSketches `theta/UnionImpl.java`, `theta/HeapQuickSelectSketch.java`
 */
export class ThetaUnion {
  readonly #lgNominal: number;
  #lgSlots = MIN_LG_SLOTS;
  /** Open-addressed table, low and high word of each hash; a slot of zeros is free. */
  #slots = new Uint32Array(2 << MIN_LG_SLOTS);
  #count = 0;
  #limit = 0;
  /** Theta of the table: hashes at or above it are not kept. */
  #thetaLow = 0xffffffff;
  #thetaHigh = 0x7fffffff;
  /** Lowest theta of the sketches merged in, and of the table when they were. */
  #mergedTheta = MAX_THETA;
  #isEmpty = true;

  /** @throws DruidError INVALID_INPUT when `nominalEntries` is no power of two from 16 to 2^26 */
  constructor(nominalEntries: number) {
    this.#lgNominal = Math.log2(nominalEntries);
    if (!Number.isInteger(this.#lgNominal) || this.#lgNominal < 4 || this.#lgNominal > 26) {
      throw invalidInput(`Nominal entries must be a power of two from 16 to 67108864: ${nominalEntries}`);
    }
    this.#limit = this.#limitFor(MIN_LG_SLOTS);
  }

  /** Bytes of memory that the accumulator holds now. */
  get byteLength(): number {
    return this.#slots.byteLength;
  }

  /** High word of theta: a hash with a greater one changes nothing but that there was a value. */
  get thetaHigh(): number {
    return this.#thetaHigh;
  }

  /** Adds a value by its hash (`DataSketchesHasher`). */
  update(hash: Hash128): void {
    const low = hash[0]!;
    const high = hash[1]!;
    this.updateWords(((low >>> 1) | (high << 31)) >>> 0, high >>> 1);
  }

  /** Adds a value by the upper 63 bits of its hash's first half. */
  updateWords(low: number, high: number): void {
    this.#insert(low, high);
  }

  merge(sketch: ThetaSketch): void {
    if (sketch.isEmpty) return;
    this.#isEmpty = false;
    this.#lowerMergedTheta(sketch.theta);
    this.#lowerMergedTheta(this.#theta());
    const stop = this.#mergedTheta;
    const stopLow = Number(stop & 0xffffffffn);
    const stopHigh = Number(stop >> 32n);
    const words = new Uint32Array(sketch.hashes.buffer, sketch.hashes.byteOffset, sketch.hashes.length * 2);
    for (let i = 0; i < words.length; i += 2) {
      const low = words[i]!;
      const high = words[i + 1]!;
      // Ascending: once a hash is at theta, so are the rest.
      if (high > stopHigh || (high === stopHigh && low >= stopLow)) break;
      this.#insert(low, high);
    }
    this.#lowerMergedTheta(this.#theta());
  }

  /** The union so far, with at most k hashes; the accumulator stays usable. */
  result(): ThetaSketch {
    if (this.#isEmpty) return ThetaSketch.EMPTY;
    const hashes = this.#sorted();
    const nominal = 2 ** this.#lgNominal;
    let theta = this.#theta();
    if (hashes.length > nominal && hashes[nominal]! < theta) theta = hashes[nominal]!;
    if (this.#mergedTheta < theta) theta = this.#mergedTheta;
    return new ThetaSketch(hashes.slice(0, countBelow(hashes, theta)), theta, false);
  }

  estimate(): number {
    return this.result().estimate();
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return this.result().toBytes();
  }

  #insert(low: number, high: number): void {
    this.#isEmpty = false;
    if ((low | high) === 0 || !this.#isBelowTheta(low, high)) return;
    if (!put(this.#slots, this.#lgSlots, low, high)) return;
    this.#count++;
    if (this.#count <= this.#limit) return;
    if (this.#lgSlots <= this.#lgNominal) this.#grow();
    else this.#rebuild();
  }

  #lowerMergedTheta(theta: bigint): void {
    if (theta < this.#mergedTheta) this.#mergedTheta = theta;
  }

  #isBelowTheta(low: number, high: number): boolean {
    return high < this.#thetaHigh || (high === this.#thetaHigh && low < this.#thetaLow);
  }

  #theta(): bigint {
    return (BigInt(this.#thetaHigh) << 32n) | BigInt(this.#thetaLow);
  }

  #grow(): void {
    const former = this.#slots;
    this.#lgSlots++;
    this.#limit = this.#limitFor(this.#lgSlots);
    this.#slots = new Uint32Array(2 << this.#lgSlots);
    for (let i = 0; i < former.length; i += 2) {
      if ((former[i]! | former[i + 1]!) !== 0) put(this.#slots, this.#lgSlots, former[i]!, former[i + 1]!);
    }
  }

  /** Lowers theta to the (k + 1)th smallest hash and keeps the k below it. */
  #rebuild(): void {
    const hashes = this.#sorted();
    const nominal = 2 ** this.#lgNominal;
    const words = new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length * 2);
    this.#thetaLow = words[2 * nominal]!;
    this.#thetaHigh = words[2 * nominal + 1]!;
    this.#slots.fill(0);
    for (let i = 0; i < 2 * nominal; i += 2) put(this.#slots, this.#lgSlots, words[i]!, words[i + 1]!);
    this.#count = nominal;
  }

  #sorted(): BigUint64Array<ArrayBuffer> {
    const hashes = new BigUint64Array(this.#count);
    const words = new Uint32Array(hashes.buffer);
    const slots = this.#slots;
    let end = 0;
    for (let i = 0; i < slots.length; i += 2) {
      if ((slots[i]! | slots[i + 1]!) === 0) continue;
      words[end++] = slots[i]!;
      words[end++] = slots[i + 1]!;
    }
    return hashes.sort();
  }

  #limitFor(lgSlots: number): number {
    return Math.floor((lgSlots <= this.#lgNominal ? GROW_THRESHOLD : REBUILD_THRESHOLD) * 2 ** lgSlots);
  }
}

/** Puts a hash into the table; false when it is already there. */
function put(slots: Uint32Array, lgSlots: number, low: number, high: number): boolean {
  const mask = (1 << lgSlots) - 1;
  const stride = 2 * (((low >>> lgSlots) | (high << (32 - lgSlots))) & STRIDE_MASK) + 1;
  let slot = low & mask;
  for (;;) {
    const slotLow = slots[2 * slot]!;
    const slotHigh = slots[2 * slot + 1]!;
    if (slotLow === low && slotHigh === high) return false;
    if ((slotLow | slotHigh) === 0) {
      slots[2 * slot] = low;
      slots[2 * slot + 1] = high;
      return true;
    }
    slot = (slot + stride) & mask;
  }
}

function countBelow(ascending: BigUint64Array, theta: bigint): number {
  let start = 0;
  let end = ascending.length;
  while (start < end) {
    const middle = (start + end) >>> 1;
    if (ascending[middle]! < theta) start = middle + 1;
    else end = middle;
  }
  return start;
}
