const STRIDE_MASK = 127;
const MIN_LG_SLOTS = 5;
const LG_GROWTH = 3;
const REBUILD_THRESHOLD = 15 / 16;
const GROW_THRESHOLD = 1 / 2;

/** Theta of a sketch that has kept every hash, as words. */
export const MAX_THETA_LOW = 0xffffffff;
export const MAX_THETA_HIGH = 0x7fffffff;

/** Entries in their order in the table: low and high word of each hash, and `numValues` numbers each. */
export interface TupleEntries {
  readonly hashes: Uint32Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;
}

/**
 * Open-addressed table of 63-bit hashes with a row of numbers each, that keeps about 2 * k of the smallest. Slots, growth and order
 * are those of DataSketches, so that images equal.
 * @source Apache DataSketches `tuple/arrayofdoubles/ArrayOfDoublesQuickSelectSketch.java`
 */
export class TupleTable {
  readonly numValues: number;
  readonly lgNominal: number;
  /** Hashes at or above theta are not kept. */
  thetaLow = MAX_THETA_LOW;
  thetaHigh = MAX_THETA_HIGH;
  count = 0;
  #lgSlots: number;
  #slots: Uint32Array<ArrayBuffer>;
  #values: Float64Array<ArrayBuffer>;
  #limit: number;

  constructor(lgNominal: number, numValues: number) {
    this.lgNominal = lgNominal;
    this.numValues = numValues;
    const lgTarget = lgNominal + 1;
    this.#lgSlots = lgTarget <= MIN_LG_SLOTS ? MIN_LG_SLOTS : ((lgTarget - MIN_LG_SLOTS) % LG_GROWTH) + MIN_LG_SLOTS;
    this.#slots = new Uint32Array(2 << this.#lgSlots);
    this.#values = new Float64Array(numValues << this.#lgSlots);
    this.#limit = this.#limitNow();
  }

  /** Adds `values[at, at + numValues)` to the row of a hash; ignored at or above theta. */
  add(low: number, high: number, values: ArrayLike<number>, at: number): void {
    if ((low | high) === 0 || !isBelow(low, high, this.thetaLow, this.thetaHigh)) return;
    const found = this.#find(low, high);
    const isNew = found < 0;
    const slot = isNew ? ~found : found;
    if (isNew) {
      this.#slots[2 * slot] = low;
      this.#slots[2 * slot + 1] = high;
      this.count++;
    }
    const start = slot * this.numValues;
    for (let i = 0; i < this.numValues; i++) this.#values[start + i] = this.#values[start + i]! + values[at + i]!;
    if (this.count > this.#limit) this.#makeRoom();
  }

  entries(): TupleEntries {
    const { numValues } = this;
    const hashes = new Uint32Array(2 * this.count);
    const values = new Float64Array(numValues * this.count);
    let end = 0;
    for (let slot = 0; slot < this.#slots.length / 2; slot++) {
      if ((this.#slots[2 * slot]! | this.#slots[2 * slot + 1]!) === 0) continue;
      hashes.set(this.#slots.subarray(2 * slot, 2 * slot + 2), 2 * end);
      values.set(this.#values.subarray(slot * numValues, (slot + 1) * numValues), end * numValues);
      end++;
    }
    return { hashes, values };
  }

  /** The (k + 1)th smallest hash, when there are more than k. */
  nextTheta(): readonly [low: number, high: number] {
    const sorted = new BigUint64Array(this.entries().hashes.buffer).sort();
    const theta = sorted[2 ** this.lgNominal]!;
    return [Number(theta & 0xffffffffn), Number(theta >> 32n)];
  }

  #find(low: number, high: number): number {
    const mask = (1 << this.#lgSlots) - 1;
    const stride = 2 * (((low >>> this.#lgSlots) | (high << (32 - this.#lgSlots))) & STRIDE_MASK) + 1;
    let slot = low & mask;
    for (;;) {
      const slotLow = this.#slots[2 * slot]!;
      const slotHigh = this.#slots[2 * slot + 1]!;
      if (slotLow === low && slotHigh === high) return slot;
      if ((slotLow | slotHigh) === 0) return ~slot;
      slot = (slot + stride) & mask;
    }
  }

  #makeRoom(): void {
    if (this.#lgSlots > this.lgNominal) [this.thetaLow, this.thetaHigh] = this.nextTheta();
    const { hashes, values } = this.entries();
    if (this.#lgSlots <= this.lgNominal) this.#lgSlots += LG_GROWTH;
    this.#slots = new Uint32Array(2 << this.#lgSlots);
    this.#values = new Float64Array(this.numValues << this.#lgSlots);
    this.#limit = this.#limitNow();
    this.count = 0;
    for (let i = 0; 2 * i < hashes.length; i++)
      this.add(hashes[2 * i]!, hashes[2 * i + 1]!, values, i * this.numValues);
  }

  #limitNow(): number {
    return Math.floor((this.#lgSlots > this.lgNominal ? REBUILD_THRESHOLD : GROW_THRESHOLD) * 2 ** this.#lgSlots);
  }
}

/** Whether the first 64-bit value is below the second. */
export function isBelow(low: number, high: number, otherLow: number, otherHigh: number): boolean {
  return high < otherHigh || (high === otherHigh && low < otherLow);
}
