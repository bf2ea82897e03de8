import { invalidInput } from '../common/druid-error.js';
import type { Hash128 } from './murmur3.js';
import { preciseLog } from './precise-log.js';

/** Bytes of one accumulator: Druid's dense form, a header and 2048 four-bit registers. */
export const HYPER_UNIQUE_STATE_BYTES = 1031;

const VERSION = 1;
const HEADER_BYTES = 7;
const BUCKETS = 2048;
const BUCKET_BITS = 11;
const REGISTER_BYTES = BUCKETS / 2;
const REGISTER_RANGE = 15;
const SPARSE_BELOW = 128;
const TRIPLE_BYTES = 3;

const OFFSET_AT = 1;
const NON_ZERO_AT = 2;
const OVERFLOW_VALUE_AT = 4;
const OVERFLOW_BUCKET_AT = 5;

const TWO_TO_64 = 2 ** 64;
const ALPHA = 0.7213 / (1 + 1.079 / BUCKETS);
const CORRECTION = ALPHA * BUCKETS * BUCKETS;
const LOW_THRESHOLD = (5 * BUCKETS) / 2;
const HIGH_THRESHOLD = TWO_TO_64 / 30;

// The functions below follow Druid's collector step by step, oddities included (only one overflowing register is
// remembered; a remembered overflow below 16 counts as a zero register; a full collector shifts once per merge):
// answers have to be the same doubles.

/** Makes `state[at, at + 1031)` an empty sketch. @source Druid `hll/VersionOneHyperLogLogCollector.java` */
export function initHyperUnique(state: Uint8Array, at: number): void {
  state.fill(0, at, at + HYPER_UNIQUE_STATE_BYTES);
  state[at] = VERSION;
}

/**
 * What one hashed value means to the sketch: bucket (11 bits) and above it the position of the lowest set bit (1-64).
 * Hash with seed 0. It depends on the value alone, so callers may keep it per dictionary id.
 */
export function hyperUniqueCoupon(hash: Hash128): number {
  const high = hash[3]!;
  const bucket = (((high >>> 8) & 0xff00) | (high >>> 24)) & (BUCKETS - 1);
  return (lowestBit(hash[0]!, hash[1]!) << BUCKET_BITS) | bucket;
}

/** Adds one coupon to the sketch at `state[at]`. */
export function addHyperUniqueCoupon(state: Uint8Array, at: number, coupon: number): void {
  add(state, at, coupon & (BUCKETS - 1), coupon >>> BUCKET_BITS);
}

/** Merges the sketch at `other[otherAt]` into the one at `state[at]`. @source Druid `HyperLogLogCollector#fold` */
export function mergeHyperUnique(state: Uint8Array, at: number, other: Uint8Array, otherAt: number): void {
  let source = other;
  let sourceAt = otherAt;
  if (state[at + OFFSET_AT]! < other[otherAt + OFFSET_AT]!) {
    // The higher offset has to receive: take the other's registers and fold the former ones in.
    mergeScratch.set(state.subarray(at, at + HYPER_UNIQUE_STATE_BYTES));
    state.set(other.subarray(otherAt, otherAt + HYPER_UNIQUE_STATE_BYTES), at);
    source = mergeScratch;
    sourceAt = 0;
  }
  const offset = state[at + OFFSET_AT]!;
  const difference = offset - source[sourceAt + OFFSET_AT]!;
  let nonZero = nonZeroOf(state, at);
  for (let i = HEADER_BYTES; i < HYPER_UNIQUE_STATE_BYTES; i++) {
    const incoming = source[sourceAt + i]!;
    if (incoming === 0) continue;
    const current = state[at + i]!;
    const upper = Math.max(current >>> 4, (incoming >>> 4) - difference);
    const lower = Math.max(current & 15, (incoming & 15) - difference);
    if (current >>> 4 === 0 && upper > 0) nonZero++;
    if ((current & 15) === 0 && lower > 0) nonZero++;
    state[at + i] = (upper << 4) | lower;
  }
  if (nonZero === BUCKETS) {
    nonZero = decrementRegisters(state, at);
    state[at + OFFSET_AT] = offset + 1;
  }
  setNonZero(state, at, nonZero);
  add(state, at, overflowBucketOf(source, sourceAt), source[sourceAt + OVERFLOW_VALUE_AT]!);
}

/** Number of distinct values seen by the sketch at `state[at]`, as the collector that took them in tells it. @source Druid `HyperLogLogCollector#estimateDense` */
export function estimateHyperUnique(state: Uint8Array, at: number): number {
  const offset = state[at + OFFSET_AT]!;
  const overflow = state[at + OVERFLOW_VALUE_AT]!;
  const overflowBucket = overflowBucketOf(state, at);
  const overflowByte = overflow === 0 ? -1 : overflowBucket >>> 1;
  let sum = 0;
  let zeros = 0;
  for (let i = 0; i < REGISTER_BYTES; i++) {
    const registers = state[at + HEADER_BYTES + i]!;
    let upper = (registers >>> 4) + offset;
    let lower = (registers & 15) + offset;
    if (i === overflowByte) {
      if ((overflowBucket & 1) === 0) upper = Math.max(upper, overflow);
      else lower = Math.max(lower, overflow);
      zeros += ((upper & 0xf0) === 0 ? 1 : 0) + ((lower & 0x0f) === 0 ? 1 : 0);
    } else {
      zeros += (registers >>> 4 === 0 ? 1 : 0) + ((registers & 15) === 0 ? 1 : 0);
    }
    sum += INVERSE_POWER[upper]! + INVERSE_POWER[lower]!;
  }
  return corrected(sum, zeros);
}

