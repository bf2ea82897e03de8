import { AssertionFailure } from '../common/assert.js';

/** First 16 bits of a serialization without and with run containers. @source RoaringFormatSpec */
const COOKIE_NO_RUNS = 12346;
const COOKIE_RUNS = 12347;
/** With run containers, the offset header is left out below this number of containers. */
const NO_OFFSET_THRESHOLD = 4;
const ARRAY_MAX = 4096;
const BITSET_BYTES = 8192;
const NONE = new Uint16Array(0);

/**
 * The values of one container of a portable roaring bitmap, read straight from its bytes [start, end); nothing else is decoded.
 * @param key high 16 bits of the values asked for
 * @returns low 16 bits, ascending; a fresh array of the caller (empty when the bitmap lacks the container)
 * @source RoaringFormatSpec (portable serialization)
 */
export function containerValues(bytes: Uint8Array, start: number, end: number, key: number): Uint16Array {
  if (start >= end) return NONE;
  const header = readHeader(bytes, start);
  const at = findContainer(bytes, header, key);
  if (at < 0) return NONE;
  const cardinality = u16(bytes, header.keys + at * 4 + 2) + 1;
  const offset = containerStart(bytes, header, start, at);
  if (isRun(bytes, header, at)) return readRuns(bytes, offset, cardinality);
  if (cardinality > ARRAY_MAX) return readBitset(bytes, offset, cardinality);
  const values = new Uint16Array(cardinality);
  for (let i = 0; i < cardinality; i++) values[i] = u16(bytes, offset + i * 2);
  return values;
}

/** Number of values of the container with this key, from the header alone. */
export function containerCardinality(bytes: Uint8Array, start: number, end: number, key: number): number {
  if (start >= end) return 0;
  const header = readHeader(bytes, start);
  const at = findContainer(bytes, header, key);
  return at < 0 ? 0 : u16(bytes, header.keys + at * 4 + 2) + 1;
}

/** Number of values of a portable roaring bitmap, from its header alone. */
export function bitmapCardinality(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return 0;
  const header = readHeader(bytes, start);
  let total = 0;
  for (let i = 0; i < header.containers; i++) total += u16(bytes, header.keys + i * 4 + 2) + 1;
  return total;
}

/** Where a container lies and what it is; undefined when the bitmap lacks it. */
export interface ContainerPlace {
  readonly form: 'rows' | 'bitmap' | 'runs';
  /** Position of the first row, word or pair. */
  readonly at: number;
  /** Rows, 64-bit words or (start, length - 1) pairs. */
  readonly length: number;
  readonly cardinality: number;
}

/** Finds the container with this key in a portable roaring bitmap at bytes [start, end), without decoding it. */
export function containerPlace(bytes: Uint8Array, start: number, end: number, key: number): ContainerPlace | undefined {
  if (start >= end) return undefined;
  const header = readHeader(bytes, start);
  const index = findContainer(bytes, header, key);
  if (index < 0) return undefined;
  const cardinality = u16(bytes, header.keys + index * 4 + 2) + 1;
  const at = containerStart(bytes, header, start, index);
  if (isRun(bytes, header, index)) return { form: 'runs', at: at + 2, length: u16(bytes, at), cardinality };
  if (cardinality > ARRAY_MAX) return { form: 'bitmap', at, length: BITSET_BYTES / 8, cardinality };
  return { form: 'rows', at, length: cardinality, cardinality };
}

interface Header {
  readonly containers: number;
  /** Position of the run flags, or -1 when no container is a run. */
  readonly runFlags: number;
  /** Position of (key, cardinality - 1) pairs of 16 bits each. */
  readonly keys: number;
  /** Position of 32-bit container offsets, or -1 when left out. */
  readonly offsets: number;
  /** Position of the first container. */
  readonly body: number;
}

function readHeader(bytes: Uint8Array, start: number): Header {
  const cookie = u16(bytes, start);
  if (cookie === COOKIE_RUNS) {
    const containers = u16(bytes, start + 2) + 1;
    const keys = start + 4 + ((containers + 7) >>> 3);
    const hasOffsets = containers >= NO_OFFSET_THRESHOLD;
    const offsets = keys + containers * 4;
    return {
      containers,
      runFlags: start + 4,
      keys,
      offsets: hasOffsets ? offsets : -1,
      body: offsets + (hasOffsets ? containers * 4 : 0),
    };
  }
  if (cookie !== COOKIE_NO_RUNS) throw new AssertionFailure(`Roaring bitmap at byte [${start}] has cookie [${cookie}]`);
  const containers = u32(bytes, start + 4);
  const keys = start + 8;
  return { containers, runFlags: -1, keys, offsets: keys + containers * 4, body: keys + containers * 8 };
}

function findContainer(bytes: Uint8Array, header: Header, key: number): number {
  let low = 0;
  let high = header.containers - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = u16(bytes, header.keys + middle * 4);
    if (found === key) return middle;
    if (found < key) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function containerStart(bytes: Uint8Array, header: Header, start: number, index: number): number {
  if (header.offsets >= 0) return start + u32(bytes, header.offsets + index * 4);
  let at = header.body;
  for (let i = 0; i < index; i++) {
    const cardinality = u16(bytes, header.keys + i * 4 + 2) + 1;
    if (isRun(bytes, header, i)) at += 2 + u16(bytes, at) * 4;
    else at += cardinality > ARRAY_MAX ? BITSET_BYTES : cardinality * 2;
  }
  return at;
}

function isRun(bytes: Uint8Array, header: Header, index: number): boolean {
  return header.runFlags >= 0 && (((bytes[header.runFlags + (index >>> 3)] ?? 0) >>> (index & 7)) & 1) === 1;
}

function readRuns(bytes: Uint8Array, offset: number, cardinality: number): Uint16Array {
  const values = new Uint16Array(cardinality);
  const runs = u16(bytes, offset);
  let n = 0;
  for (let i = 0; i < runs; i++) {
    const first = u16(bytes, offset + 2 + i * 4);
    const last = first + u16(bytes, offset + 4 + i * 4);
    for (let value = first; value <= last; value++) values[n++] = value;
  }
  return values;
}

function readBitset(bytes: Uint8Array, offset: number, cardinality: number): Uint16Array {
  const values = new Uint16Array(cardinality);
  let n = 0;
  for (let i = 0; i < BITSET_BYTES; i += 4) {
    let word = u32(bytes, offset + i);
    while (word !== 0) {
      const lowest = word & -word;
      values[n++] = i * 8 + (31 - Math.clz32(lowest));
      word ^= lowest;
    }
  }
  return values;
}

function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
