import { checkKllK, readKll, writeKll } from './kll-image.js';
import { addKllValue, type KllState, type KllType, mergeKll, newKllState } from './kll-state.js';
import type { RandomSource } from './quantiles-state.js';
import { SortedView, type WeightedRun } from './sorted-view.js';

/**
 * KLL quantiles sketch of doubles or floats, which is its own union: Druid's `KllDoublesSketch` and `KllFloatsSketch`. Exact up to k
 * values.
 * @source Apache DataSketches `kll/KllDoublesSketch.java`, `kll/KllFloatsSketch.java`
 */
export class KllSketch {
  readonly #random: RandomSource;
  readonly #state: KllState;
  #view: SortedView | null = null;

  /** Takes `state` over. */
  private constructor(state: KllState, random: RandomSource) {
    this.#state = state;
    this.#random = random;
  }

  /** @throws DruidError INVALID_INPUT when k is not from 8 to 65535 */
  static create(type: KllType, k: number, random: RandomSource): KllSketch {
    return new KllSketch(newKllState(type, checkKllK(k)), random);
  }

  static fromBytes(bytes: Uint8Array, type: KllType, random: RandomSource): KllSketch {
    return new KllSketch(readKll(bytes, type), random);
  }

  get type(): KllType {
    return this.#state.type;
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

  /** Adds a value, rounded to single precision in a sketch of floats; NaN is ignored. */
  update(value: number): void {
    addKllValue(this.#state, this.#state.type === 'floats' ? Math.fround(value) : value, this.#random);
    this.#view = null;
  }

  merge(other: KllSketch): void {
    this.#view = null;
    mergeKll(this.#state, other.#state, this.#random);
  }

  /** See `SortedView`: all NaN when empty. */
  quantile(fraction: number): number {
    return this.#sorted().quantile(fraction);
  }

  rank(value: number): number {
    return this.#sorted().rank(value);
  }

  cdf(splitPoints: readonly number[]): number[] {
    return this.#sorted().cdf(splitPoints);
  }

  pmf(splitPoints: readonly number[]): number[] {
    return this.#sorted().pmf(splitPoints);
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return writeKll(this.#state);
  }

  /** For texts about the sketch: the state itself, not to be changed. */
  get state(): Readonly<KllState> {
    return this.#state;
  }

  #sorted(): SortedView {
    this.#view ??= sortedView(this.#state);
    return this.#view;
  }
}

function sortedView({ levels, items }: KllState): SortedView {
  const runs: WeightedRun[] = [];
  for (let level = 0; level + 1 < levels.length; level++) {
    const values = items.slice(levels[level], levels[level + 1]);
    runs.push({ values: level === 0 ? values.sort() : values, weight: 2 ** level });
  }
  return new SortedView(runs);
}
