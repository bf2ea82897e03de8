import { checkQuantilesK, readQuantiles, writeQuantiles } from './quantiles-image.js';
import {
  addValue,
  copyQuantilesState,
  mergeQuantiles,
  newQuantilesState,
  type QuantilesState,
  type RandomSource,
} from './quantiles-state.js';
import { SortedView, type WeightedRun } from './sorted-view.js';

/**
 * Classic quantiles sketch of doubles (k a power of two, Druid's default 128), which is its own union: Druid's
 * `quantilesDoublesSketch`. Exact below 2k values. Quantiles and ranks are inclusive, as DataSketches 4 answers them.
 * @source Apache DataSketches `quantiles/DoublesSketch.java`, `quantiles/DoublesUnionImpl.java`
 */
export class QuantilesDoublesSketch {
  readonly #random: RandomSource;
  #state: QuantilesState;
  #view: SortedView | null = null;

  /** Takes `state` over. */
  private constructor(state: QuantilesState, random: RandomSource) {
    this.#state = state;
    this.#random = random;
  }

  /** @throws DruidError INVALID_INPUT when k is no power of two from 2 to 32768 */
  static create(k: number, random: RandomSource): QuantilesDoublesSketch {
    return new QuantilesDoublesSketch(newQuantilesState(checkQuantilesK(k)), random);
  }

  static fromBytes(bytes: Uint8Array, random: RandomSource): QuantilesDoublesSketch {
    return new QuantilesDoublesSketch(readQuantiles(bytes), random);
  }

  get k(): number {
    return this.#state.k;
  }

  /** Number of values seen. */
  get n(): number {
    return this.#state.n;
  }

  /** Lowest value seen; NaN when empty. */
  get min(): number {
    return this.#state.min;
  }

  get max(): number {
    return this.#state.max;
  }

  /** Number of values kept. */
  get retained(): number {
    const { baseCount, levels, k } = this.#state;
    return baseCount + levels.reduce((count, level) => (level === null ? count : count + k), 0);
  }

  /** Adds a value; NaN is ignored. */
  update(value: number): void {
    addValue(this.#state, value, this.#random);
    this.#view = null;
  }

  /** Adds the other's values. Where one k is lower, so is the result's. */
  merge(other: QuantilesDoublesSketch): void {
    const source = other === this ? copyQuantilesState(other.#state) : other.#state;
    if (source.n === 0) return;
    this.#view = null;
    const isExact = source.n < 2 * source.k;
    if (!isExact && source.k < this.#state.k) this.#lowerTo(source);
    if (isExact) {
      for (let i = 0; i < source.baseCount; i++) addValue(this.#state, source.base[i]!, this.#random);
    } else if (this.#state.n === 0 && source.k === this.#state.k) {
      this.#state = copyQuantilesState(source);
    } else {
      mergeQuantiles(source, this.#state, this.#random);
    }
  }

  /** Value at the normalised rank `fraction` (0 to 1); NaN when empty. @throws DruidError INVALID_INPUT outside 0 to 1 */
  quantile(fraction: number): number {
    return this.#sorted().quantile(fraction);
  }

  /** Fraction of the values that are at most `value`; NaN when empty. */
  rank(value: number): number {
    return this.#sorted().rank(value);
  }

  /**
   * Ranks of the split points, and 1; all NaN when empty.
   * @throws DruidError INVALID_INPUT when the points do not ascend strictly
   */
  cdf(splitPoints: readonly number[]): number[] {
    return this.#sorted().cdf(splitPoints);
  }

  /** Fractions of the values between the split points; otherwise as `cdf`. */
  pmf(splitPoints: readonly number[]): number[] {
    return this.#sorted().pmf(splitPoints);
  }

  /** Numbers of values between the split points; otherwise as `cdf`. @source Druid `DoublesSketchToHistogramPostAggregator` */
  histogram(splitPoints: readonly number[]): number[] {
    return this.pmf(splitPoints).map((fraction) => fraction * this.#state.n);
  }

  /** The points that split lowest to highest value into `bins` (two or more) equal intervals. */
  equallySpacedPoints(bins: number): number[] {
    const width = (this.max - this.min) / bins;
    return Array.from({ length: bins - 1 }, (_, i) => this.min + width * (i + 1));
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return writeQuantiles(this.#state);
  }

  /** Takes the source's lower k on. */
  #lowerTo(source: QuantilesState): void {
    const lowered = newQuantilesState(source.k);
    if (this.#state.n > 0) mergeQuantiles(this.#state, lowered, this.#random);
    this.#state = lowered;
  }

  #sorted(): SortedView {
    this.#view ??= sortedView(this.#state);
    return this.#view;
  }
}

function sortedView(state: QuantilesState): SortedView {
  const runs: WeightedRun[] = state.levels.flatMap((level, i) =>
    level === null ? [] : [{ values: level, weight: 2 ** (i + 1) }],
  );
  runs.push({ values: state.base.slice(0, state.baseCount).sort(), weight: 1 });
  return new SortedView(runs);
}
