import type { MemoryRef } from '../memory/memory-ref.js';
import type { BlockRef, ColumnBlockRef, IntWidth } from '../memory/block-ref.js';
import type { Block, ColumnVector, IntValues, StoredVector, UnsignedIds } from './block.js';
import { AssertionFailure } from '../common/assert.js';
import { openIndex } from './bitmap-view.js';
import { constantIds, constantLongs, decodeDecimals } from './decode-block.js';
import { openDictionary } from './dictionary-view.js';
import { storedVector } from './stored-vector.js';

/** Finds the bytes of an arena in this thread. */
export type ArenaMemory = (arena: number) => ArrayBufferLike;

/** A block as typed-array views and pointers over shared memory; those of a column are made when it is first asked for. */
export function openBlock(ref: BlockRef, memory: ArenaMemory): Block {
  const vectors = new Map<string, ColumnVector>();
  const stored = new Map<string, StoredVector>();
  return {
    numRows: ref.numRows,
    firstRow: ref.firstRow,
    minTimeMs: ref.minTimeMs,
    maxTimeMs: ref.maxTimeMs,
    sortedByTime: ref.sortedByTime,
    column(name) {
      const known = vectors.get(name);
      if (known !== undefined || !Object.hasOwn(ref.columns, name)) return known;
      const vector = openColumn(ref.columns[name]!, ref.numRows, memory);
      vectors.set(name, vector);
      return vector;
    },
    stored(name) {
      const known = stored.get(name);
      if (known !== undefined || !Object.hasOwn(ref.columns, name)) return known;
      const vector = storedVector(ref.columns[name]!, memory);
      stored.set(name, vector);
      return vector;
    },
    zone(name) {
      return ref.zones !== undefined && Object.hasOwn(ref.zones, name) ? ref.zones[name] : undefined;
    },
  };
}

/** One column as plain views; decimal and constant blocks are decoded into arrays of this thread. */
export function openColumn(ref: ColumnBlockRef, numRows: number, memory: ArenaMemory): ColumnVector {
  const nulls = 'nulls' in ref && ref.nulls !== undefined ? { nulls: bytesOf(ref.nulls, memory, numRows) } : {};
  switch (ref.kind) {
    case 'string': {
      const ids =
        ref.width === 'constant' ? constantIds(ref.constant ?? 0, numRows) : idsOf(ref.ids, ref.width, memory, numRows);
      return { kind: 'string', ids, ...openIds(ref, memory) };
    }
    case 'multiString': {
      const offsets = u32Of(ref.offsets, memory, numRows + 1);
      const ids = idsOf(ref.ids, ref.width, memory, offsets[numRows] ?? 0);
      return { kind: 'multiString', offsets, ids, ...openIds(ref, memory) };
    }
    case 'long': {
      const values =
        ref.width === 'constant' ? constantLongs(numRows) : integersOf(ref.values, ref.width, memory, numRows);
      return { kind: 'long', base: ref.base, values, ...nulls };
    }
    case 'double':
      return {
        kind: 'double',
        values: new Float64Array(memory(ref.values.arena), ref.values.offset, numRows),
        ...nulls,
      };
    case 'decimal': {
      const elements =
        ref.width === 'constant' ? constantLongs(numRows) : idsOf(ref.values, ref.width, memory, numRows);
      return { kind: 'double', values: decodeDecimals(elements, ref.base, ref.scale), ...nulls };
    }
    case 'float':
      return {
        kind: 'float',
        values: new Float32Array(memory(ref.values.arena), ref.values.offset, numRows),
        ...nulls,
      };
    case 'binary': {
      const offsets = u32Of(ref.offsets, memory, numRows + 1);
      return { kind: 'binary', offsets, bytes: bytesOf(ref.bytes, memory, offsets[numRows] ?? 0), ...nulls };
    }
    case 'array': {
      const offsets = u32Of(ref.offsets, memory, numRows + 1);
      const elements = openColumn(ref.elements, ref.numElements, memory);
      if (elements.kind !== 'string' && elements.kind !== 'long' && elements.kind !== 'double') {
        throw new AssertionFailure(`Array has elements of kind [${elements.kind}]`);
      }
      return { kind: 'array', offsets, elements, ...nulls };
    }
  }
}

function openIds(ref: Extract<ColumnBlockRef, { readonly kind: 'string' | 'multiString' }>, memory: ArenaMemory) {
  const index = ref.index === undefined ? {} : { index: openIndex(ref.index, ref.dictionary.size, memory) };
  return { dictionary: openDictionary(ref.dictionary, memory), ...index };
}

function idsOf(ref: MemoryRef, width: 'u8' | 'u16' | 'u32', memory: ArenaMemory, n: number): UnsignedIds {
  const buffer = memory(ref.arena);
  switch (width) {
    case 'u8':
      return new Uint8Array(buffer, ref.offset, n);
    case 'u16':
      return new Uint16Array(buffer, ref.offset, n);
    case 'u32':
      return new Uint32Array(buffer, ref.offset, n);
  }
}

function integersOf(ref: MemoryRef, width: IntWidth, memory: ArenaMemory, n: number): IntValues | BigInt64Array {
  const buffer = memory(ref.arena);
  switch (width) {
    case 'u8':
    case 'u16':
    case 'u32':
      return idsOf(ref, width, memory, n);
    case 'i8':
      return new Int8Array(buffer, ref.offset, n);
    case 'i16':
      return new Int16Array(buffer, ref.offset, n);
    case 'i32':
      return new Int32Array(buffer, ref.offset, n);
    case 'i64':
      return new BigInt64Array(buffer, ref.offset, n);
  }
}

function u32Of(ref: MemoryRef, memory: ArenaMemory, n: number): Uint32Array {
  return new Uint32Array(memory(ref.arena), ref.offset, n);
}

function bytesOf(ref: MemoryRef, memory: ArenaMemory, n: number): Uint8Array {
  return new Uint8Array(memory(ref.arena), ref.offset, n);
}
