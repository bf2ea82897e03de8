import roaring from 'roaring';
import type { ColumnType } from '../../src/common/column-type.js';
import type { MemoryRef } from '../../src/memory/memory-ref.js';
import type { BitmapIndexRef, BlockRef, ColumnBlockRef, DictionaryRef, IntWidth } from '../../src/memory/block-ref.js';
import type { Block, SegmentContext } from '../../src/vectors/block.js';
import { openBlock } from '../../src/vectors/block-view.js';

export type Cell = string | number | bigint | null | readonly (string | null)[] | Uint8Array;
export type Row = Readonly<Record<string, Cell>>;

export interface SegmentOptions {
  readonly types: Readonly<Record<string, ColumnType>>;
  readonly rows: readonly Row[];
  readonly segmentId?: string;
  /** Rows of a block; 65,536 unless told. */
  readonly blockRows?: number;
  /** A real-time dictionary: in order of appearance, without index. */
  readonly unsorted?: boolean;
  readonly index?: boolean;
}

export interface TestSegment {
  readonly segment: SegmentContext;
  readonly blocks: readonly Block[];
  readonly refs: readonly BlockRef[];
}

let made = 0;

/** Blocks in ordinary memory from plain rows, through the same refs and views as in production. Rows need `__time`. */
export function buildSegment(options: SegmentOptions): TestSegment {
  const memory = new TestMemory();
  const { types, rows } = options;
  const blockRows = options.blockRows ?? 65_536;
  const segmentId = options.segmentId ?? `test_${++made}`;
  const times = rows.map((row) => Number(row['__time']));
  const isSorted = times.every((time, i) => i === 0 || times[i - 1]! <= time);
  const dictionaries = new Map<string, TestDictionary>();
  for (const [name, type] of Object.entries(types)) {
    if (type === 'STRING')
      dictionaries.set(name, buildDictionary(memory, `${segmentId}-${++made}-${name}`, rows, name, options, blockRows));
  }
  const refs: BlockRef[] = [];
  for (let first = 0; first < rows.length; first += blockRows) {
    const part = rows.slice(first, first + blockRows);
    const partTimes = times.slice(first, first + blockRows);
    const columns: Record<string, ColumnBlockRef> = {};
    for (const [name, type] of Object.entries(types)) {
      columns[name] = buildColumn(
        memory,
        part.map((row) => row[name] ?? null),
        type,
        dictionaries.get(name),
      );
    }
    refs.push({
      numRows: part.length,
      // Block numbers follow the rows' place in 65,536-row ranges, as the index counts them.
      firstRow: (first / blockRows) * 65_536,
      minTimeMs: min(partTimes),
      maxTimeMs: -min(partTimes.map((time) => -time)),
      sortedByTime: isSorted,
      columns,
    });
  }
  const segment: SegmentContext = {
    segmentId,
    dataSource: 'test',
    intervalStartMs: rows.length === 0 ? 0 : min(times),
    intervalEndMs: rows.length === 0 ? 0 : 1 - min(times.map((time) => -time)),
    minTimeMs: rows.length === 0 ? 0 : min(times),
    maxTimeMs: rows.length === 0 ? 0 : -min(times.map((time) => -time)),
    columnTypes: types,
  };
  return { segment, refs, blocks: refs.map((ref) => openBlock(ref, () => memory.buffer)) };
}

