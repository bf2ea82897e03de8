/**
 * Loading as a job for a worker thread: plain data goes in, refs come out. The main thread chooses what is loaded into which slots and
 * records the result; the bytes are read, verified, decompressed and narrowed where the job runs.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { BitmapIndexRef, DictionaryRef } from '../../memory/block-ref.js';
import type { ArenaHandle, MemoryRef } from '../../memory/memory-ref.js';
import type { StoredColumnBlock } from '../column/stored-column.js';
import { PAGE_BYTES } from './descriptor-layout.js';
import type { SegmentDescriptor, StoredColumn } from './descriptor.js';
import * as loading from './loading.js';
import { SegmentCorruption } from './segment-corruption.js';

/** What a slot is to hold. */
export type LoadThing =
  | { readonly kind: 'column'; readonly load: loading.ColumnLoad }
  | { readonly kind: 'dictionary'; readonly column: StoredColumn }
  | {
      readonly kind: 'index';
      readonly column: StoredColumn;
      readonly indexBytes: number;
      /** Of the pages that are read. */
      readonly pageChecksums: readonly bigint[];
    };

export interface LoadItem {
  readonly thing: LoadThing;
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly target: MemoryRef;
  /** The range's bytes, where the main thread has fetched them; null = read the local file. */
  readonly bytes: Uint8Array | null;
}

/** Items of one segment, ordered by file and offset. */
export interface LoadPart {
  /** Local copy of the segment. */
  readonly directory: string;
  readonly items: readonly LoadItem[];
}

export interface LoadJob {
  /** Arenas of the targets. */
  readonly arenas: readonly ArenaHandle[];
  readonly parts: readonly LoadPart[];
}

export type LoadedThing = StoredColumnBlock | DictionaryRef | BitmapIndexRef;

/** What became of an item. Corruption and a missing file are outcomes: the main thread then turns to deep storage. */
export type LoadOutcome =
  | { readonly kind: 'loaded'; readonly thing: LoadedThing }
  | {
      readonly kind: 'corrupt';
      readonly file: string;
      readonly offset: number;
      readonly expected: string;
      readonly actual: string;
    }
  /** The local file is gone or cannot be read. */
  | { readonly kind: 'unreadable'; readonly message: string };

/** Ranges that lie at most this far apart are read at once. */
const MAX_GAP_BYTES = 65_536;
/** Most bytes of one read, unless a single item is larger. */
const MAX_READ_BYTES = 4 * 1024 ** 2;

/** Kept between jobs of a thread: reading into fresh memory costs page faults. */
let readBuffer = new Uint8Array(0);

/** The thing to load for an index. @throws AssertionFailure for a column without index */
export function indexThing(descriptor: SegmentDescriptor, column: StoredColumn): LoadThing {
  const { offset, length } = loading.planIndex(descriptor, column);
  const first = offset / PAGE_BYTES;
  const pageChecksums = Array.from({ length: Math.ceil(length / PAGE_BYTES) }, (_, i) =>
    descriptor.indexPageChecksum(first + i),
  );
  return { kind: 'index', column, indexBytes: descriptor.indexBytes, pageChecksums };
}

/**
 * Runs a job in any thread: fills the slots. Outcomes in the order of the items, part by part; one that fails does not stop the others.
 * @param memoryOf the bytes of an arena in this thread, as far as the slots
 */
export function runLoadJob(job: LoadJob, memoryOf: (arena: number) => ArrayBufferLike): LoadOutcome[][] {
  return job.parts.map(({ directory, items }) => {
    const outcomes: LoadOutcome[] = [];
    while (outcomes.length < items.length) outcomes.push(...loadRun(directory, items, outcomes.length, memoryOf));
    return outcomes;
  });
}

/** Loads the items from `first` on that can be read at once. */
function loadRun(
  directory: string,
  items: readonly LoadItem[],
  first: number,
  memoryOf: (arena: number) => ArrayBufferLike,
): LoadOutcome[] {
  const start = items[first]!;
  if (start.bytes !== null) return [loadOne(start, start.bytes, memoryOf)];
  let end = start.offset + start.length;
  let last = first + 1;
  for (; last < items.length; last++) {
    const item = items[last]!;
    const near = item.bytes === null && item.file === start.file && item.offset >= start.offset;
    const stop = Math.max(end, item.offset + item.length);
    if (!near || item.offset - end > MAX_GAP_BYTES || stop - start.offset > MAX_READ_BYTES) break;
    end = stop;
  }
  const run = items.slice(first, last);
  try {
    const bytes = readRange(path.join(directory, start.file), start.offset, end - start.offset);
    return run.map((item) => {
      const at = item.offset - start.offset;
      return loadOne(item, bytes.subarray(at, at + item.length), memoryOf);
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return run.map(() => ({ kind: 'unreadable', message }));
  }
}

function loadOne(item: LoadItem, bytes: Uint8Array, memoryOf: (arena: number) => ArrayBufferLike): LoadOutcome {
  const { target } = item;
  const slot = new Uint8Array(memoryOf(target.arena), target.offset, target.length);
  try {
    return { kind: 'loaded', thing: fill(item.thing, bytes, slot, target) };
  } catch (error) {
    if (!(error instanceof SegmentCorruption)) throw error;
    const { file, offset, expected, actual } = error;
    return { kind: 'corrupt', file, offset, expected, actual };
  }
}

function fill(thing: LoadThing, bytes: Uint8Array, slot: Uint8Array, target: MemoryRef): LoadedThing {
  switch (thing.kind) {
    case 'column':
      return loading.runColumnLoad(thing.load, bytes, slot, target);
    case 'dictionary':
      return loading.loadDictionary(thing.column, bytes, slot, target, '');
    case 'index': {
      const { indexBytes, pageChecksums, column } = thing;
      const first = loading.planIndex({ indexBytes, indexPageChecksum: () => 0n }, column).offset / PAGE_BYTES;
      const pages = { indexBytes, indexPageChecksum: (page: number) => pageChecksums[page - first]! };
      return loading.loadIndex(pages, column, bytes, slot, target);
    }
  }
}

/** Bytes that hold until the next read. A file that ends early gives fewer: their checksum will not fit. */
function readRange(file: string, offset: number, length: number): Uint8Array {
  if (readBuffer.length < length) readBuffer = new Uint8Array(Math.max(length, MAX_READ_BYTES));
  // Opened anew each time: a copy that was set aside and fetched again has the same name.
  const fd = openSync(file, 'r');
  try {
    let filled = 0;
    while (filled < length) {
      const bytesRead = readSync(fd, readBuffer, filled, length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return readBuffer.subarray(0, filled);
  } finally {
    closeSync(fd);
  }
}
