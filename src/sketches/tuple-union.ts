import { invalidInput } from '../common/druid-error.js';
import type { Hash128 } from './murmur3.js';
import { TupleSketch } from './tuple-sketch.js';
import { isBelow, MAX_THETA_HIGH, MAX_THETA_LOW, TupleTable } from './tuple-table.js';

/**
 * Accumulator of an `arrayOfDoublesSketch`: takes hashed keys with numbers, which are added up per key, and finished sketches.
 * @source Apache DataSketches `tuple/arrayofdoubles/ArrayOfDoublesUnion.java`
 */
export class TupleUnion {
  readonly #table: TupleTable;
  #isEmpty = true;
  #isMerged = false;
  /** Lowest theta of the sketches merged in, and of the table when they were. */
  #mergedLow = MAX_THETA_LOW;
  #mergedHigh = MAX_THETA_HIGH;

  /** @throws DruidError INVALID_INPUT for less than 16 or more than 2^26 nominal entries */
  constructor(nominalEntries: number, numValues: number) {
    if (!(nominalEntries >= 16 && nominalEntries <= 2 ** 26)) {
      throw invalidInput(`Nominal entries must be from 16 to 67108864: ${nominalEntries}`);
    }
    this.#table = new TupleTable(Math.ceil(Math.log2(nominalEntries)), numValues);
  }

  /** Adds a key by its hash (`DataSketchesHasher`) with the numbers `values[0, numValues)`. */
  update(hash: Hash128, values: ArrayLike<number>): void {
    const high = hash[1]!;
    this.updateWords(((hash[0]! >>> 1) | (high << 31)) >>> 0, high >>> 1, values);
  }

  /** Adds a key by the upper 63 bits of its hash's first half. */
  updateWords(low: number, high: number, values: ArrayLike<number>): void {
    this.#isEmpty = false;
    this.#table.add(low, high, values, 0);
  }

  /** @throws DruidError INVALID_INPUT for a sketch with another number of values */
  merge(sketch: TupleSketch): void {
    const { numValues } = this.#table;
    if (sketch.numValues !== numValues) {
      throw invalidInput(`Incompatible sketches: number of values mismatch ${numValues} and ${sketch.numValues}`);
    }
    this.#isMerged = true;
    if (sketch.isEmpty) return;
    this.#isEmpty = false;
    this.#lowerTheta(sketch.thetaLow, sketch.thetaHigh);
    this.#lowerTheta(this.#table.thetaLow, this.#table.thetaHigh);
    for (let i = 0; i < sketch.count; i++) {
      const low = sketch.hashes[2 * i]!;
      const high = sketch.hashes[2 * i + 1]!;
      if (isBelow(low, high, this.#mergedLow, this.#mergedHigh))
        this.#table.add(low, high, sketch.values, i * numValues);
    }
    this.#lowerTheta(this.#table.thetaLow, this.#table.thetaHigh);
  }

  /** What was added, with at most k entries once sketches were merged; the accumulator stays usable. */
  result(): TupleSketch {
    const table = this.#table;
    if (this.#isEmpty) return TupleSketch.empty(table.numValues);
    let theta: readonly [number, number] = [table.thetaLow, table.thetaHigh];
    if (this.#isMerged) {
      if (isBelow(this.#mergedLow, this.#mergedHigh, ...theta)) theta = [this.#mergedLow, this.#mergedHigh];
      const next = table.count > 2 ** table.lgNominal ? table.nextTheta() : theta;
      if (isBelow(...next, ...theta)) theta = next;
    }
    const all = new TupleSketch(table.numValues, table.entries(), theta, false);
    return all.picked(
      theta,
      () => false,
      () => true,
    );
  }

  #lowerTheta(low: number, high: number): void {
    if (!isBelow(low, high, this.#mergedLow, this.#mergedHigh)) return;
    this.#mergedLow = low;
    this.#mergedHigh = high;
  }
}
