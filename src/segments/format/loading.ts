/**
 * From stored bytes to shared memory: for each kind of thing a plan (which bytes of which file, how much memory) and a load
 * (verify, decompress, narrow). Pure functions: any thread may run them, and who reads the bytes, from disk or from S3, does
 * not matter.
 */
import { assert } from '../../common/assert.js';
import type { ColumnType } from '../../common/column-type.js';
import type { MemoryRef } from '../../memory/memory-ref.js';
import type { BitmapIndexRef, DictionaryRef } from '../../memory/block-ref.js';
import { decodeBuffer } from '../codec/buffer-codec.js';
import { formatChecksum, xxhash64 } from '../codec/checksum.js';
import { type ColumnLayout, columnLayout } from '../column/column-layout.js';
import { loadColumn } from '../column/column-loader.js';
import { LEAF_BYTES, type PhysicalType } from '../column/physical-type.js';
import { SlotLayout, partBytes, partRef } from '../column/slot-layout.js';
import type { StoredColumnBlock } from '../column/stored-column.js';
import type { Zone } from '../column/zone.js';
import { PAGE_BYTES } from './descriptor-layout.js';
import { type SegmentDescriptor, type StoredColumn, padded } from './descriptor.js';
import { SegmentCorruption } from './segment-corruption.js';
import { DATA_FILE, INDEX_FILE } from './segment-schema.js';

export interface LoadPlan {
  /** Name within the segment's directory or its prefix in deep storage. */
  readonly file: string;
  /** Bytes [offset, offset + length) of the file. */
  readonly offset: number;
  readonly length: number;
  /** Size of the slot to load into. */
  readonly memoryBytes: number;
}

/** How to load one block of one column: plain data that any thread can be sent. */
export interface ColumnLoad extends LoadPlan {
  readonly type: ColumnType;
  readonly physical: PhysicalType;
  readonly numRows: number;
  readonly numElements: number;
  readonly layout: ColumnLayout;
  /** Of the buffers in the file, and uncompressed; none when nothing is read. */
  readonly bufferLengths: readonly number[];
  readonly rawLengths: readonly number[];
  readonly checksum: bigint;
}

/**
 * The plan of a constant block has length 0 (nothing is read, `loadColumnBlock` takes no bytes), and 0 memoryBytes unless rows are null.
 * @throws AssertionFailure for a block that the segment does not have
 */
export function planColumnBlock(descriptor: SegmentDescriptor, column: StoredColumn, block: number): ColumnLoad {
  const { type, physical } = column;
  const numRows = descriptor.blockRows(block);
  const zone = descriptor.zone(column, block);
  const layout = columnLayout(type, physical, zone, numRows, descriptor.decimalScale(column));
  const stored = descriptor.block(column, block);
  return {
    file: DATA_FILE,
    offset: stored.offset,
    length: layout.isRead ? stored.length : 0,
    memoryBytes: layout.bytes,
    type,
    physical,
    numRows,
    numElements: zone.numElements,
    layout,
    bufferLengths: layout.isRead ? stored.bufferLengths : [],
    rawLengths: layout.isRead ? rawBufferLengths(physical, zone, numRows) : [],
    checksum: stored.checksum,
  };
}

/**
 * Loads one block of one column. Bind the result to its dictionary with `bindColumnBlock`.
 * @param bytes exactly the planned range
 * @param target the slot, at least memoryBytes, aligned to 64; @param ref the same slot
 * @throws SegmentCorruption when the bytes are not what was written
 */
export function loadColumnBlock(
  descriptor: SegmentDescriptor,
  column: StoredColumn,
  block: number,
  bytes: Uint8Array,
  target: Uint8Array,
  ref: MemoryRef,
): StoredColumnBlock {
  return runColumnLoad(planColumnBlock(descriptor, column, block), bytes, target, ref);
}

/** `loadColumnBlock` by its plan alone. */
export function runColumnLoad(
  load: ColumnLoad,
  bytes: Uint8Array,
  target: Uint8Array,
  ref: MemoryRef,
): StoredColumnBlock {
  const { layout, offset, length } = load;
  assert(target.length >= layout.bytes, `Slot of [${target.length}] bytes is too small for [${layout.bytes}]`);
  if (layout.isRead) verify(DATA_FILE, offset, bytes, length, load.checksum);
  const buffers = splitBuffers(bytes, offset, load.bufferLengths, load.rawLengths);
  return loadColumn({ ...load, buffers }, layout, target, ref);
}

/** @throws AssertionFailure for a column without dictionary */
export function planDictionary(column: StoredColumn): LoadPlan {
  const { offset, offsetsLength, bytesLength } = dictionaryOf(column);
  const length = padded(offsetsLength) + padded(bytesLength);
  return { file: DATA_FILE, offset, length, memoryBytes: dictionaryLayout(column).slot.bytes };
}

/**
 * Loads the dictionary of a column.
 * @param key unique in the process for this dictionary of this segment
 * @throws SegmentCorruption when the bytes are not what was written
 */
export function loadDictionary(
  column: StoredColumn,
  bytes: Uint8Array,
  target: Uint8Array,
  ref: MemoryRef,
  key: string,
): DictionaryRef {
  const stored = dictionaryOf(column);
  const { offset, offsetsLength, bytesLength, size, rawBytes } = stored;
  verify(DATA_FILE, offset, bytes, padded(offsetsLength) + padded(bytesLength), stored.checksum);
  const [offsets, values] = splitBuffers(bytes, offset, [offsetsLength, bytesLength], [(size + 1) * 4, rawBytes]);
  const layout = dictionaryLayout(column);
  partBytes(target, layout.offsets).set(offsets!);
  partBytes(target, layout.bytes).set(values!);
  return { key, size, sorted: true, offsets: partRef(ref, layout.offsets), bytes: partRef(ref, layout.bytes) };
}

