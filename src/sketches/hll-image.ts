import { invalidInput } from '../common/druid-error.js';
import { estimateCoupons } from './hll-estimate.js';
import {
  addCoupon,
  type HllState,
  isCouponList,
  isEmptyHll,
  lowestRegister,
  MAX_LG_K,
  MIN_LG_K,
  makePair,
  newHllState,
  newRegisterState,
  pairAddress,
  pairValue,
  startCouponSet,
} from './hll-state.js';

/** How many bits a register takes in the serialised form: 4 (exceptions apart), 6 or 8. */
export type HllType = 'HLL_4' | 'HLL_6' | 'HLL_8';

const TYPES: readonly HllType[] = ['HLL_4', 'HLL_6', 'HLL_8'];
const SERIAL_VERSION = 1;
const FAMILY = 7;
const LIST_MODE = 0;
const SET_MODE = 1;
const HLL_MODE = 2;
const LIST_START = 8;
const SET_START = 12;
const REGISTERS_START = 40;
const EMPTY = 4;
const COMPACT = 8;
const OUT_OF_ORDER = 16;
const REBUILD = 32;
const EXCEPTION = 15;
/** First size of the table of exceptions by lgK, from 4. */
const LG_EXCEPTIONS = [2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 11, 12, 13];

/**
 * Compact serialised form of a state that is not stale, as DataSketches writes it for the type.
 * @source Apache DataSketches `hll/PreambleUtil.java`, `hll/ToByteArrayImpl.java`
 */
export function writeHll(state: HllState, type: HllType): Uint8Array<ArrayBuffer> {
  if (state.coupons !== null) return writeCoupons(state, state.coupons, type);
  const registers = state.registers!;
  const payload = type === 'HLL_4' ? packNibbles(registers) : type === 'HLL_6' ? packSixBits(registers) : null;
  const bytes = new Uint8Array(REGISTERS_START + (payload?.bytes ?? registers).length);
  const view = new DataView(bytes.buffer);
  writeStart(bytes, state, type, 10, HLL_MODE);
  bytes[4] = payload?.lgExceptions ?? 0;
  bytes[5] = (type === 'HLL_4' ? COMPACT : 0) | (state.isOutOfOrder ? OUT_OF_ORDER : 0);
  const isAsKept = type === 'HLL_8';
  bytes[6] = payload?.minimum ?? (isAsKept ? state.minimum : 0);
  view.setFloat64(8, state.hip, true);
  view.setFloat64(16, state.kxq0, true);
  view.setFloat64(24, state.kxq1, true);
  view.setInt32(32, payload?.atMinimum ?? state.atMinimum, true);
  view.setInt32(36, payload?.exceptions ?? 0, true);
  bytes.set(payload?.bytes ?? registers, REGISTERS_START);
  return bytes;
}

/**
 * Reads a compact or updatable sketch of any type.
 * @throws DruidError INVALID_INPUT for bytes that are no HLL sketch
 */
