import type { ColumnType } from '../../common/column-type.js';
import type { MemoryRef } from '../../memory/memory-ref.js';
import { unpackNulls } from '../codec/validity.js';
import type { ColumnLayout, LeafLayout } from './column-layout.js';
import * as kernels from './narrow.js';
import type { LeafType, PhysicalType } from './physical-type.js';
import { partBytes, partRef } from './slot-layout.js';
import type { StoredColumnBlock } from './stored-column.js';

/** Raw Arrow buffers of one column block, decompressed. */
export interface ArrowColumn {
  readonly type: ColumnType;
  readonly physical: PhysicalType;
  /** In Arrow's order. */
  readonly buffers: readonly Uint8Array[];
  readonly numRows: number;
  readonly numElements: number;
}

/**
 * Turns Arrow buffers into the in-memory form of block-ref.ts.
 * @param target the slot's bytes, at least layout.bytes, aligned to 64; @param ref the same slot, for the refs returned
 */
export function loadColumn(
  column: ArrowColumn,
  layout: ColumnLayout,
  target: Uint8Array,
  ref: MemoryRef,
): StoredColumnBlock {
  const { physical, buffers, numRows } = column;
  if (layout.offsets === undefined) {
    return loadLeaf(physical.leaf, buffers, numRows, layout.leaf, target, ref);
  }
  const offsets = partRef(ref, layout.offsets);
  partBytes(target, layout.offsets).set(buffers[1]!);
  const nulls = layout.nulls && { nulls: partRef(ref, layout.nulls) };
  if (layout.nulls !== undefined) unpackNulls(buffers[0]!, partBytes(target, layout.nulls), numRows);
  if (!physical.list) {
    partBytes(target, layout.leaf.values).set(buffers[2]!);
    return { kind: 'binary', offsets, bytes: partRef(ref, layout.leaf.values), ...nulls };
  }
  const elements = loadLeaf(physical.leaf, buffers.slice(2), column.numElements, layout.leaf, target, ref);
  if (column.type === 'STRING' && elements.kind === 'string') {
    return { kind: 'multiString', offsets, ids: elements.ids, width: elements.width };
  }
  return { kind: 'array', offsets, elements, numElements: column.numElements, ...nulls };
}

/** @param buffers validity and values */
function loadLeaf(
  leaf: LeafType,
  buffers: readonly Uint8Array[],
  n: number,
  layout: LeafLayout,
  target: Uint8Array,
  ref: MemoryRef,
): StoredColumnBlock {
  const [validity, raw] = [buffers[0]!, buffers[1]!];
  const out = partBytes(target, layout.values);
  const values = partRef(ref, layout.values);
  if (leaf === 'ids8' || leaf === 'ids16' || leaf === 'ids32') {
    loadIds(leaf, validity, raw, n, out);
    return { kind: 'string', ids: values, width: layout.width as 'u8' | 'u16' | 'u32' };
  }
  if (layout.nulls !== undefined) unpackNulls(validity, partBytes(target, layout.nulls), n);
  const nulls = layout.nulls && { nulls: partRef(ref, layout.nulls) };
  if (leaf === 'f64' || leaf === 'f32') {
    out.set(raw);
    return { kind: leaf === 'f64' ? 'double' : 'float', values, ...nulls };
  }
  loadLongs(leaf, validity, raw, n, layout, out);
  return { kind: 'long', base: layout.base, width: layout.width, values, ...nulls };
}

function loadIds(
  leaf: 'ids8' | 'ids16' | 'ids32',
  validity: Uint8Array,
  raw: Uint8Array,
  n: number,
  out: Uint8Array,
): void {
  if (leaf === 'ids8') {
    kernels.idsU8(raw, out, n);
    if (validity.length > 0) kernels.zeroWhereNull(validity, out, n);
  } else if (leaf === 'ids16') {
    const ids = new Uint16Array(out.buffer, out.byteOffset, n);
    kernels.idsU16(asU16(raw), ids, n);
    if (validity.length > 0) kernels.zeroWhereNull(validity, ids, n);
  } else {
    const ids = new Uint32Array(out.buffer, out.byteOffset, n);
    kernels.idsU32(asU32(raw), ids, n);
    if (validity.length > 0) kernels.zeroWhereNull(validity, ids, n);
  }
}

function loadLongs(
  leaf: LeafType,
  validity: Uint8Array,
  raw: Uint8Array,
  n: number,
  layout: LeafLayout,
  out: Uint8Array,
): void {
  if (raw.length === out.length && layout.base === 0) {
    // Same width and nothing to subtract; nulls are stored as 0 already.
    out.set(raw);
    return;
  }
  const narrow = narrowView(layout.width, out, n);
  narrowLongs(leaf, raw, layout.base, narrow, n);
  if (validity.length > 0) kernels.zeroWhereNull(validity, narrow, n);
}

function narrowView(width: LeafLayout['width'], out: Uint8Array, n: number): kernels.NarrowInts {
  if (width === 'u8') return out;
  return width === 'u16'
    ? new Uint16Array(out.buffer, out.byteOffset, n)
    : new Uint32Array(out.buffer, out.byteOffset, n);
}

function narrowLongs(leaf: LeafType, raw: Uint8Array, base: number, out: kernels.NarrowInts, n: number): void {
  switch (leaf) {
    case 'u8':
      return kernels.narrowU8(raw, base, out, n);
    case 'i8':
      return kernels.narrowI8(new Int8Array(raw.buffer, raw.byteOffset, n), base, out, n);
    case 'u16':
      return kernels.narrowU16(asU16(raw), base, out, n);
    case 'i16': {
      const words = asU16(raw);
      return kernels.narrowI16(new Int16Array(words.buffer, words.byteOffset, n), base, out, n);
    }
    case 'u32':
      return kernels.narrowU32(asU32(raw), base, out, n);
    case 'i32':
      return kernels.narrowI32(asI32(raw), base, out, n);
    default:
      return kernels.narrowI64(asI32(raw), base, out, n);
  }
}

/** Bytes of a file may begin anywhere in their buffer; wider views need alignment. */
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