/** What loading an index needs of its segment. */
export type IndexPages = Pick<SegmentDescriptor, 'indexBytes' | 'indexPageChecksum'>;

/** The pages that hold the index of a column. @throws AssertionFailure for a column without index */
export function planIndex(descriptor: IndexPages, column: StoredColumn): LoadPlan {
  const { offset, offsetsBytes, bitmapBytes } = indexOf(column);
  const start = Math.floor(offset / PAGE_BYTES) * PAGE_BYTES;
  const end = Math.ceil((offset + offsetsBytes + bitmapBytes) / PAGE_BYTES) * PAGE_BYTES;
  const length = Math.min(end, descriptor.indexBytes) - start;
  return { file: INDEX_FILE, offset: start, length, memoryBytes: indexLayout(column).slot.bytes };
}

/** Loads the bitmap index of a column. @throws SegmentCorruption when the bytes are not what was written */
export function loadIndex(
  descriptor: IndexPages,
  column: StoredColumn,
  bytes: Uint8Array,
  target: Uint8Array,
  ref: MemoryRef,
): BitmapIndexRef {
  const plan = planIndex(descriptor, column);
  const { offset, offsetsBytes, bitmapBytes } = indexOf(column);
  verifyIndexPages(descriptor, plan.offset, bytes, plan.length);
  const layout = indexLayout(column);
  const at = offset - plan.offset;
  partBytes(target, layout.offsets).set(bytes.subarray(at, at + offsetsBytes));
  partBytes(target, layout.bitmaps).set(bytes.subarray(at + offsetsBytes, at + offsetsBytes + bitmapBytes));
  return { offsets: partRef(ref, layout.offsets), bytes: partRef(ref, layout.bitmaps) };
}

/** Checks whole pages of index.roaring. @param offset a multiple of the page size */
export function verifyIndexPages(descriptor: IndexPages, offset: number, bytes: Uint8Array, length: number): void {
  checkLength(INDEX_FILE, offset, bytes, length);
  for (let at = 0; at < length; at += PAGE_BYTES) {
    const page = bytes.subarray(at, Math.min(at + PAGE_BYTES, length));
    verify(INDEX_FILE, offset + at, page, page.length, descriptor.indexPageChecksum((offset + at) / PAGE_BYTES));
  }
}

/** Compares a range with its checksum. @throws SegmentCorruption when they differ */
export function verify(file: string, offset: number, bytes: Uint8Array, length: number, expected: bigint): void {
  checkLength(file, offset, bytes, length);
  const actual = xxhash64(bytes);
  if (actual !== expected) throw new SegmentCorruption(file, offset, formatChecksum(expected), formatChecksum(actual));
}

function checkLength(file: string, offset: number, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw new SegmentCorruption(file, offset, `${length} bytes`, `${bytes.length} bytes`);
}

/** Uncompressed length of each Arrow buffer. */
function rawBufferLengths({ leaf, list }: PhysicalType, zone: Zone, numRows: number): number[] {
  const rowValidity = zone.nullCount > 0 ? Math.ceil(numRows / 8) : 0;
  const offsets = (numRows + 1) * 4;
  const width = LEAF_BYTES[leaf];
  if (width === 0) return [rowValidity, offsets, zone.numElements];
  if (!list) return [rowValidity, numRows * width];
  const elementValidity = zone.elementNulls > 0 ? Math.ceil(zone.numElements / 8) : 0;
  return [rowValidity, offsets, elementValidity, zone.numElements * width];
}

function splitBuffers(
  bytes: Uint8Array,
  fileOffset: number,
  lengths: readonly number[],
  rawLengths: readonly number[],
): Uint8Array[] {
  let at = 0;
  return lengths.map((length, i) => {
    const raw = decodeBuffer(bytes.subarray(at, at + length), rawLengths[i]!);
    if (raw === undefined) {
      // The checksum held, so this was written wrong: a bug of the writer, which its reader must still not run into.
      throw new SegmentCorruption(DATA_FILE, fileOffset + at, `a buffer of ${rawLengths[i]} bytes`, 'another length');
    }
    at += padded(length);
    return raw;
  });
}

function dictionaryOf(column: StoredColumn): NonNullable<StoredColumn['dictionary']> {
  assert(column.dictionary !== undefined, `Column [${column.name}] has no dictionary`);
  return column.dictionary;
}

function dictionaryLayout(column: StoredColumn) {
  const { size, rawBytes } = dictionaryOf(column);
  const slot = new SlotLayout();
  return { slot, offsets: slot.add((size + 1) * 4), bytes: slot.add(rawBytes) };
}

function indexOf(column: StoredColumn): NonNullable<StoredColumn['index']> {
  assert(column.index !== undefined, `Column [${column.name}] has no index`);
  return column.index;
}

function indexLayout(column: StoredColumn) {
  const { offsetsBytes, bitmapBytes } = indexOf(column);
  const slot = new SlotLayout();
  return { slot, offsets: slot.add(offsetsBytes), bitmaps: slot.add(bitmapBytes) };
}