/**
 * Estimate as Druid computes it from the serialised form without merging it into another sketch. It differs from
 * the dense estimate only for a sparse image with an overflow register.
 * @throws DruidError INVALID_INPUT for bytes that are no sketch
 * @source Druid `HyperLogLogCollector#estimateSparse`
 */
export function estimateHyperUniqueImage(image: Uint8Array): number {
  if (image.length === 0) return 0;
  checkImage(image);
  if (image.length === HYPER_UNIQUE_STATE_BYTES) return estimateHyperUnique(image, 0);
  const offset = image[OFFSET_AT]!;
  const overflow = image[OVERFLOW_VALUE_AT]!;
  const overflowBucket = overflowBucketOf(image, 0);
  let sum = 0;
  let zeros = BUCKETS - 2 * ((image.length - HEADER_BYTES) / TRIPLE_BYTES);
  for (let i = HEADER_BYTES; i < image.length; i += TRIPLE_BYTES) {
    const registers = image[i + 2]!;
    let upper = (registers >>> 4) + offset;
    let lower = (registers & 15) + offset;
    // Positions in the image count the header and the overflow's does not; Druid compares them all the same.
    if (overflow !== 0 && ((image[i]! << 8) | image[i + 1]!) === overflowBucket >>> 1) {
      if ((overflowBucket & 1) === 0) upper = Math.max(upper, overflow);
      else lower = Math.max(lower, overflow);
      zeros += ((upper & 0xf0) === 0 ? 1 : 0) + ((lower & 0x0f) === 0 ? 1 : 0);
    } else {
      zeros += (registers >>> 4 === 0 ? 1 : 0) + ((registers & 15) === 0 ? 1 : 0);
    }
    sum += INVERSE_POWER[upper]! + INVERSE_POWER[lower]!;
  }
  return corrected(sum + zeros, zeros);
}

/**
 * Estimate as a query answers it: Druid's broker reads the partial answer of a data node in its serialised form, so
 * for a few values the sparse rule holds (an empty string, whose hash is all zeros, is then not counted).
 */
export function finalHyperUniqueEstimate(state: Uint8Array, at: number): number {
  if (nonZeroOf(state, at) >= SPARSE_BELOW) return estimateHyperUnique(state, at);
  return estimateHyperUniqueImage(hyperUniqueToBytes(state, at));
}

/** Serialised form of the sketch at `state[at]`, sparse below 128 used registers; the caller owns the bytes. */
export function hyperUniqueToBytes(state: Uint8Array, at: number): Uint8Array<ArrayBuffer> {
  const nonZero = nonZeroOf(state, at);
  if (nonZero >= SPARSE_BELOW) return state.slice(at, at + HYPER_UNIQUE_STATE_BYTES);
  // Room for one triple a register although two may share a byte: Druid leaves the rest zero, and so must we.
  const image = new Uint8Array(HEADER_BYTES + nonZero * TRIPLE_BYTES);
  image.set(state.subarray(at, at + HEADER_BYTES));
  let end = HEADER_BYTES;
  for (let i = HEADER_BYTES; i < HYPER_UNIQUE_STATE_BYTES; i++) {
    const registers = state[at + i]!;
    if (registers === 0) continue;
    image[end++] = i >>> 8;
    image[end++] = i;
    image[end++] = registers;
  }
  return image;
}

/**
 * Reads a serialised sketch (version 1, sparse or dense; no bytes mean an empty sketch) into `state[at]`.
 * @throws DruidError INVALID_INPUT for bytes that are no sketch
 */
export function loadHyperUnique(image: Uint8Array, state: Uint8Array, at: number): void {
  initHyperUnique(state, at);
  if (image.length === 0) return;
  checkImage(image);
  if (image.length === HYPER_UNIQUE_STATE_BYTES) {
    state.set(image, at);
  } else {
    state.set(image.subarray(0, HEADER_BYTES), at);
    for (let i = HEADER_BYTES; i < image.length; i += TRIPLE_BYTES) {
      if (image[i + 2] !== 0) state[at + ((image[i]! << 8) | image[i + 1]!)] = image[i + 2]!;
    }
  }
  state[at] = VERSION;
}

/** One `hyperUnique` sketch with its own memory; many share a buffer through the functions above. */
export class HyperUnique {
  readonly state: Uint8Array<ArrayBuffer> = new Uint8Array(HYPER_UNIQUE_STATE_BYTES);

