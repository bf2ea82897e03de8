/** Decimal and constant blocks as the plain arrays that generic code reads. */
import { BLOCK_ROWS } from '../memory/block-ref.js';
import type { UnsignedIds } from './block.js';

/** Elements of every constant block of longs in this thread: they differ only in their base, and nobody writes. */
const ZEROS = new Uint8Array(BLOCK_ROWS);

/** n ids that are all `id`, in the narrowest type. */
export function constantIds(id: number, n: number): UnsignedIds {
  if (id === 0) return constantLongs(n);
  if (id <= 0xff) return new Uint8Array(n).fill(id);
  return id <= 0xffff ? new Uint16Array(n).fill(id) : new Uint32Array(n).fill(id);
}

/** n elements 0. */
export function constantLongs(n: number): Uint8Array {
  return n <= ZEROS.length ? ZEROS.subarray(0, n) : new Uint8Array(n);
}

/** (base + element) / 10^scale, the doubles that were stored. */
export function decodeDecimals(elements: UnsignedIds, base: number, scale: number): Float64Array {
  const out = new Float64Array(elements.length);
  const power = 10 ** scale;
  if (elements instanceof Uint8Array) decodeU8(elements, base, power, out);
  else if (elements instanceof Uint16Array) decodeU16(elements, base, power, out);
  else decodeU32(elements, base, power, out);
  return out;
}

function decodeU8(elements: Uint8Array, base: number, power: number, out: Float64Array): void {
  // 256 divisions at most are cheaper than one a row.
  const table = new Float64Array(256);
  for (let element = 0; element < 256; element++) table[element] = (base + element) / power;
  for (let i = 0; i < out.length; i++) out[i] = table[elements[i]!]!;
}

function decodeU16(elements: Uint16Array, base: number, power: number, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = (base + elements[i]!) / power;
}

function decodeU32(elements: Uint32Array, base: number, power: number, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = (base + elements[i]!) / power;
}
