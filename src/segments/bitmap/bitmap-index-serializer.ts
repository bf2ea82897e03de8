import type { ContainerList } from './container-list.js';

/** A finished index of one column, ready to be written. */
export interface BitmapIndexImage {
  readonly containers: ContainerList;
  /** Ids 0 (null) to numIds - 1. */
  readonly numIds: number;
  /** Offsets and bitmaps together. */
  readonly sizeBytes: number;
}

const COOKIE_WITHOUT_RUNS = 12_346;
const COOKIE_WITH_RUNS = 12_347;
/** With runs, container offsets are stored only from this many containers on. */
const MIN_CONTAINERS_WITH_OFFSETS = 4;
const CHUNK_BYTES = 256 * 1024;

interface Chain {
  /** Containers of one id. */
  readonly count: number;
  readonly hasRun: boolean;
  readonly containerBytes: number;
}

/** Bytes of the offsets: one u32 for each id, and the end of the last. */
export function offsetsBytes(numIds: number): number {
  return (numIds + 1) * 4;
}

/** Size of the whole index as it will be written. */
export function serializedBytes(containers: ContainerList, numIds: number): number {
  let sum = offsetsBytes(numIds);
  for (let id = 0; id < numIds; id++) sum += bitmapBytes(chainOf(containers, id));
  return sum;
}

/**
 * The index in pieces of some 256 KiB: u32 offsets of every id's bitmap (from the end of the offsets), then the bitmaps, each
 * a portable roaring bitmap whose container keys are block numbers. A piece is valid until the next is asked for.
 * @source https://github.com/RoaringBitmap/RoaringFormatSpec
 */
export function* serializeIndex(image: BitmapIndexImage): Generator<Uint8Array> {
  const { containers, numIds } = image;
  const offsets = new Uint32Array(numIds + 1);
  for (let id = 0; id < numIds; id++) offsets[id + 1] = offsets[id]! + bitmapBytes(chainOf(containers, id));
  yield new Uint8Array(offsets.buffer);
  let chunk = new Uint8Array(CHUNK_BYTES);
  let used = 0;
  for (let id = 0; id < numIds; id++) {
    const size = offsets[id + 1]! - offsets[id]!;
    if (used + size > chunk.length) {
      if (used > 0) yield chunk.subarray(0, used);
      used = 0;
      if (size > chunk.length) chunk = new Uint8Array(size);
    }
    writeBitmap(containers, id, chunk.subarray(used, used + size));
    used += size;
  }
  if (used > 0) yield chunk.subarray(0, used);
}

function chainOf(containers: ContainerList, id: number): Chain {
  let count = 0;
  let hasRun = false;
  let containerBytes = 0;
  for (let entry = containers.first(id); entry >= 0; entry = containers.next(entry)) {
    count++;
    hasRun ||= containers.isRun(entry);
    containerBytes += containers.sizeBytes(entry);
  }
  return { count, hasRun, containerBytes };
}

function headerBytes({ count, hasRun }: Chain): number {
  if (!hasRun) return 8 + 8 * count;
  return 4 + ((count + 7) >>> 3) + 4 * count + (count >= MIN_CONTAINERS_WITH_OFFSETS ? 4 * count : 0);
}

function bitmapBytes(chain: Chain): number {
  return headerBytes(chain) + chain.containerBytes;
}

function writeBitmap(containers: ContainerList, id: number, out: Uint8Array): void {
  const chain = chainOf(containers, id);
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const { count, hasRun } = chain;
  let keysAt = 8;
  if (hasRun) {
    const flagBytes = (count + 7) >>> 3;
    keysAt = 4 + flagBytes;
    out.fill(0, 4, keysAt);
    view.setUint32(0, COOKIE_WITH_RUNS | ((count - 1) << 16), true);
  } else {
    view.setUint32(0, COOKIE_WITHOUT_RUNS, true);
    view.setUint32(4, count, true);
  }
  const offsetsAt = hasRun && count < MIN_CONTAINERS_WITH_OFFSETS ? -1 : keysAt + 4 * count;
  let at = headerBytes(chain);
  let i = 0;
  for (let entry = containers.first(id); entry >= 0; entry = containers.next(entry), i++) {
    view.setUint16(keysAt + 4 * i, containers.block(entry), true);
    view.setUint16(keysAt + 4 * i + 2, containers.count(entry) - 1, true);
    if (containers.isRun(entry)) out[4 + (i >>> 3)]! |= 1 << (i & 7);
    if (offsetsAt >= 0) view.setUint32(offsetsAt + 4 * i, at, true);
    const bytes = containers.view(entry);
    out.set(bytes, at);
    at += bytes.length;
  }
}