  constructor() {
    initHyperUnique(this.state, 0);
  }

  static fromBytes(image: Uint8Array): HyperUnique {
    const sketch = new HyperUnique();
    loadHyperUnique(image, sketch.state, 0);
    return sketch;
  }

  /** Adds a value by its seed-0 hash. */
  add(hash: Hash128): void {
    addHyperUniqueCoupon(this.state, 0, hyperUniqueCoupon(hash));
  }

  merge(other: HyperUnique): void {
    mergeHyperUnique(this.state, 0, other.state, 0);
  }

  estimate(): number {
    return estimateHyperUnique(this.state, 0);
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return hyperUniqueToBytes(this.state, 0);
  }
}

const mergeScratch = new Uint8Array(HYPER_UNIQUE_STATE_BYTES);

// Positions reach 64, and a register byte of a damaged image 64 + 255 at most.
const INVERSE_POWER = Float64Array.from({ length: 512 }, (_, power) => 1 / 2 ** power);

function lowestBit(low: number, high: number): number {
  if (low !== 0) return 32 - Math.clz32(low & -low);
  // A half of all zeros counts as 64, not 65.
  return high === 0 ? 64 : 64 - Math.clz32(high & -high);
}

function add(state: Uint8Array, at: number, bucket: number, position: number): void {
  const offset = state[at + OFFSET_AT]!;
  if (position <= offset) return;
  if (position > offset + REGISTER_RANGE) {
    rememberOverflow(state, at, bucket, position, offset);
    return;
  }
  const index = at + HEADER_BYTES + (bucket >>> 1);
  const registers = state[index]!;
  const isUpper = (bucket & 1) === 0;
  const current = isUpper ? registers >>> 4 : registers & 15;
  const value = position - offset;
  if (value <= current) return;
  state[index] = isUpper ? (value << 4) | (registers & 15) : (registers & 0xf0) | value;
  if (current !== 0) return;
  const nonZero = nonZeroOf(state, at) + 1;
  setNonZero(state, at, nonZero);
  if (nonZero === BUCKETS) {
    state[at + OFFSET_AT] = offset + 1;
    setNonZero(state, at, decrementRegisters(state, at));
  }
}

function rememberOverflow(state: Uint8Array, at: number, bucket: number, position: number, offset: number): void {
  const remembered = state[at + OVERFLOW_VALUE_AT]!;
  if (position <= remembered) return;
  if (remembered <= offset + REGISTER_RANGE) add(state, at, overflowBucketOf(state, at), remembered);
  state[at + OVERFLOW_VALUE_AT] = position;
  state[at + OVERFLOW_BUCKET_AT] = bucket >>> 8;
  state[at + OVERFLOW_BUCKET_AT + 1] = bucket;
}

/** Lowers every register by one (all are above zero) and counts those still above zero. */
function decrementRegisters(state: Uint8Array, at: number): number {
  let count = 0;
  for (let i = at + HEADER_BYTES; i < at + HYPER_UNIQUE_STATE_BYTES; i++) {
    const registers = state[i]! - 0x11;
    state[i] = registers;
    if ((registers & 0xf0) !== 0) count++;
    if ((registers & 0x0f) !== 0) count++;
  }
  return count;
}

function corrected(sum: number, zeros: number): number {
  const raw = CORRECTION / sum;
  if (raw <= LOW_THRESHOLD) return zeros === 0 ? raw : BUCKETS * preciseLog(BUCKETS / zeros);
  if (raw <= HIGH_THRESHOLD) return raw;
  const ratio = raw / TWO_TO_64;
  return ratio >= 1 ? Number.POSITIVE_INFINITY : -TWO_TO_64 * preciseLog(1 - ratio);
}

function checkImage(image: Uint8Array): void {
  if (image.length === HYPER_UNIQUE_STATE_BYTES) return;
  if (image.length < HEADER_BYTES || (image.length - HEADER_BYTES) % TRIPLE_BYTES !== 0) {
    throw invalidInput(`A hyperUnique sketch cannot have ${image.length} bytes`);
  }
  for (let i = HEADER_BYTES; i < image.length; i += TRIPLE_BYTES) {
    const position = (image[i]! << 8) | image[i + 1]!;
    const isUnused = position === 0 && image[i + 2] === 0;
    if (!isUnused && (position < HEADER_BYTES || position >= HYPER_UNIQUE_STATE_BYTES)) {
      throw invalidInput(`A hyperUnique sketch has no register byte ${position}`);
    }
  }
}

function nonZeroOf(state: Uint8Array, at: number): number {
  return (state[at + NON_ZERO_AT]! << 8) | state[at + NON_ZERO_AT + 1]!;
}

function setNonZero(state: Uint8Array, at: number, count: number): void {
  state[at + NON_ZERO_AT] = count >>> 8;
  state[at + NON_ZERO_AT + 1] = count;
}

function overflowBucketOf(state: Uint8Array, at: number): number {
  return (state[at + OVERFLOW_BUCKET_AT]! << 8) | state[at + OVERFLOW_BUCKET_AT + 1]!;
}
