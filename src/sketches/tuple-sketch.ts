import { invalidInput } from '../common/druid-error.js';
import { binomialLowerBound, binomialUpperBound } from './binomial-bounds.js';
import { isBelow, MAX_THETA_HIGH, MAX_THETA_LOW, type TupleEntries } from './tuple-table.js';

const TWO_TO_32 = 2 ** 32;
const TWO_TO_63 = 2 ** 63;
const SERIAL_VERSION = 1;
const FAMILY = 9;
const QUICK_SELECT_TYPE = 2;
const COMPACT_TYPE = 3;
const BIG_ENDIAN = 1;
const EMPTY = 4;
const HAS_ENTRIES = 8;
const SEED_HASH = 0x93cc;
const PREAMBLE_BYTES = 16;
const COMPACT_ENTRIES_START = 24;
const UPDATABLE_ENTRIES_START = 32;

/**
 * A finished sketch of distinct keys with a row of numbers each: Druid's `arrayOfDoublesSketch`. Immutable; the arrays belong to it.
 * @source Apache DataSketches `tuple/arrayofdoubles/ArrayOfDoublesCompactSketch.java`
 */
export class TupleSketch implements TupleEntries {
  readonly numValues: number;
  readonly hashes: Uint32Array<ArrayBuffer>;
  readonly values: Float64Array<ArrayBuffer>;
  readonly thetaLow: number;
  readonly thetaHigh: number;
  readonly isEmpty: boolean;

  /** Takes the arrays over; hashes are distinct, above 0 and below theta, in any order. */
  constructor(numValues: number, entries: TupleEntries, theta: readonly [low: number, high: number], isEmpty: boolean) {
    this.numValues = numValues;
    this.hashes = entries.hashes;
    this.values = entries.values;
    [this.thetaLow, this.thetaHigh] = isEmpty ? [MAX_THETA_LOW, MAX_THETA_HIGH] : theta;
    this.isEmpty = isEmpty;
  }

  static empty(numValues: number): TupleSketch {
    const entries = { hashes: new Uint32Array(0), values: new Float64Array(0) };
    return new TupleSketch(numValues, entries, [MAX_THETA_LOW, MAX_THETA_HIGH], true);
  }