function min(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

/** One growing buffer; read it only when everything was written. */
class TestMemory {
  #bytes = new Uint8Array(1 << 16);
  #end = 0;

  get buffer(): ArrayBuffer {
    return this.#bytes.buffer;
  }

  put(view: ArrayBufferView): MemoryRef {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    while (this.#end + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#end);
    const ref = { arena: 0, offset: this.#end, length: bytes.length };
    this.#end = (this.#end + bytes.length + 63) & ~63;
    return ref;
  }
}

interface TestDictionary {
  readonly ref: DictionaryRef;
  readonly ids: ReadonlyMap<string, number>;
  readonly index?: BitmapIndexRef;
}

function valuesOf(cell: Cell): readonly (string | null)[] {
  if (Array.isArray(cell)) return cell as readonly (string | null)[];
  return [cell === null ? null : String(cell)];
}

function buildDictionary(
  memory: TestMemory,
  key: string,
  rows: readonly Row[],
  name: string,
  options: SegmentOptions,
  blockRows: number,
): TestDictionary {
  const distinct = new Set(rows.flatMap((row) => valuesOf(row[name] ?? null).filter((value) => value !== null)));
  const values = options.unsorted ? [...distinct] : [...distinct].sort();
  const encoded = values.map((value) => Buffer.from(value, 'utf8'));
  const offsets = new Uint32Array(values.length + 1);
  encoded.forEach((bytes, i) => {
    offsets[i + 1] = offsets[i]! + bytes.length;
  });
  const ref: DictionaryRef = {
    key,
    size: values.length,
    sorted: !options.unsorted,
    offsets: memory.put(offsets),
    bytes: memory.put(Buffer.concat(encoded)),
  };
  const ids = new Map(values.map((value, i) => [value, i + 1]));
  return options.index ? { ref, ids, index: buildIndex(memory, rows, name, ids, blockRows) } : { ref, ids };
}

function buildIndex(
  memory: TestMemory,
  rows: readonly Row[],
  name: string,
  ids: ReadonlyMap<string, number>,
  blockRows: number,
): BitmapIndexRef {
  const bitmaps = Array.from({ length: ids.size + 1 }, () => new roaring.RoaringBitmap32());
  rows.forEach((row, i) => {
    const at = Math.floor(i / blockRows) * 65_536 + (i % blockRows);
    const values = valuesOf(row[name] ?? null);
    for (const value of values.length === 0 ? [null] : values) bitmaps[value === null ? 0 : ids.get(value)!]!.add(at);
  });
  for (const bitmap of bitmaps) bitmap.runOptimize();
  const serialized = bitmaps.map((bitmap) => bitmap.serialize('portable'));
  const offsets = new Uint32Array(serialized.length + 1);
  serialized.forEach((bytes, i) => {
    offsets[i + 1] = offsets[i]! + bytes.length;
  });
  return { offsets: memory.put(offsets), bytes: memory.put(Buffer.concat(serialized)) };
}

function buildColumn(
  memory: TestMemory,
  cells: readonly Cell[],
  type: ColumnType,
  dictionary: TestDictionary | undefined,
): ColumnBlockRef {
  const nullBytes = Uint8Array.from(cells, (cell) => (cell === null ? 1 : 0));
  const nulls = nullBytes.includes(1) ? { nulls: memory.put(nullBytes) } : {};
  if (dictionary !== undefined) return buildStrings(memory, cells, dictionary);
  if (type === 'LONG') {
    return { ...buildLongs(memory, cells), ...nulls };
  }
  if (type === 'DOUBLE') return { kind: 'double', values: memory.put(Float64Array.from(cells, Number)), ...nulls };
  if (type === 'FLOAT') return { kind: 'float', values: memory.put(Float32Array.from(cells, Number)), ...nulls };
  const images = cells.map((cell) => (cell instanceof Uint8Array ? cell : Buffer.from(String(cell ?? ''))));
  const offsets = new Uint32Array(cells.length + 1);
  images.forEach((image, i) => {
    offsets[i + 1] = offsets[i]! + image.length;
  });
  return { kind: 'binary', offsets: memory.put(offsets), bytes: memory.put(Buffer.concat(images)), ...nulls };
}

function buildStrings(memory: TestMemory, cells: readonly Cell[], dictionary: TestDictionary): ColumnBlockRef {
  const index = dictionary.index === undefined ? {} : { index: dictionary.index };
  const idsOf = (cell: Cell): number[] =>
    valuesOf(cell).map((value) => (value === null ? 0 : dictionary.ids.get(value)!));
  const [width, type] = dictionary.ref.size < 256 ? (['u8', Uint8Array] as const) : (['u32', Uint32Array] as const);
  if (!cells.some((cell) => Array.isArray(cell))) {
    const ids = memory.put(type.from(cells.map((cell) => idsOf(cell)[0]!)));
    return { kind: 'string', ids, width, dictionary: dictionary.ref, ...index };
  }
  const lists = cells.map(idsOf);
  const offsets = new Uint32Array(cells.length + 1);
  lists.forEach((list, i) => {
    offsets[i + 1] = offsets[i]! + list.length;
  });
  const ids = memory.put(type.from(lists.flat()));
  return { kind: 'multiString', offsets: memory.put(offsets), ids, width, dictionary: dictionary.ref, ...index };
}

const WIDTHS = [
  ['u8', 0, 2 ** 8 - 1, Uint8Array],
  ['i8', -(2 ** 7), 2 ** 7 - 1, Int8Array],
  ['u16', 0, 2 ** 16 - 1, Uint16Array],
  ['i16', -(2 ** 15), 2 ** 15 - 1, Int16Array],
  ['u32', 0, 2 ** 32 - 1, Uint32Array],
  ['i32', -(2 ** 31), 2 ** 31 - 1, Int32Array],
] as const;

/** The narrowest width, with the smallest value as base where that helps. */
function buildLongs(memory: TestMemory, cells: readonly Cell[]): Extract<ColumnBlockRef, { kind: 'long' }> {
  const longs = cells.map((cell) => (cell === null ? null : BigInt(cell as number | bigint)));
  const found = longs.filter((long) => long !== null);
  const least = found.reduce((a, b) => (b < a ? b : a), found[0] ?? 0n);
  const most = found.reduce((a, b) => (b > a ? b : a), found[0] ?? 0n);
  const isSafe = least >= -(2n ** 52n) && most <= 2n ** 52n;
  for (const [width, low, high, type] of isSafe ? WIDTHS : []) {
    for (const base of [0, Number(least)]) {
      if (Number(least) - base < low || Number(most) - base > high) continue;
      const values = type.from(longs.map((long) => (long === null ? 0 : Number(long) - base)));
      return { kind: 'long', base, width, values: memory.put(values) };
    }
  }
  const width: IntWidth = 'i64';
  return { kind: 'long', base: 0, width, values: memory.put(BigInt64Array.from(longs, (long) => long ?? 0n)) };
}
