import type { BitmapIndexRef } from '../memory/block-ref.js';
import type { BitmapIndex } from './block.js';
import { storedContainer } from './container-bits.js';
import { bitmapCardinality, containerCardinality, containerValues } from './roaring-container.js';

/** A bitmap index over shared memory. @param size values of the column's dictionary */
export function openIndex(ref: BitmapIndexRef, size: number, memory: (arena: number) => ArrayBufferLike): BitmapIndex {
  const offsets = new Uint32Array(memory(ref.offsets.arena), ref.offsets.offset, size + 2);
  const bytes = new Uint8Array(memory(ref.bytes.arena), ref.bytes.offset, ref.bytes.length);
  return {
    rowsOf: (id, blockIndex) => containerValues(bytes, offsets[id] ?? 0, offsets[id + 1] ?? 0, blockIndex),
    rowCount: (id, blockIndex) => containerCardinality(bytes, offsets[id] ?? 0, offsets[id + 1] ?? 0, blockIndex),
    cardinality: (id) => bitmapCardinality(bytes, offsets[id] ?? 0, offsets[id + 1] ?? 0),
    container: (id, blockIndex) =>
      storedContainer(ref.bytes, bytes, offsets[id] ?? 0, offsets[id + 1] ?? 0, blockIndex),
  };
}
