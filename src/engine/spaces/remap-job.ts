import type { DictionaryRef } from '../../memory/block-ref.js';
import type { MemoryRef } from '../../memory/memory-ref.js';
import { type SpaceHandle, SpaceMemory } from './space-memory.js';

/** Places behind the last one that are tried first: two cache lines of hashes. */
const NEXT_PLACES = 16;
/** After so many values that were elsewhere, the hash table alone is asked. */
const MAX_PATIENCE = 64;

/** Finds the places of segments' ids in a space; plain data with shared buffers, for an engine thread. */
export interface RemapJob {
  readonly space: SpaceHandle;
  readonly parts: readonly RemapPart[];
}

export interface RemapPart {
  readonly dictionary: DictionaryRef;
  /** Where the remap goes: Uint32[dictionary.size + 1]. */
  readonly target: MemoryRef;
}

/**
 * `identity`: the segment's ids are those of the space, nothing was written. `none`: there is no room for the segment's values, or the
 * space was given up; the segment stays its own space.
 */
export type RemapOutcome = 'identity' | 'remapped' | 'none';

/**
 * Runs a job, in any thread: one outcome for each part. Several threads may work on one space, one part at a time.
 * @param memory finds the bytes of an arena in this thread, at least up to `end`
 */
export function runRemapJob(
  { space, parts }: RemapJob,
  memory: (arena: number, end: number) => ArrayBufferLike,
): readonly RemapOutcome[] {
  const target = new SpaceMemory(space);
  return parts.map((part) => remapPart(target, part, memory));
}

function remapPart(
  space: SpaceMemory,
  { dictionary, target }: RemapPart,
  memory: (arena: number, end: number) => ArrayBufferLike,
): RemapOutcome {
  const view = ({ arena, offset, length }: MemoryRef): [ArrayBufferLike, number] => [
    memory(arena, offset + length),
    offset,
  ];
  const { size } = dictionary;
  const offsets = new Uint32Array(...view(dictionary.offsets), size + 1);
  const bytes = new Uint8Array(...view(dictionary.bytes), dictionary.bytes.length);
  const remap = new Uint32Array(...view(target), size + 1);
  // Before the lock, so that threads share this part of the work.
  const hashes = new Uint32Array(size + 1);
  hashValues(bytes, offsets, size, hashes);
  const isDone = space.locked(() => intern(space, dictionary.sorted, bytes, offsets, hashes, remap));
  if (isDone !== true) return 'none';
  for (let id = 0; id <= size; id++) if (remap[id] !== id) return 'remapped';
  return 'identity';
}

/** Finds or appends all values; false when they do not fit, and then nothing was appended. */
function intern(
  space: SpaceMemory,
  isSorted: boolean,
  bytes: Uint8Array,
  offsets: Uint32Array,
  hashes: Uint32Array,
  remap: Uint32Array,
): boolean {
  const before = space.size;
  const { sortedSize } = space;
  const missing = findAll(space, bytes, offsets, hashes, remap);
  if (missing.length === 0) return true;
  if (space.isFull) return false;
  let missingBytes = 0;
  for (const id of missing) missingBytes += offsets[id]! - offsets[id - 1]!;
  if (!space.reserve(before + missing.length, space.offsets[before]! + missingBytes)) {
    space.fill();
    return false;
  }
  appendAll(space, bytes, offsets, hashes, missing, remap, before);
  const size = before + missing.length;
  space.publish(size, before === 0 && isSorted ? size : sortedSize);
  return true;
}

/**
 * Writes the places of known values. Dictionaries mostly ascend alike, so the places right behind the last one are tried before the hash
 * table, which costs cache misses. @returns the ids of the others
 */
function findAll(
  { bytes: known, offsets: knownOffsets, hashes: knownHashes, slots, size }: SpaceMemory,
  bytes: Uint8Array,
  offsets: Uint32Array,
  hashes: Uint32Array,
  remap: Uint32Array,
): Uint32Array {
  const missing = new Uint32Array(hashes.length);
  const mask = slots.length - 1;
  let numMissing = 0;
  let last = 0;
  let patience = MAX_PATIENCE;
  remap[0] = 0;
  for (let id = 1; id < hashes.length; id++) {
    const from = offsets[id - 1]!;
    const to = offsets[id]!;
    const hash = hashes[id]!;
    let found = 0;
    if (patience > 0) {
      const end = Math.min(last + NEXT_PLACES, size);
      let place = last + 1;
      while (place <= end && knownHashes[place] !== hash) place++;
      if (place <= end && isValue(known, knownOffsets, place, bytes, from, to)) {
        found = place;
        patience = MAX_PATIENCE;
      } else {
        patience--;
      }
    }
    if (found === 0) {
      let slot = hash & mask;
      found = slots[slot]!;
      while (found !== 0) {
        if (knownHashes[found] === hash && isValue(known, knownOffsets, found, bytes, from, to)) break;
        slot = (slot + 1) & mask;
        found = slots[slot]!;
      }
    }
    remap[id] = found;
    if (found === 0) missing[numMissing++] = id;
    else last = found;
  }
  return missing.subarray(0, numMissing);
}

/** Whether the value with id `place` of a space is these bytes. */
function isValue(
  known: Uint8Array,
  knownOffsets: Uint32Array,
  place: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  let at = knownOffsets[place - 1]!;
  if (knownOffsets[place]! - at !== to - from) return false;
  for (let i = from; i < to; i++) if (known[at++] !== bytes[i]) return false;
  return true;
}

/** Values of a dictionary are distinct, so that none of the missing ones is looked up again. */
function appendAll(
  { bytes: known, offsets: knownOffsets, hashes: knownHashes, slots }: SpaceMemory,
  bytes: Uint8Array,
  offsets: Uint32Array,
  hashes: Uint32Array,
  missing: Uint32Array,
  remap: Uint32Array,
  before: number,
): void {
  const mask = slots.length - 1;
  let end = knownOffsets[before]!;
  for (let i = 0; i < missing.length; i++) {
    const id = missing[i]!;
    const place = before + i + 1;
    for (let at = offsets[id - 1]!; at < offsets[id]!; at++) known[end++] = bytes[at]!;
    const hash = hashes[id]!;
    knownOffsets[place] = end;
    knownHashes[place] = hash;
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = place;
    remap[id] = place;
  }
}

/** Four bytes at a step; the last step of a value takes what is left of it. */
function hashValues(bytes: Uint8Array, offsets: Uint32Array, size: number, hashes: Uint32Array): void {
  for (let id = 1; id <= size; id++) {
    let at = offsets[id - 1]!;
    const end = offsets[id]!;
    let hash = end - at;
    for (; at + 4 <= end; at += 4) {
      const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      hash = Math.imul(hash ^ word, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x85ebca6b);
    hash ^= hash >>> 16;
    hash = Math.imul(hash, 0x85ebca6b);
    hashes[id] = hash ^ (hash >>> 13);
  }
}
