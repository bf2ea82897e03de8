import { invalidInput } from '../common/druid-error.js';

/** Sorted values that each stand for `weight` values. */
export interface WeightedRun {
  readonly values: Float64Array | Float32Array;
  readonly weight: number;
}

/**
 * The kept values of a quantiles sketch in ascending order with the numbers of values they stand for. Ranks include the value asked
 * for, as DataSketches 4 answers them; all answers about no value are NaN.
 * @source Apache DataSketches `quantilescommon/DoublesSortedView.java`
 */
export class SortedView {
  readonly #values: Float64Array;
  /** How many values each and all before it stand for. */
  readonly #cumulative: Float64Array;
  readonly #total: number;

  constructor(runs: readonly WeightedRun[]) {
    const size = runs.reduce((sum, run) => sum + run.values.length, 0);
    this.#values = new Float64Array(size);
    this.#cumulative = new Float64Array(size);
    const next = new Int32Array(runs.length);
    let total = 0;
    for (let at = 0; at < size; at++) {
      let lowest = -1;
      for (let r = 0; r < runs.length; r++) {
        const value = runs[r]!.values[next[r]!];
        if (value !== undefined && (lowest < 0 || value < runs[lowest]!.values[next[lowest]!]!)) lowest = r;
      }
      this.#values[at] = runs[lowest]!.values[next[lowest]!++]!;
      total += runs[lowest]!.weight;
      this.#cumulative[at] = total;
    }
    this.#total = total;
  }

  /** Value at the normalised rank `fraction` (0 to 1). @throws DruidError INVALID_INPUT outside 0 to 1 */
  quantile(fraction: number): number {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw invalidInput(`A normalized rank must be >= 0 and <= 1.0: ${fraction}`);
    }
    if (this.#total === 0) return Number.NaN;
    const rank = Math.ceil(fraction * this.#total);
    const index = firstIndex(this.#cumulative, (weight) => weight >= rank);
    return this.#values[Math.min(index, this.#values.length - 1)]!;
  }

  /** Fraction of the values that are at most `value`. */
  rank(value: number): number {
    if (this.#total === 0) return Number.NaN;
    const index = firstIndex(this.#values, (kept) => kept > value) - 1;
    return index < 0 ? 0 : this.#cumulative[index]! / this.#total;
  }

  /**
   * Ranks of the split points, and 1.
   * @throws DruidError INVALID_INPUT when the points do not ascend strictly
   */
  cdf(splitPoints: readonly number[]): number[] {
    splitPoints.forEach((point, i) => {
      if (Number.isNaN(point) || (i > 0 && point <= splitPoints[i - 1]!)) {
        throw invalidInput('Values must be unique, monotonically increasing and not NaN.');
      }
    });
    const last = this.#total === 0 ? Number.NaN : 1;
    return [...splitPoints.map((point) => this.rank(point)), last];
  }

  /** Fractions of the values between the split points; otherwise as `cdf`. */
  pmf(splitPoints: readonly number[]): number[] {
    const ranks = this.cdf(splitPoints);
    return ranks.map((rank, i) => (i === 0 ? rank : rank - ranks[i - 1]!));
  }
}

/** Index of the first element that is so, from where on all are; the length when none is. */
function firstIndex(ascending: Float64Array, isSo: (element: number) => boolean): number {
  let start = 0;
  let end = ascending.length;
  while (start < end) {
    const middle = (start + end) >>> 1;
    if (isSo(ascending[middle]!)) end = middle;
    else start = middle + 1;
  }
  return start;
}
