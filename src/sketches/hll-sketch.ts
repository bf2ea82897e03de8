import { invalidInput } from '../common/druid-error.js';
import { estimateCoupons, estimateHll, hllLowerBound, hllUpperBound } from './hll-estimate.js';
import { type HllType, readHll, writeHll } from './hll-image.js';
import {
  addCoupon,
  copyHllState,
  type HllState,
  hllCoupon,
  isCouponList,
  isEmptyHll,
  lowestRegister,
  MAX_LG_K,
  MIN_LG_K,
  newHllState,
  rebuiltAt,
  refresh,
} from './hll-state.js';
import type { Hash128 } from './murmur3.js';

/**
 * HLL sketch of 2^lgK slots (lgK 4 to 21), fed value by value: Druid's `HLLSketchBuild`. Its estimate is the
 * historic-inverse-probability one, so it depends on the order of the values.
 * @source Apache DataSketches `hll/HllSketch.java`
 */
export class HllSketch {
  readonly type: HllType;
  readonly #state: HllState;

  /** Takes `state` over. */
  private constructor(state: HllState, type: HllType) {
    this.#state = state;
    this.type = type;
  }

  /** @throws DruidError INVALID_INPUT when lgK is not from 4 to 21 */
  static create(lgK: number, type: HllType): HllSketch {
    return new HllSketch(newHllState(checkLgK(lgK)), type);
  }

  static fromBytes(bytes: Uint8Array): HllSketch {
    const { state, type } = readHll(bytes);
    refresh(state);
    return new HllSketch(state, type);
  }

  /** A sketch with a copy of the state of a union. */
  static ofState(state: HllState, type: HllType): HllSketch {
    refresh(state);
    // Only an 8-bit sketch keeps the sums as the union refreshed them.
    const isKept = type === 'HLL_8' || state.registers === null;
    return new HllSketch(isKept ? copyHllState(state) : rebuiltAt(state, state.lgK), type);
  }

  get lgK(): number {
    return this.#state.lgK;
  }

  get isEmpty(): boolean {
    return isEmptyHll(this.#state);
  }

  /** Adds a value by its hash (`DataSketchesHasher`). */
  update(hash: Hash128): void {
    this.updateCoupon(hllCoupon(hash));
  }

  /** Adds a value by its coupon (`hllCoupon`). */
  updateCoupon(coupon: number): void {
    addCoupon(this.#state, coupon, estimateCoupons);
  }

  estimate(): number {
    return estimateHll(this.#state);
  }

  /** Lower bound of the true count at 1, 2 or 3 standard deviations. */
  lowerBound(deviations: 1 | 2 | 3): number {
    return hllLowerBound(this.#state, deviations);
  }

  upperBound(deviations: 1 | 2 | 3): number {
    return hllUpperBound(this.#state, deviations);
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return writeHll(this.#state, this.type);
  }

  copyAs(type: HllType): HllSketch {
    if (type === this.type) return new HllSketch(copyHllState(this.#state), type);
    return new HllSketch(convertedState(this.#state), type);
  }

  /** For `HllUnion`: the state itself, not to be changed. */
  get state(): HllState {
    return this.#state;
  }

  /** What DataSketches prints of the sketch (`HLLSketchToString`). */
  summary(): HllSummary {
    const { registers, ...state } = this.#state;
    const mode = registers !== null ? 'HLL' : isCouponList(state.coupons!) ? 'LIST' : 'SET';
    const lowest = registers !== null && this.type === 'HLL_4' ? lowestRegister(registers) : state;
    return {
      lgK: state.lgK,
      type: this.type,
      mode,
      isOutOfOrder: state.isOutOfOrder,
      couponCount: state.couponCount,
      minimum: lowest.minimum,
      atMinimum: lowest.atMinimum,
      hip: state.hip,
      kxq0: state.kxq0,
      kxq1: state.kxq1,
    };
  }
}

export interface HllSummary {
  readonly lgK: number;
  readonly type: HllType;
  readonly mode: 'LIST' | 'SET' | 'HLL';
  readonly isOutOfOrder: boolean;
  /** Distinct coupons, when the mode is not HLL. */
  readonly couponCount: number;
  /** Lowest register and how many have it; 6- and 8-bit sketches only count registers at zero. */
  readonly minimum: number;
  readonly atMinimum: number;
  readonly hip: number;
  readonly kxq0: number;
  readonly kxq1: number;
}

/** @throws DruidError INVALID_INPUT when lgK is not from 4 to 21 */
export function checkLgK(lgK: number): number {
  if (Number.isInteger(lgK) && lgK >= MIN_LG_K && lgK <= MAX_LG_K) return lgK;
  throw invalidInput(`Log K must be between 4 and 21, inclusive: ${lgK}`);
}

/** The state as a sketch of another type has it: sums made anew and the minimum at zero. */
export function convertedState(state: HllState): HllState {
  return state.registers === null ? copyHllState(state) : rebuiltAt(state, state.lgK);
}