  /**
   * Reads a compact or updatable sketch.
   * @throws DruidError INVALID_INPUT for other bytes and for a sketch of another seed
   */
  static fromBytes(bytes: Uint8Array): TupleSketch {
    const type = bytes[3];
    const isSketch = bytes.length >= PREAMBLE_BYTES && bytes[1] === SERIAL_VERSION && bytes[2] === FAMILY;
    if (!isSketch || (type !== COMPACT_TYPE && type !== QUICK_SELECT_TYPE) || (bytes[4]! & BIG_ENDIAN) !== 0) {
      throw invalidInput(`Not an array of doubles sketch: preamble ${bytes.subarray(0, 8).join(' ')}`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const seedHash = view.getUint16(6, true);
    if (seedHash !== SEED_HASH) throw invalidInput(`Sketch of another seed: seed hash ${seedHash.toString(16)}`);
    const numValues = bytes[5]!;
    const entries = readEntries(bytes, view, numValues, type === QUICK_SELECT_TYPE);
    return new TupleSketch(
      numValues,
      entries,
      [view.getUint32(8, true), view.getUint32(12, true)],
      (bytes[4]! & EMPTY) !== 0,
    );
  }

  get count(): number {
    return this.hashes.length / 2;
  }

  get isEstimationMode(): boolean {
    return !this.isEmpty && isBelow(this.thetaLow, this.thetaHigh, MAX_THETA_LOW, MAX_THETA_HIGH);
  }

  /** Fraction of all hashes that are below theta. */
  get theta(): number {
    return (this.thetaHigh * TWO_TO_32 + this.thetaLow) / TWO_TO_63;
  }

  /** Theta as the 63-bit integer. */
  get thetaLong(): bigint {
    return (BigInt(this.thetaHigh) << 32n) | BigInt(this.thetaLow);
  }

  estimate(): number {
    return this.isEstimationMode ? this.count / this.theta : this.count;
  }

  /** Lower bound of the true count at 1, 2 or 3 standard deviations. */
  lowerBound(deviations: 1 | 2 | 3): number {
    return this.isEstimationMode ? binomialLowerBound(this.count, this.theta, deviations) : this.count;
  }

  upperBound(deviations: 1 | 2 | 3): number {
    return this.isEstimationMode ? binomialUpperBound(this.count, this.theta, deviations) : this.count;
  }

  /** The numbers at one place of the rows. */
  column(index: number): Float64Array {
    return Float64Array.from({ length: this.count }, (_, i) => this.values[i * this.numValues + index]!);
  }

  /** The entries with this hash test, and the lower theta; empty as told. */
  picked(
    theta: readonly [low: number, high: number],
    isEmpty: (count: number) => boolean,
    isKept: (low: number, high: number) => boolean,
  ): TupleSketch {
    const { numValues } = this;
    const hashes: number[] = [];
    const values: number[] = [];
    for (let i = 0; i < this.count; i++) {
      const low = this.hashes[2 * i]!;
      const high = this.hashes[2 * i + 1]!;
      if (!isBelow(low, high, theta[0], theta[1]) || !isKept(low, high)) continue;
      hashes.push(low, high);
      for (let k = 0; k < numValues; k++) values.push(this.values[i * numValues + k]!);
    }
    const entries = { hashes: Uint32Array.from(hashes), values: Float64Array.from(values) };
    return new TupleSketch(numValues, entries, theta, isEmpty(hashes.length / 2));
  }

  /** Compact serialised form. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { count, numValues } = this;
    const bytes = new Uint8Array(count === 0 ? PREAMBLE_BYTES : COMPACT_ENTRIES_START + 8 * count * (1 + numValues));
    const view = new DataView(bytes.buffer);
    bytes[0] = 1;
    bytes[1] = SERIAL_VERSION;
    bytes[2] = FAMILY;
    bytes[3] = COMPACT_TYPE;
    bytes[4] = (this.isEmpty ? EMPTY : 0) | (count > 0 ? HAS_ENTRIES : 0);
    bytes[5] = numValues;
    view.setUint16(6, SEED_HASH, true);
    view.setUint32(8, this.thetaLow, true);
    view.setUint32(12, this.thetaHigh, true);
    if (count === 0) return bytes;
    view.setUint32(16, count, true);
    bytes.set(new Uint8Array(this.hashes.buffer, this.hashes.byteOffset, 8 * count), COMPACT_ENTRIES_START);
    new Float64Array(bytes.buffer, COMPACT_ENTRIES_START + 8 * count).set(this.values);
    return bytes;
  }
}

function readEntries(bytes: Uint8Array, view: DataView, numValues: number, isUpdatable: boolean): TupleEntries {
  if ((bytes[4]! & HAS_ENTRIES) === 0) return { hashes: new Uint32Array(0), values: new Float64Array(0) };
  const start = isUpdatable ? UPDATABLE_ENTRIES_START : COMPACT_ENTRIES_START;
  if (bytes.length < start) throw invalidInput('An array of doubles sketch is cut short');
  const slots = isUpdatable ? 2 ** bytes[17]! : view.getUint32(16, true);
  const valuesStart = start + 8 * slots;
  if (bytes.length < valuesStart + 8 * slots * numValues) {
    throw invalidInput(`An array of doubles sketch of ${slots} entries is cut short`);
  }
  // Copies are aligned, which the image inside a segment need not be.
  const hashes = new Uint32Array(new Uint8Array(bytes.subarray(start, valuesStart)).buffer);
  const values = new Float64Array(
    new Uint8Array(bytes.subarray(valuesStart, valuesStart + 8 * slots * numValues)).buffer,
  );
  if (!isUpdatable) return { hashes, values };
  const used = Array.from({ length: slots }, (_, slot) => slot).filter(
    (slot) => (hashes[2 * slot]! | hashes[2 * slot + 1]!) !== 0,
  );
  return {
    hashes: Uint32Array.from(used.flatMap((slot) => [hashes[2 * slot]!, hashes[2 * slot + 1]!])),
    values: Float64Array.from(used.flatMap((slot) => [...values.subarray(slot * numValues, (slot + 1) * numValues)])),
  };
}
