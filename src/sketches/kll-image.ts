import { invalidInput } from '../common/druid-error.js';
import { KLL_M, kllCapacity, type KllState, type KllType, newKllItems, newKllState } from './kll-state.js';

const FAMILY = 15;
const EMPTY = 1;
const LEVEL_ZERO_SORTED = 2;
const SINGLE_ITEM = 4;
const SHORT_PREAMBLE = 2;
const FULL_PREAMBLE = 5;
/** Serial versions: a compact sketch, one of a single value, an updatable one. */
const COMPACT = 1;
const SINGLE = 2;
const UPDATABLE = 3;
const LEVELS_START = 20;
const MAX_LEVELS = 60;

/** Compact serialised form. @source Apache DataSketches `kll/KllPreambleUtil.java`, `kll/KllHelper.java#toByteArray` */
export function writeKll(state: KllState): Uint8Array<ArrayBuffer> {
  const { n, type } = state;
  const width = widthOf(type);
  const numLevels = state.levels.length - 1;
  const kept = state.items.subarray(state.levels[0]);
  const size = n === 0 ? 8 : n === 1 ? 8 + width : LEVELS_START + 4 * numLevels + (2 + kept.length) * width;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes[0] = n < 2 ? SHORT_PREAMBLE : FULL_PREAMBLE;
  bytes[1] = n === 1 ? SINGLE : COMPACT;
  bytes[2] = FAMILY;
  bytes[3] = (n === 0 ? EMPTY : 0) | (state.isLevelZeroSorted ? LEVEL_ZERO_SORTED : 0) | (n === 1 ? SINGLE_ITEM : 0);
  view.setUint16(4, state.k, true);
  bytes[6] = KLL_M;
  if (n === 0) return bytes;
  if (n === 1) {
    putItem(view, 8, type, kept[0]!);
    return bytes;
  }
  view.setBigInt64(8, BigInt(n), true);
  view.setUint16(16, state.minK, true);
  bytes[18] = numLevels;
  for (let i = 0; i < numLevels; i++) view.setInt32(LEVELS_START + 4 * i, state.levels[i]!, true);
  let at = LEVELS_START + 4 * numLevels;
  for (const item of [state.min, state.max, ...kept]) {
    putItem(view, at, type, item);
    at += width;
  }
  return bytes;
}

/**
 * Reads a compact or updatable sketch.
 * @throws DruidError INVALID_INPUT for bytes that are no such sketch
 */
export function readKll(bytes: Uint8Array, type: KllType): KllState {
  const version = bytes[1] ?? 0;
  if (bytes.length < 8 || bytes[2] !== FAMILY || version < COMPACT || version > UPDATABLE || bytes[6] !== KLL_M) {
    throw invalidInput(`Not a KLL sketch: preamble ${bytes.subarray(0, 8).join(' ')}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const state = newKllState(type, checkKllK(view.getUint16(4, true)));
  const flags = bytes[3]!;
  if ((flags & EMPTY) !== 0) return state;
  state.isLevelZeroSorted = (flags & LEVEL_ZERO_SORTED) !== 0;
  const width = widthOf(type);
  if (version === SINGLE) {
    checkLength(bytes, 8 + width);
    state.n = 1;
    state.levels = [state.k - 1, state.k];
    state.min = itemAt(view, 8, type);
    state.max = state.min;
    state.items[state.k - 1] = state.min;
    return state;
  }
  readFull(state, bytes, view, version === UPDATABLE);
  return state;
}

/** @throws DruidError INVALID_INPUT when k is not from 8 to 65535 */
export function checkKllK(k: number): number {
  if (Number.isInteger(k) && k >= KLL_M && k <= 65_535) return k;
  throw invalidInput(`K must be >= ${KLL_M} and <= 65535: ${k}`);
}

function readFull(state: KllState, bytes: Uint8Array, view: DataView, isUpdatable: boolean): void {
  const { type } = state;
  const width = widthOf(type);
  checkLength(bytes, LEVELS_START);
  state.n = Number(view.getBigInt64(8, true));
  state.minK = view.getUint16(16, true);
  const numLevels = bytes[18]!;
  if (numLevels < 1 || numLevels > MAX_LEVELS) throw invalidInput(`A KLL sketch cannot have ${numLevels} levels`);
  const capacity = kllCapacity(state.k, numLevels);
  // An updatable sketch also tells where its items end.
  const told = isUpdatable ? numLevels + 1 : numLevels;
  checkLength(bytes, LEVELS_START + 4 * told + 2 * width);
  const levels = Array.from({ length: numLevels }, (_, i) => view.getInt32(LEVELS_START + 4 * i, true));
  levels.push(capacity);
  if (levels.some((start, i) => start < 0 || (i > 0 && start < levels[i - 1]!))) {
    throw invalidInput(`Levels of a KLL sketch must ascend: ${levels.join(', ')}`);
  }
  state.levels = levels;
  let at = LEVELS_START + 4 * told;
  state.min = itemAt(view, at, type);
  state.max = itemAt(view, at + width, type);
  at += 2 * width + (isUpdatable ? levels[0]! * width : 0);
  state.items = newKllItems(type, capacity);
  checkLength(bytes, at + (capacity - levels[0]!) * width);
  for (let i = levels[0]!; i < capacity; i++, at += width) state.items[i] = itemAt(view, at, type);
}

function widthOf(type: KllType): number {
  return type === 'doubles' ? 8 : 4;
}

function putItem(view: DataView, at: number, type: KllType, item: number): void {
  if (type === 'doubles') view.setFloat64(at, item, true);
  else view.setFloat32(at, item, true);
}

function itemAt(view: DataView, at: number, type: KllType): number {
  return type === 'doubles' ? view.getFloat64(at, true) : view.getFloat32(at, true);
}

function checkLength(bytes: Uint8Array, needed: number): void {
  if (bytes.length < needed) throw invalidInput(`A KLL sketch of ${bytes.length} bytes is cut short: ${needed} needed`);
}
