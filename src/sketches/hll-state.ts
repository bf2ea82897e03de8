import type { Hash128 } from './murmur3.js';

export const MIN_LG_K = 4;
export const MAX_LG_K = 21;

const ADDRESS_BITS = 26;
const ADDRESS_MASK = (1 << ADDRESS_BITS) - 1;
const LG_LIST = 3;
const LG_FIRST_SET = 5;
const MIN_LG_K_FOR_SET = 8;

/**
 * What an HLL sketch knows, whatever its target type (that decides only about its bytes). First a list of up to seven
 * coupons, then (lgK 8 and up) a hash set of coupons, then one register a slot.
 */
export interface HllState {
  readonly lgK: number;
  /** Coupons while few: a list of 8 or an open-addressed set; a zero is a free slot. Null once in registers. */
  coupons: Int32Array<ArrayBuffer> | null;
  couponCount: number;
  /** Highest leading-zero count of each of the 2^lgK slots. */
  registers: Uint8Array<ArrayBuffer> | null;
  /** Historic inverse probability estimate: valid as long as values came one by one into this sketch. */
  hip: number;
  /** Sum of 2^-register, below 2^-31 apart so that no digit is lost. */
  kxq0: number;
  kxq1: number;
  isOutOfOrder: boolean;
  /** `kxq*`, `minimum` and `atMinimum` lag behind `registers`, after a register-wise merge. */
  isStale: boolean;
  /** Zero, or the lowest register as found when it was no longer stale. */
  minimum: number;
  atMinimum: number;
}

export function newHllState(lgK: number): HllState {
  return { ...emptyState(lgK), coupons: new Int32Array(1 << LG_LIST), registers: null };
}

/** A sketch without values that is in registers already. */
export function newRegisterState(lgK: number): HllState & { registers: Uint8Array<ArrayBuffer> } {
  return { ...emptyState(lgK), coupons: null, registers: new Uint8Array(2 ** lgK) };
}

export function copyHllState(state: HllState): HllState {
  return { ...state, coupons: state.coupons?.slice() ?? null, registers: state.registers?.slice() ?? null };
}

export function isEmptyHll(state: HllState): boolean {
  return state.coupons !== null && state.couponCount === 0;
}

/** True while the coupons are a list and not yet a set. */
export function isCouponList(coupons: Int32Array): boolean {
  return coupons.length === 1 << LG_LIST;
}

/**
 * What one hashed value means to a sketch: its address (26 bits) and above it the leading zeros plus one (6 bits).
 * It depends on the value alone, so callers may keep it per dictionary id. Never zero.
 * @source Apache DataSketches `hll/BaseHllSketch.java#coupon`
 */
export function hllCoupon(hash: Hash128): number {
  const high = hash[3]!;
  const zeros = high !== 0 ? Math.clz32(high) : 32 + Math.clz32(hash[2]!);
  return makePair(hash[0]! & ADDRESS_MASK, Math.min(zeros, 62) + 1);
}

export function makePair(address: number, value: number): number {
  return (value << ADDRESS_BITS) | address;
}

export function pairAddress(pair: number): number {
  return pair & ADDRESS_MASK;
}

export function pairValue(pair: number): number {
  return pair >>> ADDRESS_BITS;
}

/**
 * Adds one coupon; `estimateCoupons` is asked once, when the sketch goes over to registers.
 * @source Apache DataSketches `hll/CouponList.java`, `hll/CouponHashSet.java`, `hll/AbstractHllArray.java`
 */
export function addCoupon(state: HllState, coupon: number, estimateCoupons: (count: number) => number): void {
  if (state.registers !== null) {
    raiseRegister(state, state.registers, coupon & (state.registers.length - 1), coupon >>> ADDRESS_BITS);
    return;
  }
  const coupons = state.coupons!;
  if (isCouponList(coupons)) {
    if (coupons.includes(coupon)) return;
    coupons[state.couponCount++] = coupon;
    if (state.couponCount < coupons.length) return;
    if (state.lgK < MIN_LG_K_FOR_SET) toRegisters(state, coupons, estimateCoupons);
    else state.coupons = rehash(coupons, LG_FIRST_SET);
    return;
  }
  if (!putCoupon(coupons, coupon)) return;
  state.couponCount++;
  if (4 * state.couponCount <= 3 * coupons.length) return;
  const lgSize = 31 - Math.clz32(coupons.length);
  if (lgSize === state.lgK - 3) toRegisters(state, coupons, estimateCoupons);
  else state.coupons = rehash(coupons, lgSize + 1);
}

