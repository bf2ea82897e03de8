import { invalidInput } from '../common/druid-error.js';
import { newQuantilesState, type QuantilesState } from './quantiles-state.js';

const SERIAL_VERSION = 3;
const FAMILY = 8;
const EMPTY = 4;
const COMPACT = 8;
const COMPACT_ORDERED = 2 | COMPACT | 16;
const VALUES_START = 32;
const MIN_K = 2;
const MAX_K = 1 << 15;

/**
 * Compact serialised form with a sorted base buffer.
 * @source Apache DataSketches `quantiles/DoublesByteArrayImpl.java`, `quantiles/PreambleUtil.java`
 */
export function writeQuantiles(state: QuantilesState): Uint8Array<ArrayBuffer> {
  const levels = state.levels.filter((level) => level !== null);
  const isEmpty = state.n === 0;
  const bytes = new Uint8Array(isEmpty ? 8 : VALUES_START + (state.baseCount + levels.length * state.k) * 8);
  const view = new DataView(bytes.buffer);
  bytes[0] = isEmpty ? 1 : 2;
  bytes[1] = SERIAL_VERSION;
  bytes[2] = FAMILY;
  bytes[3] = COMPACT_ORDERED | (isEmpty ? EMPTY : 0);
  view.setUint16(4, state.k, true);
  if (isEmpty) return bytes;
  view.setBigInt64(8, BigInt(state.n), true);
  view.setFloat64(16, state.min, true);
  view.setFloat64(24, state.max, true);
  const values = new Float64Array(bytes.buffer, VALUES_START);
  values.set(state.base.slice(0, state.baseCount).sort());
  levels.forEach((level, i) => values.set(level, state.baseCount + i * state.k));
  return bytes;
}

/**
 * Reads a compact or updatable sketch of serial version 3.
 * @throws DruidError INVALID_INPUT for bytes that are no such sketch
 */
export function readQuantiles(bytes: Uint8Array): QuantilesState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isSketch = bytes.length >= 8 && bytes[1] === SERIAL_VERSION && bytes[2] === FAMILY;
  if (!isSketch) throw invalidInput(`Not a quantiles sketch: preamble ${bytes.subarray(0, 8).join(' ')}`);
  const k = checkQuantilesK(view.getUint16(4, true));
  const flags = bytes[3]!;
  const state = newQuantilesState(k);
  if ((flags & EMPTY) !== 0) return state;
  checkLength(bytes, VALUES_START);
  state.n = Number(view.getBigInt64(8, true));
  state.min = view.getFloat64(16, true);
  state.max = view.getFloat64(24, true);
  state.baseCount = state.n % (2 * k);
  const isCompact = (flags & COMPACT) !== 0;
  const hasLevels = state.n >= 2 * k;
  state.base = new Float64Array(hasLevels ? 2 * k : Math.max(state.base.length, state.baseCount));
  let at = VALUES_START;
  state.base.set(readValues(bytes, at, state.baseCount));
  at += (isCompact ? state.baseCount : 2 * k) * 8;
  for (let pattern = Math.floor(state.n / (2 * k)); pattern > 0; pattern = Math.floor(pattern / 2)) {
    const isPresent = pattern % 2 === 1;
    state.levels.push(isPresent ? readValues(bytes, at, k) : null);
    if (isPresent || !isCompact) at += k * 8;
  }
  return state;
}

/** @throws DruidError INVALID_INPUT when k is no power of two from 2 to 32768 */
export function checkQuantilesK(k: number): number {
  if (Number.isInteger(Math.log2(k)) && k >= MIN_K && k <= MAX_K) return k;
  throw invalidInput(`K must be >= ${MIN_K} and <= ${MAX_K} and a power of 2: ${k}`);
}

function readValues(bytes: Uint8Array, start: number, count: number): Float64Array<ArrayBuffer> {
  checkLength(bytes, start + count * 8);
  return new Float64Array(new Uint8Array(bytes.subarray(start, start + count * 8)).buffer);
}

function checkLength(bytes: Uint8Array, needed: number): void {
  if (bytes.length < needed) {
    throw invalidInput(`A quantiles sketch of ${bytes.length} bytes is cut short: ${needed} needed`);
  }
}
