import type { MemoryRef } from '../memory/memory-ref.js';
import type { BitmapIndexRef, BlockRef, ColumnBlockRef, IntWidth } from '../memory/block-ref.js';
import type { BitmapIndex, Block, ColumnVector, IntValues, UnsignedIds } from './block.js';
import { AssertionFailure } from '../common/assert.js';
import { openDictionary } from './dictionary-view.js';
import { bitmapCardinality, containerCardinality, containerValues } from './roaring-container.js';

/** Finds the bytes of an arena in this thread. */
export type ArenaMemory = (arena: number) => ArrayBufferLike;

/** A block as typed-array views over shared memory; a column's views are made when it is first asked for. */
export function openBlock(ref: BlockRef, memory: ArenaMemory): Block {
  const opened = new Map<string, ColumnVector | undefined>();
  return {
    numRows: ref.numRows,
    firstRow: ref.firstRow,
    minTimeMs: ref.minTimeMs,
    maxTimeMs: ref.maxTimeMs,
    sortedByTime: ref.sortedByTime,
    column(name) {
      const known = opened.get(name);
      if (known !== undefined) return known;
      const column = Object.hasOwn(ref.columns, name) ? ref.columns[name] : undefined;
      if (column === undefined) return undefined;
      const vector = openColumn(column, ref.numRows, memory);
      opened.set(name, vector);
      return vector;
    },
  };
}

function openColumn(ref: ColumnBlockRef, numRows: number, memory: ArenaMemory): ColumnVector {
  const nulls = 'nulls' in ref && ref.nulls !== undefined ? { nulls: bytesOf(ref.nulls, memory, numRows) } : {};
  switch (ref.kind) {
    case 'string':
    case 'multiString': {
      const index = ref.index === undefined ? {} : { index: openIndex(ref.index, ref.dictionary.size, memory) };
      const dictionary = openDictionary(ref.dictionary, memory);
      if (ref.kind === 'string')
        return { kind: 'string', ids: idsOf(ref.ids, ref.width, memory, numRows), dictionary, ...index };
      const offsets = u32Of(ref.offsets, memory, numRows + 1);
      const ids = idsOf(ref.ids, ref.width, memory, offsets[numRows] ?? 0);
      return { kind: 'multiString', offsets, ids, dictionary, ...index };
    }
    case 'long':
      return { kind: 'long', base: ref.base, values: integersOf(ref.values, ref.width, memory, numRows), ...nulls };
    case 'double':
      return {
        kind: 'double',
        values: new Float64Array(memory(ref.values.arena), ref.values.offset, numRows),
        ...nulls,
      };
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

function openIndex(ref: BitmapIndexRef, size: number, memory: ArenaMemory): BitmapIndex {
  const offsets = u32Of(ref.offsets, memory, size + 2);
  const bytes = bytesOf(ref.bytes, memory, ref.bytes.length);
  return {
    rowsOf: (id, blockIndex) => containerValues(bytes, offsets[id] ?? 0, offsets[id + 1] ?? 0, blockIndex),
    rowCount: (id, blockIndex) => containerCardinality(bytes, offsets[id] ?? 0, offsets[id + 1] ?? 0, blockIndex),
    cardinality: (id) => bitmapCardinality(bytes, offsets[id] ?? 0, offsets[id + 1] ?? 0),
  };
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
