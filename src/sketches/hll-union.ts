import { estimateCoupons, estimateHll, hllLowerBound, hllUpperBound } from './hll-estimate.js';
import type { HllType } from './hll-image.js';
import { checkLgK, convertedState, HllSketch } from './hll-sketch.js';
import {
  addCoupon,
  copyHllState,
  type HllState,
  hllCoupon,
  isCouponList,
  isEmptyHll,
  newHllState,
  rebuiltAt,
  refresh,
} from './hll-state.js';
import type { Hash128 } from './murmur3.js';

/**
 * Union of HLL sketches of any lgK and type, at most at `lgMaxK` (it follows a lower lgK down): Druid's
 * `HLLSketchMerge`, and how all HLL aggregators merge.
 * @source Apache DataSketches `hll/Union.java`
 */
export class HllUnion {
  readonly #lgMaxK: number;
  #gadget: HllState;

  /** @throws DruidError INVALID_INPUT when lgMaxK is not from 4 to 21 */
  constructor(lgMaxK: number) {
    this.#lgMaxK = checkLgK(lgMaxK);
    this.#gadget = newHllState(lgMaxK);
  }

  get isEmpty(): boolean {
    return isEmptyHll(this.#gadget);
  }

  /** Adds a value by its hash (`DataSketchesHasher`). */
  update(hash: Hash128): void {
    addCoupon(this.#gadget, hllCoupon(hash), estimateCoupons);
  }

  merge(sketch: HllSketch): void {
    const source = sketch.state;
    if (isEmptyHll(source)) return;
    if (source.coupons !== null) this.#mergeCoupons(source, source.coupons);
    else if (this.#gadget.coupons !== null) this.#takeOver(source, sketch.type, this.#gadget.coupons);
    else this.#mergeRegisters(source);
  }

  /** The union so far as a sketch of the type; the union stays usable. */
  result(type: HllType): HllSketch {
    return HllSketch.ofState(this.#gadget, type);
  }

  /**
   * The registers, to be raised in place from now on, once sketches were merged register by register: then the order of values means nothing. Null
   * before. They are another array after a merge with a sketch of lower lgK.
   */
  openRegisters(): Uint8Array | null {
    const gadget = this.#gadget;
    if (gadget.registers === null || !gadget.isOutOfOrder) return null;
    gadget.hip = 0;
    gadget.isStale = true;
    return gadget.registers;
  }

  estimate(): number {
    refresh(this.#gadget);
    return estimateHll(this.#gadget);
  }

  lowerBound(deviations: 1 | 2 | 3): number {
    refresh(this.#gadget);
    return hllLowerBound(this.#gadget, deviations);
  }

  upperBound(deviations: 1 | 2 | 3): number {
    refresh(this.#gadget);
    return hllUpperBound(this.#gadget, deviations);
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return this.result('HLL_8').toBytes();
  }

  #mergeCoupons(source: HllState, coupons: Int32Array): void {
    if (!isCouponList(coupons) && this.isEmpty && source.lgK === this.#gadget.lgK) {
      this.#gadget = copyHllState(source);
      return;
    }
    for (const coupon of coupons) if (coupon !== 0) addCoupon(this.#gadget, coupon, estimateCoupons);
  }

  /** The source's registers become the gadget, and the few coupons of the former one go into them. */
  #takeOver(source: HllState, type: HllType, coupons: Int32Array): void {
    if (source.lgK > this.#lgMaxK) this.#gadget = rebuiltAt(source, this.#lgMaxK);
    else this.#gadget = type === 'HLL_8' ? copyHllState(source) : convertedState(source);
    for (const coupon of coupons) if (coupon !== 0) addCoupon(this.#gadget, coupon, estimateCoupons);
  }

  #mergeRegisters(source: HllState): void {
    if (source.lgK < this.#gadget.lgK) this.#gadget = rebuiltAt(this.#gadget, source.lgK);
    const gadget = this.#gadget;
    const into = gadget.registers!;
    const mask = into.length - 1;
    const from = source.registers!;
    for (let i = 0; i < from.length; i++) {
      if (from[i]! > into[i & mask]!) into[i & mask] = from[i]!;
    }
    gadget.isOutOfOrder = true;
    gadget.hip = 0;
    gadget.isStale = true;
  }
}
