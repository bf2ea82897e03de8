import { interpolateCubic } from './cubic-interpolation.js';
import { LARGE_RAW_ESTIMATES } from './hll-interpolation-large.js';
import { SMALL_RAW_ESTIMATES } from './hll-interpolation-small.js';
import { type HllState, MIN_LG_K } from './hll-state.js';
import { COUPON_COUNTS, COUPON_ESTIMATES, HIP_LOWER, HIP_UPPER, NON_HIP_LOWER, NON_HIP_UPPER } from './hll-tables.js';
import { preciseLog } from './precise-log.js';

const RAW_ESTIMATES = [...SMALL_RAW_ESTIMATES, ...LARGE_RAW_ESTIMATES];
/** Distance of the estimates that neighbours in a row of RAW_ESTIMATES stand for. */
const STRIDES = [1, 2, 3, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480, 40960, 81920];
const COUPON_ERROR = 0.409 / 2 ** 13;
const HIP_ERROR = Math.sqrt(preciseLog(2));
const NON_HIP_ERROR = Math.sqrt(3 * preciseLog(2) - 1);
const MAX_TABLE_LG_K = 12;
const EULER_MASCHERONI = 0.5772156649015329;

/** Estimate of a state that is not stale. @source Apache DataSketches `hll/HllEstimators.java` */
export function estimateHll(state: HllState): number {
  if (state.coupons !== null) return estimateCoupons(state.couponCount);
  return state.isOutOfOrder ? compositeEstimate(state) : state.hip;
}

export function estimateCoupons(count: number): number {
  return Math.max(rawCouponEstimate(count), count);
}

export function hllLowerBound(state: HllState, deviations: 1 | 2 | 3): number {
  if (state.coupons !== null) return couponBound(state, 1 + deviations * COUPON_ERROR);
  const slots = 2 ** state.lgK;
  const used = state.minimum === 0 ? slots - state.atMinimum : slots;
  const table = state.isOutOfOrder ? NON_HIP_LOWER : HIP_LOWER;
  return Math.max(estimateHll(state) / (1 + relativeError(state, deviations, table)), used);
}

export function hllUpperBound(state: HllState, deviations: 1 | 2 | 3): number {
  if (state.coupons !== null) return couponBound(state, 1 - deviations * COUPON_ERROR);
  const table = state.isOutOfOrder ? NON_HIP_UPPER : HIP_UPPER;
  return estimateHll(state) / (1 - relativeError(state, deviations, table));
}

function couponBound(state: HllState, divisor: number): number {
  return Math.max(rawCouponEstimate(state.couponCount) / divisor, state.couponCount);
}

function rawCouponEstimate(count: number): number {
  return interpolateCubic(COUPON_COUNTS, (index) => COUPON_ESTIMATES[index]!, count);
}

function relativeError(state: HllState, deviations: number, table: readonly number[]): number {
  if (state.lgK <= MAX_TABLE_LG_K) return table[(state.lgK - MIN_LG_K) * 3 + deviations - 1]!;
  return (deviations * (state.isOutOfOrder ? NON_HIP_ERROR : HIP_ERROR)) / Math.sqrt(2 ** state.lgK);
}

/** Estimate from the registers alone, as needed after a merge: raw HLL, corrected, or linear counting when few. */
function compositeEstimate(state: HllState): number {
  const { lgK } = state;
  const slots = 2 ** lgK;
  const raw = rawEstimate(lgK, state.kxq0 + state.kxq1);
  const xs = RAW_ESTIMATES[lgK - MIN_LG_K]!;
  const stride = STRIDES[lgK - MIN_LG_K]!;
  const last = xs.length - 1;
  if (raw < xs[0]!) return 0;
  if (raw > xs[last]!) return raw * ((stride * last) / xs[last]!);
  const adjusted = interpolateCubic(xs, (index) => stride * index, raw);
  if (adjusted > 3 * slots) return adjusted;
  const linear = linearEstimate(slots, state.minimum === 0 ? state.atMinimum : 0);
  const crossOver = lgK === 4 ? 0.718 : lgK === 5 ? 0.672 : 0.64;
  return (adjusted + linear) / 2 > crossOver * slots ? adjusted : linear;
}

function rawEstimate(lgK: number, inverseSum: number): number {
  const slots = 2 ** lgK;
  const factor = lgK === 4 ? 0.673 : lgK === 5 ? 0.697 : lgK === 6 ? 0.709 : 0.7213 / (1 + 1.079 / slots);
  return (factor * slots * slots) / inverseSum;
}

function linearEstimate(slots: number, unused: number): number {
  if (unused === 0) return slots * preciseLog(slots / 0.5);
  return slots * (harmonicNumber(slots) - harmonicNumber(unused));
}

// Fractions summed exactly: adding 1/i one by one would round more than once.
const HARMONIC_FRACTIONS: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 1],
  [3, 2],
  [11, 6],
  [25, 12],
  [137, 60],
  [49, 20],
  [363, 140],
  [761, 280],
  [7129, 2520],
  [7381, 2520],
  [83711, 27720],
  [86021, 27720],
  [1145993, 360360],
  [1171733, 360360],
  [1195757, 360360],
  [2436559, 720720],
  [42142223, 12252240],
  [14274301, 4084080],
  [275295799, 77597520],
  [55835135, 15519504],
  [18858053, 5173168],
  [19093197, 5173168],
  [444316699, 118982864],
  [1347822955, 356948592],
];

function harmonicNumber(n: number): number {
  const fraction = HARMONIC_FRACTIONS[n];
  if (fraction !== undefined) return fraction[0] / fraction[1];
  const inverseSquare = 1 / (n * n);
  let sum = preciseLog(n) + EULER_MASCHERONI + 1 / (2 * n);
  let power = inverseSquare;
  sum -= power * (1 / 12);
  power *= inverseSquare;
  sum += power * (1 / 120);
  power *= inverseSquare;
  sum -= power * (1 / 252);
  power *= inverseSquare;
  sum += power * (1 / 240);
  return sum;
}
