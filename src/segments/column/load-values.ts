/** Values of Arrow buffers into their in-memory form: picks the loop of narrow.ts. */
import type { IntWidth } from '../../memory/block-ref.js';
import * as kernels from './narrow.js';
import type { LeafType } from './physical-type.js';

type Narrow = 'u8' | 'u16' | 'u32';

/** Arrow indices to ids, 0 where null. @param out n elements of the width */
export function loadIds(width: Narrow, validity: Uint8Array, raw: Uint8Array, n: number, out: Uint8Array): void {
  const ids = narrowView(width, out, n);
  if (ids instanceof Uint8Array) kernels.idsU8(raw, ids, n);
  else if (ids instanceof Uint16Array) kernels.idsU16(asU16(raw), ids, n);
  else kernels.idsU32(asU32(raw), ids, n);
  if (validity.length > 0) kernels.zeroWhereNull(validity, ids, n);
}

/** Elements value - base, 0 where null. @param out n elements of the width */
export function loadLongs(
  leaf: LeafType,
  validity: Uint8Array,
  raw: Uint8Array,
  n: number,
  base: number,
  width: IntWidth,
  out: Uint8Array,
): void {
  if (raw.length === out.length && base === 0) {
    // Same width and nothing to subtract; nulls are stored as 0 already.
    out.set(raw);
    return;
  }
  const narrow = narrowView(width, out, n);
  if (narrow instanceof Uint8Array) narrowToU8(leaf, raw, base, narrow, n);
  else if (narrow instanceof Uint16Array) narrowToU16(leaf, raw, base, narrow, n);
  else narrowToU32(leaf, raw, base, narrow, n);
  if (validity.length > 0) kernels.zeroWhereNull(validity, narrow, n);
}

/** Elements value * 10^scale - base, 0 where null. @param out n elements of the width */
export function loadDecimals(
  validity: Uint8Array,
  raw: Uint8Array,
  n: number,
  base: number,
  scale: number,
  width: Narrow,
  out: Uint8Array,
): void {
  const values = asF64(raw);
  const narrow = narrowView(width, out, n);
  if (narrow instanceof Uint8Array) kernels.decimalsToU8(values, 10 ** scale, base, narrow, n);
  else if (narrow instanceof Uint16Array) kernels.decimalsToU16(values, 10 ** scale, base, narrow, n);
  else kernels.decimalsToU32(values, 10 ** scale, base, narrow, n);
  if (validity.length > 0) kernels.zeroWhereNull(validity, narrow, n);
}

function narrowView(width: IntWidth, out: Uint8Array, n: number): kernels.NarrowInts {
  if (width === 'u8') return out;
  return width === 'u16'
    ? new Uint16Array(out.buffer, out.byteOffset, n)
    : new Uint32Array(out.buffer, out.byteOffset, n);
}

function narrowToU8(leaf: LeafType, raw: Uint8Array, base: number, out: Uint8Array, n: number): void {
  switch (leaf) {
    case 'u8':
    case 'i8':
      // The low eight bits of a difference do not depend on the sign.
      return kernels.bytesToU8(raw, base, out, n);
    case 'u16':
    case 'i16':
      return kernels.shortsToU8(asU16(raw), base, out, n);
    case 'u32':
    case 'i32':
      return kernels.intsToU8(asI32(raw), base, out, n);
    default:
      return kernels.longsToU8(asI32(raw), base, out, n);
  }
}

function narrowToU16(leaf: LeafType, raw: Uint8Array, base: number, out: Uint16Array, n: number): void {
  switch (leaf) {
    case 'u16':
    case 'i16':
      return kernels.shortsToU16(asU16(raw), base, out, n);
    case 'u32':
    case 'i32':
      return kernels.intsToU16(asI32(raw), base, out, n);
    default:
      return kernels.longsToU16(asI32(raw), base, out, n);
  }
}

function narrowToU32(leaf: LeafType, raw: Uint8Array, base: number, out: Uint32Array, n: number): void {
  if (leaf === 'u32' || leaf === 'i32') kernels.intsToU32(asI32(raw), base, out, n);
  else kernels.longsToU32(asI32(raw), base, out, n);
}

/** Bytes of a file may begin anywhere in their buffer; wider views need alignment. Those of a file range read to a multiple of 8 have it. */
function aligned(raw: Uint8Array, bytes: number): Uint8Array {
  return raw.byteOffset % bytes === 0 ? raw : new Uint8Array(raw);
}

function asU16(raw: Uint8Array): Uint16Array {
  const { buffer, byteOffset, byteLength } = aligned(raw, 2);
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

function asU32(raw: Uint8Array): Uint32Array {
  const { buffer, byteOffset, byteLength } = aligned(raw, 4);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

function asI32(raw: Uint8Array): Int32Array {
  const { buffer, byteOffset, byteLength } = aligned(raw, 4);
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

function asF64(raw: Uint8Array): Float64Array {
  const { buffer, byteOffset, byteLength } = aligned(raw, 8);
  return new Float64Array(buffer, byteOffset, byteLength / 8);
}
