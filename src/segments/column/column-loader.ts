import type { ColumnType } from '../../common/column-type.js';
import type { MemoryRef } from '../../memory/memory-ref.js';
import { unpackNulls } from '../codec/validity.js';
import type { ColumnLayout, LeafLayout } from './column-layout.js';
import { loadDecimals, loadIds, loadLongs } from './load-values.js';
import { LEAF_BYTES, type LeafType, type PhysicalType } from './physical-type.js';
import { partBytes, partRef } from './slot-layout.js';
import type { StoredColumnBlock } from './stored-column.js';

/** Raw Arrow buffers of one column block, decompressed. */
export interface ArrowColumn {
  readonly type: ColumnType;
  readonly physical: PhysicalType;
  /** In Arrow's order; none when the layout says that they are not read. */
  readonly buffers: readonly Uint8Array[];
  readonly numRows: number;
  readonly numElements: number;
}

/** A slot: its bytes in this thread, and its name. */
interface Slot {
  readonly target: Uint8Array;
  readonly ref: MemoryRef;
}

const NO_BYTES = new Uint8Array(0);

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
  const slot = { target, ref };
  if (layout.offsets === undefined) return loadLeaf(physical.leaf, buffers, numRows, layout.leaf, slot);
  const offsets = partRef(ref, layout.offsets);
  partBytes(target, layout.offsets).set(buffers[1]!);
  const nulls = layout.nulls && { nulls: partRef(ref, layout.nulls) };
  if (layout.nulls !== undefined) unpackNulls(buffers[0]!, partBytes(target, layout.nulls), numRows);
  if (!physical.list) {
    partBytes(target, layout.leaf.values).set(buffers[2]!);
    return { kind: 'binary', offsets, bytes: partRef(ref, layout.leaf.values), ...nulls };
  }
  const elements = loadLeaf(physical.leaf, buffers.slice(2), column.numElements, layout.leaf, slot);
  if (column.type === 'STRING' && elements.kind === 'string' && elements.width !== 'constant') {
    return { kind: 'multiString', offsets, ids: elements.ids, width: elements.width };
  }
  return { kind: 'array', offsets, elements, numElements: column.numElements, ...nulls };
}

/** @param buffers validity and values; none = every row is null, or none is */
function loadLeaf(
  leaf: LeafType,
  buffers: readonly Uint8Array[],
  n: number,
  layout: LeafLayout,
  { target, ref }: Slot,
): StoredColumnBlock {
  const [validity = NO_BYTES, raw = NO_BYTES] = buffers;
  const { form } = layout;
  const out = partBytes(target, layout.values);
  const values = partRef(ref, layout.values);
  const nulls = layout.nulls && { nulls: partRef(ref, layout.nulls) };
  if (layout.nulls !== undefined) {
    const bytes = partBytes(target, layout.nulls);
    if (validity.length > 0) unpackNulls(validity, bytes, n);
    else bytes.fill(1);
  }
  switch (form.kind) {
    case 'constantId':
      return { kind: 'string', ids: values, width: 'constant', constant: form.id };
    case 'ids':
      loadIds(form.width, validity, raw, n, out);
      return { kind: 'string', ids: values, width: form.width };
    case 'longs':
      if (form.width !== 'constant') loadLongs(leaf, validity, raw, n, form.base, form.width, out);
      return { kind: 'long', base: form.base, width: form.width, values, ...nulls };
    case 'decimals':
      if (form.width !== 'constant') loadDecimals(validity, raw, n, form.base, form.scale, form.width, out);
      return { kind: 'decimal', base: form.base, width: form.width, scale: form.scale, values, ...nulls };
    case 'plain':
      out.set(raw);
      return { kind: LEAF_BYTES[leaf] === 8 ? 'double' : 'float', values, ...nulls };
  }
}