/** An empty coupon set of the first size, to be filled by `addCoupon`. */
export function startCouponSet(state: HllState): void {
  state.coupons = new Int32Array(1 << LG_FIRST_SET);
}

/** Makes `kxq*`, `minimum` and `atMinimum` those of the registers again. */
export function refresh(state: HllState): void {
  if (!state.isStale || state.registers === null) return;
  let kxq0 = 2 ** state.lgK;
  let kxq1 = 0;
  for (const value of state.registers) {
    // The one is taken from the same sum, as DataSketches has it; only the two together mean something.
    if (value >= 32) kxq1 += 2 ** -value - 1;
    else if (value > 0) kxq0 += 2 ** -value - 1;
  }
  state.kxq0 = kxq0;
  state.kxq1 = kxq1;
  const { minimum, atMinimum } = lowestRegister(state.registers);
  state.minimum = minimum;
  state.atMinimum = atMinimum;
  state.isStale = false;
}

/** The lowest register and how many have it. */
export function lowestRegister(registers: Uint8Array): { readonly minimum: number; readonly atMinimum: number } {
  let minimum = 64;
  let atMinimum = 0;
  for (const value of registers) {
    if (value < minimum) {
      minimum = value;
      atMinimum = 1;
    } else if (value === minimum) {
      atMinimum++;
    }
  }
  return { minimum, atMinimum };
}

/** The state with its registers at another, lower lgK, or rebuilt at its own. Only for a state in registers. */
export function rebuiltAt(state: HllState, lgK: number): HllState {
  const rebuilt = newRegisterState(lgK);
  const mask = 2 ** lgK - 1;
  state.registers!.forEach((value, slot) => {
    if (value !== 0) raiseRegister(rebuilt, rebuilt.registers, slot & mask, value);
  });
  rebuilt.hip = state.hip;
  rebuilt.isOutOfOrder = state.isOutOfOrder;
  return rebuilt;
}

function emptyState(lgK: number): Omit<HllState, 'coupons' | 'registers'> {
  return {
    lgK,
    couponCount: 0,
    hip: 0,
    kxq0: 2 ** lgK,
    kxq1: 0,
    isOutOfOrder: false,
    isStale: false,
    minimum: 0,
    atMinimum: 2 ** lgK,
  };
}

function raiseRegister(state: HllState, registers: Uint8Array, slot: number, value: number): void {
  const former = registers[slot]!;
  if (value <= former) return;
  registers[slot] = value;
  state.hip += registers.length / (state.kxq0 + state.kxq1);
  if (former < 32) state.kxq0 -= INVERSE_POWER[former]!;
  else state.kxq1 -= INVERSE_POWER[former]!;
  if (value < 32) state.kxq0 += INVERSE_POWER[value]!;
  else state.kxq1 += INVERSE_POWER[value]!;
  if (former === 0) state.atMinimum--;
}

function toRegisters(state: HllState, coupons: Int32Array, estimateCoupons: (count: number) => number): void {
  const count = state.couponCount;
  const registers = new Uint8Array(2 ** state.lgK);
  state.registers = registers;
  state.coupons = null;
  state.couponCount = 0;
  for (const coupon of coupons) {
    if (coupon !== 0) raiseRegister(state, registers, coupon & (registers.length - 1), coupon >>> ADDRESS_BITS);
  }
  state.hip = estimateCoupons(count);
}

function rehash(coupons: Int32Array, lgSize: number): Int32Array<ArrayBuffer> {
  const table = new Int32Array(1 << lgSize);
  for (const coupon of coupons) if (coupon !== 0) putCoupon(table, coupon);
  return table;
}

/** Puts a coupon (or a slot's pair) into an open-addressed table; false when it is there already. */
function putCoupon(table: Int32Array, coupon: number): boolean {
  const mask = table.length - 1;
  const stride = ((coupon & ADDRESS_MASK) >>> (31 - Math.clz32(table.length))) | 1;
  let at = coupon & mask;
  while (table[at] !== 0) {
    if (table[at] === coupon) return false;
    at = (at + stride) & mask;
  }
  table[at] = coupon;
  return true;
}

const INVERSE_POWER = Float64Array.from({ length: 64 }, (_, power) => 2 ** -power);
