import type { MemoryRef } from '../memory/memory-ref.js';
import type { StoredContainer } from './block.js';
import { containerPlace } from './roaring-container.js';

/**
 * One container of a portable roaring bitmap where it lies, for the kernels that add containers to a bitset.
 * @param ref where `bytes` lie
 * @param start the bitmap is bytes [start, end)
 * @param key high 16 bits of the rows asked for
 */
export function storedContainer(
  ref: MemoryRef,
  bytes: Uint8Array,
  start: number,
  end: number,
  key: number,
): StoredContainer | undefined {
  const place = containerPlace(bytes, start, end, key);
  if (place === undefined) return undefined;
  const { form, length, cardinality } = place;
  return { arena: ref.arena, form, pointer: ref.offset + place.at, length, count: cardinality };
}
