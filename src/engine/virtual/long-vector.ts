import type { LongVector } from '../../vectors/block.js';

/** LONG values of any size; `nulls` undefined when none is null. */
export function longVector(values: BigInt64Array, nulls: Uint8Array | undefined): LongVector {
  return { kind: 'long', base: 0, values, ...(nulls !== undefined && { nulls }) };
}

/** Whole numbers within 2^53 as a vector of narrow elements where they fit; `min` and `max` bound them. */
export function wholeVector(values: Float64Array, min: number, max: number, nulls: Uint8Array | undefined): LongVector {
  const some = nulls !== undefined && { nulls };
  if (!(min <= max)) return { kind: 'long', base: 0, values: new Uint8Array(values.length), ...some };
  if (min >= -(2 ** 31) && max < 2 ** 31) return { kind: 'long', base: 0, values: Int32Array.from(values), ...some };
  if (max - min < 2 ** 32) {
    const elements = new Uint32Array(values.length);
    for (let i = 0; i < elements.length; i++) elements[i] = values[i]! - min;
    return { kind: 'long', base: min, values: elements, ...some };
  }
  const longs = new BigInt64Array(values.length);
  const words = new Int32Array(longs.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    words[2 * i] = value | 0;
    words[2 * i + 1] = Math.floor(value / 4294967296);
  }
  return { kind: 'long', base: 0, values: longs, ...some };
}