export function readHll(bytes: Uint8Array): { readonly state: HllState; readonly type: HllType } {
  const { type, mode, lgK } = checkStart(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (mode !== HLL_MODE) return { state: readCoupons(bytes, view, lgK, mode), type };
  const state = newRegisterState(lgK);
  const slots = state.registers.length;
  const length = type === 'HLL_4' ? slots / 2 : type === 'HLL_6' ? sixBitBytes(slots) : slots;
  checkLength(bytes, REGISTERS_START + length);
  const payload = bytes.subarray(REGISTERS_START, REGISTERS_START + length);
  state.isOutOfOrder = (bytes[5]! & OUT_OF_ORDER) !== 0;
  state.isStale = (bytes[5]! & REBUILD) !== 0;
  state.hip = view.getFloat64(8, true);
  state.kxq0 = view.getFloat64(16, true);
  state.kxq1 = view.getFloat64(24, true);
  if (type === 'HLL_4') unpackNibbles(bytes, view, payload, state.registers);
  else if (type === 'HLL_6') unpackSixBits(payload, state.registers);
  else state.registers.set(payload);
  state.minimum = type === 'HLL_8' ? bytes[6]! : 0;
  state.atMinimum = type === 'HLL_8' ? view.getInt32(32, true) : state.registers.reduce(countZero, 0);
  return { state, type };
}

interface Packed {
  readonly bytes: Uint8Array;
  readonly minimum: number;
  readonly atMinimum: number;
  readonly exceptions: number;
  readonly lgExceptions: number;
}

/** Four bits a register above the minimum; 15 says that the value is among the pairs behind the registers. */
function packNibbles(registers: Uint8Array): Packed {
  const { minimum, atMinimum } = lowestRegister(registers);
  const packed = new Uint8Array(registers.length / 2);
  const pairs: number[] = [];
  registers.forEach((value, slot) => {
    const nibble = Math.min(value - minimum, EXCEPTION);
    packed[slot >>> 1] = packed[slot >>> 1]! | (nibble << ((slot & 1) * 4));
    if (nibble === EXCEPTION) pairs.push(makePair(slot, value));
  });
  const table = exceptionTable(pairs, LG_EXCEPTIONS[31 - Math.clz32(registers.length) - MIN_LG_K]!);
  const bytes = new Uint8Array(packed.length + pairs.length * 4);
  bytes.set(packed);
  const view = new DataView(bytes.buffer, packed.length);
  table.filter((pair) => pair !== 0).forEach((pair, i) => view.setInt32(i * 4, pair, true));
  const lgExceptions = pairs.length === 0 ? 0 : 31 - Math.clz32(table.length);
  return { bytes, minimum, atMinimum, exceptions: pairs.length, lgExceptions };
}

/**
 * The pairs in the order of the open-addressed table that DataSketches keeps them in, when filled slot by slot (as
 * after a union). Values that came one by one can leave colliding pairs in another order there; readers don't mind.
 */
function exceptionTable(pairs: readonly number[], lgFirstSize: number): Int32Array {
  let table = new Int32Array(2 ** lgFirstSize);
  pairs.forEach((pair, i) => {
    putException(table, pair);
    if (4 * (i + 1) <= 3 * table.length) return;
    const grown = new Int32Array(2 * table.length);
    for (const former of table) if (former !== 0) putException(grown, former);
    table = grown;
  });
  return table;
}

function putException(table: Int32Array, pair: number): void {
  const mask = table.length - 1;
  const slot = pairAddress(pair);
  const stride = (slot >>> (31 - Math.clz32(table.length))) | 1;
  let at = slot & mask;
  while (table[at] !== 0) at = (at + stride) & mask;
  table[at] = pair;
}

function unpackNibbles(bytes: Uint8Array, view: DataView, payload: Uint8Array, registers: Uint8Array): void {
  const minimum = bytes[6]!;
  payload.forEach((byte, i) => {
    registers[2 * i] = (byte & 15) + minimum;
    registers[2 * i + 1] = (byte >>> 4) + minimum;
  });
  const isCompact = (bytes[5]! & COMPACT) !== 0;
  const exceptions = view.getInt32(36, true);
  const pairs = isCompact || exceptions === 0 ? exceptions : 2 ** bytes[4]!;
  const start = REGISTERS_START + payload.length;
  checkLength(bytes, start + pairs * 4);
  for (let i = 0; i < pairs; i++) {
    const pair = view.getInt32(start + i * 4, true);
    if (pair !== 0) registers[pairAddress(pair) & (registers.length - 1)] = pairValue(pair);
  }
}

function sixBitBytes(slots: number): number {
  return Math.floor((slots * 3) / 4) + 1;
}

function packSixBits(registers: Uint8Array): Packed {
  const bytes = new Uint8Array(sixBitBytes(registers.length));
  for (let slot = 0, at = 0; slot < registers.length; slot += 4, at += 3) {
    const group =
      registers[slot]! | (registers[slot + 1]! << 6) | (registers[slot + 2]! << 12) | (registers[slot + 3]! << 18);
    bytes[at] = group;
    bytes[at + 1] = group >>> 8;
    bytes[at + 2] = group >>> 16;
  }
  return { bytes, minimum: 0, atMinimum: registers.reduce(countZero, 0), exceptions: 0, lgExceptions: 0 };
}

function unpackSixBits(payload: Uint8Array, registers: Uint8Array): void {
  for (let slot = 0, at = 0; slot < registers.length; slot += 4, at += 3) {
    const group = payload[at]! | (payload[at + 1]! << 8) | (payload[at + 2]! << 16);
    for (let i = 0; i < 4; i++) registers[slot + i] = (group >>> (6 * i)) & 63;
  }
}

function countZero(count: number, value: number): number {
  return value === 0 ? count + 1 : count;
}

function writeStart(bytes: Uint8Array, state: HllState, type: HllType, preambleInts: number, mode: number): void {
  bytes[0] = preambleInts;
  bytes[1] = SERIAL_VERSION;
  bytes[2] = FAMILY;
  bytes[3] = state.lgK;
  bytes[7] = (TYPES.indexOf(type) << 2) | mode;
}

function writeCoupons(state: HllState, coupons: Int32Array, type: HllType): Uint8Array<ArrayBuffer> {
  const isList = isCouponList(coupons);
  const start = isList ? LIST_START : SET_START;
  const bytes = new Uint8Array(start + state.couponCount * 4);
  const view = new DataView(bytes.buffer);
  writeStart(bytes, state, type, isList ? 2 : 3, isList ? LIST_MODE : SET_MODE);
  bytes[4] = 31 - Math.clz32(coupons.length);
  bytes[5] = COMPACT | (isEmptyHll(state) ? EMPTY : 0);
  if (isList) bytes[6] = state.couponCount;
  else view.setInt32(8, state.couponCount, true);
  let at = start;
  for (const coupon of coupons) {
    if (coupon === 0) continue;
    view.setInt32(at, coupon, true);
    at += 4;
  }
  return bytes;
}

function readCoupons(bytes: Uint8Array, view: DataView, lgK: number, mode: number): HllState {
  const state = newHllState(lgK);
  const isList = mode === LIST_MODE;
  const start = isList ? LIST_START : SET_START;
  checkLength(bytes, start);
  const count = isList ? bytes[6]! : view.getInt32(8, true);
  if (isList || (bytes[5]! & COMPACT) !== 0) {
    checkLength(bytes, start + count * 4);
    if (!isList) startCouponSet(state);
    for (let i = 0; i < count; i++) addCoupon(state, view.getInt32(start + i * 4, true), estimateCoupons);
    return state;
  }
  const size = 2 ** bytes[4]!;
  checkLength(bytes, start + size * 4);
  state.coupons = Int32Array.from({ length: size }, (_, i) => view.getInt32(start + i * 4, true));
  state.couponCount = state.coupons.reduce((used, coupon) => (coupon === 0 ? used : used + 1), 0);
  return state;
}

function checkStart(bytes: Uint8Array): { readonly type: HllType; readonly mode: number; readonly lgK: number } {
  checkLength(bytes, 8);
  const mode = bytes[7]! & 3;
  const type = TYPES[(bytes[7]! >>> 2) & 3];
  const lgK = bytes[3]!;
  const isKnown = bytes[1] === SERIAL_VERSION && bytes[2] === FAMILY && type !== undefined;
  if (!isKnown || bytes[0] !== [2, 3, 10][mode] || lgK < MIN_LG_K || lgK > MAX_LG_K) {
    throw invalidInput(`Not an HLL sketch: preamble ${bytes.subarray(0, 8).join(' ')}`);
  }
  if (mode === HLL_MODE) checkLength(bytes, REGISTERS_START);
  return { type, mode, lgK };
}

function checkLength(bytes: Uint8Array, needed: number): void {
  if (bytes.length < needed)
    throw invalidInput(`An HLL sketch of ${bytes.length} bytes is cut short: ${needed} needed`);
}
