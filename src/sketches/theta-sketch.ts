import { invalidInput } from '../common/druid-error.js';
import { binomialLowerBound, binomialUpperBound } from './binomial-bounds.js';

/** Theta of a sketch that has kept every hash. */
export const MAX_THETA = 0x7fff_ffff_ffff_ffffn;

const TWO_TO_63 = 2 ** 63;
const SERIAL_VERSION = 3;
const COMPACT_FAMILY = 3;
const SEED_HASH = 0x93cc;
const READ_ONLY = 2;
const EMPTY = 4;
const COMPACT = 8;
const ORDERED = 16;
const SINGLE_ITEM = 32;
const SINGLE_ITEM_OLD_FLAGS = READ_ONLY | COMPACT | ORDERED;

/**
 * A finished theta sketch: the distinct 63-bit hashes below theta, ascending. Immutable; `hashes` belongs to it.
 * Bytes are those of a DataSketches compact ordered sketch (serial version 3) of the default update seed.
 * @source Apache DataSketches `theta/CompactOperations.java`, `theta/PreambleUtil.java`
 */
export class ThetaSketch {
  static readonly EMPTY = new ThetaSketch(new BigUint64Array(0), MAX_THETA, true);

  readonly hashes: BigUint64Array<ArrayBuffer>;
  readonly theta: bigint;
  /** No value was ever seen: not the same as having kept no hash. */
  readonly isEmpty: boolean;

  /** Takes `hashes` over: ascending, distinct, above 0 and below `theta`. */
  constructor(hashes: BigUint64Array<ArrayBuffer>, theta: bigint, isEmpty: boolean) {
    this.hashes = hashes;
    this.theta = theta;
    this.isEmpty = isEmpty || (hashes.length === 0 && theta === MAX_THETA);
  }

  /**
   * Reads a compact sketch, or an updatable one of the QuickSelect or Alpha family; copies what it needs.
   * @throws DruidError INVALID_INPUT for other bytes and for a sketch of another seed
   */
  static fromBytes(bytes: Uint8Array): ThetaSketch {
    if (bytes.length < 8) throw invalidInput(`A theta sketch cannot have ${bytes.length} bytes`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const longs = bytes[0]! & 0x3f;
    const family = bytes[2]!;
    const flags = bytes[5]!;
    checkPreamble(bytes, longs, family);
    if ((flags & EMPTY) !== 0) return ThetaSketch.EMPTY;
    checkSeed(view.getUint16(6, true));
    if (longs === 1) {
      const isSingle = (flags & SINGLE_ITEM) !== 0 || (flags & 0x1f) === SINGLE_ITEM_OLD_FLAGS;
      return isSingle ? new ThetaSketch(readHashes(bytes, 8, 1), MAX_THETA, false) : ThetaSketch.EMPTY;
    }
    const count = view.getUint32(8, true);
    const theta = longs > 2 ? view.getBigUint64(16, true) : MAX_THETA;
    if ((flags & COMPACT) === 0) {
      const table = readHashes(bytes, longs * 8, 2 ** bytes[4]!);
      return new ThetaSketch(table.filter((hash) => hash !== 0n && hash < theta).toSorted(), theta, false);
    }
    const hashes = readHashes(bytes, longs * 8, count);
    if ((flags & ORDERED) === 0) hashes.sort();
    return new ThetaSketch(hashes, theta, false);
  }

  get isEstimationMode(): boolean {
    return this.theta < MAX_THETA && !this.isEmpty;
  }

  estimate(): number {
    return this.hashes.length * (TWO_TO_63 / Number(this.theta));
  }

  /** Lower bound of the true count at 1, 2 or 3 standard deviations. */
  lowerBound(deviations: 1 | 2 | 3): number {
    if (!this.isEstimationMode) return this.hashes.length;
    return binomialLowerBound(this.hashes.length, Number(this.theta) / TWO_TO_63, deviations);
  }

  upperBound(deviations: 1 | 2 | 3): number {
    if (!this.isEstimationMode) return this.hashes.length;
    return binomialUpperBound(this.hashes.length, Number(this.theta) / TWO_TO_63, deviations);
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    const count = this.hashes.length;
    const isSingle = count === 1 && this.theta === MAX_THETA;
    const longs = this.theta < MAX_THETA && !this.isEmpty ? 3 : this.isEmpty || isSingle ? 1 : 2;
    const bytes = new Uint8Array((longs + count) * 8);
    const view = new DataView(bytes.buffer);
    bytes[0] = longs;
    bytes[1] = SERIAL_VERSION;
    bytes[2] = COMPACT_FAMILY;
    bytes[5] = READ_ONLY | COMPACT | ORDERED | (this.isEmpty ? EMPTY : 0) | (isSingle ? SINGLE_ITEM : 0);
    // An empty sketch is of every seed.
    if (!this.isEmpty) view.setUint16(6, SEED_HASH, true);
    if (longs > 1) {
      view.setUint32(8, count, true);
      view.setFloat32(12, 1, true);
    }
    if (longs > 2) view.setBigUint64(16, this.theta, true);
    new BigUint64Array(bytes.buffer, longs * 8).set(this.hashes);
    return bytes;
  }
}

function checkPreamble(bytes: Uint8Array, longs: number, family: number): void {
  if (bytes[1] !== SERIAL_VERSION) throw invalidInput(`Theta sketch serial version ${bytes[1]} is not supported`);
  if (family < 1 || family > COMPACT_FAMILY || longs < 1 || longs > 3 || bytes.length < longs * 8) {
    throw invalidInput(`Not a theta sketch: family ${family}, preamble of ${longs} longs`);
  }
}

function checkSeed(seedHash: number): void {
  if (seedHash === SEED_HASH) return;
  throw invalidInput(`Theta sketch of another seed: seed hash ${seedHash.toString(16)}, not ${SEED_HASH.toString(16)}`);
}

function readHashes(bytes: Uint8Array, start: number, count: number): BigUint64Array<ArrayBuffer> {
  if (bytes.length < start + count * 8) throw invalidInput(`A theta sketch of ${count} hashes is cut short`);
  // The copy is aligned, which the image inside a segment need not be.
  return new BigUint64Array(new Uint8Array(bytes.subarray(start, start + count * 8)).buffer);
}
