import { assert } from '../../common/assert.js';
import type { DoubleVector, FloatVector, IntValues, LongVector } from '../../vectors/block.js';
import { decimalScale } from './decimal-scale.js';
import type { EncodedLeaf } from './encode-ids.js';
import { type LeafType, leafLimits } from './physical-type.js';
import type { ZoneRange } from './zone.js';

const TWO_32 = 4_294_967_296;
/** High halves within ±2^21 make a long that a double holds exactly. */
const SAFE_HIGH = 2_097_152;

/** Values [from, from + n) of a LONG vector as `leaf`. @throws AssertionFailure for a value that the leaf cannot hold */
export function encodeLongs(vector: LongVector, from: number, n: number, leaf: LeafType): EncodedLeaf {
  const { nulls, nullCount } = sliceNulls(vector.nulls, from, n);
  const range = longRange(vector, from, n, nulls, nullCount);
  if (range !== undefined) {
    const limits = leafLimits(leaf);
    assert(range.min >= limits.min && range.max <= limits.max, `Values [${range.min}, ${range.max}] exceed [${leaf}]`);
  }
  const low = lowHalves(vector, from, n, nulls);
  const values = leaf === 'i64' || leaf === 'timestamp' ? fullWidth(vector, from, n, low) : narrow(low, leaf);
  return { nulls, nullCount, values, ...(range !== undefined && { range }) };
}

/** Values of a DOUBLE vector. */
export function encodeDoubles(vector: DoubleVector, from: number, n: number): EncodedLeaf {
  const { nulls, nullCount } = sliceNulls(vector.nulls, from, n);
  const values = vector.values.slice(from, from + n);
  zeroNulls(values, nulls);
  const scale = nullCount < n ? decimalScale(values, nulls, n) : undefined;
  return {
    nulls,
    nullCount,
    values: new Uint8Array(values.buffer),
    ...(nullCount < n && { range: floatRange(values, nulls) }),
    ...(scale !== undefined && { decimalScale: scale }),
  };
}

/** Values of a FLOAT vector. */
export function encodeFloats(vector: FloatVector, n: number): EncodedLeaf {
  const { nulls, nullCount } = sliceNulls(vector.nulls, 0, n);
  const values = vector.values.slice(0, n);
  zeroNulls(values, nulls);
  return {
    nulls,
    nullCount,
    values: new Uint8Array(values.buffer),
    ...(nullCount < n && { range: floatRange(values, nulls) }),
  };
}

/** The null bytes of rows [from, from + n) with their number; none when the rows have no null. */
export function sliceNulls(
  nulls: Uint8Array | undefined,
  from: number,
  n: number,
): { readonly nulls: Uint8Array | undefined; readonly nullCount: number } {
  let nullCount = 0;
  if (nulls !== undefined) {
    for (let i = 0; i < n; i++) nullCount += nulls[from + i]!;
  }
  return { nulls: nullCount > 0 ? nulls!.slice(from, from + n) : undefined, nullCount };
}

function zeroNulls(values: Float64Array | Float32Array | Int32Array, nulls: Uint8Array | undefined): void {
  if (nulls === undefined) return;
  for (let i = 0; i < nulls.length; i++) {
    if (nulls[i] === 1) values[i] = 0;
  }
}

function floatRange(values: Float64Array | Float32Array, nulls: Uint8Array | undefined): ZoneRange {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    if (nulls !== undefined && nulls[i] === 1) continue;
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
    if (value !== value) return { kind: 'double', min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
  }
  return { kind: 'double', min, max };
}

function longRange(
  vector: LongVector,
  from: number,
  n: number,
  nulls: Uint8Array | undefined,
  nullCount: number,
): { readonly kind: 'long'; readonly min: bigint; readonly max: bigint } | undefined {
  if (nullCount === n) return undefined;
  const values = vector.values;
  const range =
    values instanceof BigInt64Array ? wideRange(values, from, n, nulls) : narrowRange(values, from, n, nulls);
  if (range !== undefined) {
    return { kind: 'long', min: BigInt(range.min + vector.base), max: BigInt(range.max + vector.base) };
  }
  return unsafeRange(values as BigInt64Array, from, n, nulls);
}

function narrowRange(values: IntValues, from: number, n: number, nulls: Uint8Array | undefined) {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    if (nulls !== undefined && nulls[i] === 1) continue;
    const value = values[from + i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/** undefined when a value is not a safe integer. */
function wideRange(values: BigInt64Array, from: number, n: number, nulls: Uint8Array | undefined) {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    if (nulls !== undefined && nulls[i] === 1) continue;
    const high = halves[2 * (from + i) + 1]!;
    if (high >= SAFE_HIGH || high < -SAFE_HIGH) return undefined;
    const value = high * TWO_32 + (halves[2 * (from + i)]! >>> 0);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function unsafeRange(values: BigInt64Array, from: number, n: number, nulls: Uint8Array | undefined) {
  let min = 2n ** 63n;
  let max = -(2n ** 63n);
  for (let i = 0; i < n; i++) {
    if (nulls !== undefined && nulls[i] === 1) continue;
    const value = values[from + i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { kind: 'long', min, max } as const;
}

/** The low 32 bits of every value, 0 where null: all that a narrow leaf needs. */
function lowHalves(vector: LongVector, from: number, n: number, nulls: Uint8Array | undefined): Int32Array {
  const out = new Int32Array(n);
  const { values, base } = vector;
  if (values instanceof BigInt64Array) {
    const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    for (let i = 0; i < n; i++) out[i] = halves[2 * (from + i)]!;
  } else {
    // ToInt32 takes the value modulo 2^32, exactly, for every safe integer.
    for (let i = 0; i < n; i++) out[i] = base + values[from + i]!;
  }
  zeroNulls(out, nulls);
  return out;
}

function fullWidth(vector: LongVector, from: number, n: number, low: Int32Array): Uint8Array {
  const out = new Int32Array(2 * n);
  const { values, base, nulls } = vector;
  if (values instanceof BigInt64Array) {
    const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    for (let i = 0; i < n; i++) out[2 * i + 1] = halves[2 * (from + i) + 1]!;
  } else {
    for (let i = 0; i < n; i++) out[2 * i + 1] = Math.floor((base + values[from + i]!) / TWO_32);
  }
  for (let i = 0; i < n; i++) out[2 * i] = low[i]!;
  if (nulls !== undefined) {
    for (let i = 0; i < n; i++) if (nulls[from + i] === 1) out[2 * i + 1] = 0;
  }
  return new Uint8Array(out.buffer);
}

function narrow(low: Int32Array, leaf: LeafType): Uint8Array {
  // Typed arrays keep the low bits on conversion: right for signed and unsigned leaves alike.
  if (leaf === 'u8' || leaf === 'i8') return new Uint8Array(low);
  if (leaf === 'u16' || leaf === 'i16') return new Uint8Array(new Uint16Array(low).buffer);
  return new Uint8Array(low.buffer);
}
