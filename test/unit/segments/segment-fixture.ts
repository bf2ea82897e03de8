/** Columns as plain values, written as a segment and read back through the load path into plain values again. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ColumnType } from '../../../src/common/column-type.js';
import { ArenaPool } from '../../../src/memory/arena-pool.js';
import type { MemoryRef } from '../../../src/memory/memory-ref.js';
import { BLOCK_ROWS, type BlockRef, type ColumnBlockRef } from '../../../src/memory/block-ref.js';
import { bindColumnBlock } from '../../../src/segments/column/stored-column.js';
import { SortedDictionary } from '../../../src/segments/dictionary/sorted-dictionary.js';
import { type SegmentDescriptor, parseDescriptor } from '../../../src/segments/format/descriptor.js';
import {
  type LoadPlan,
  loadColumnBlock,
  loadDictionary,
  loadIndex,
  planColumnBlock,
  planDictionary,
  planIndex,
} from '../../../src/segments/format/loading.js';
import type {
  SegmentColumn,
  SegmentInfo,
  WriteBlock,
  WrittenSegment,
} from '../../../src/segments/format/segment-schema.js';
import { SegmentWriter, type SegmentWriterOptions } from '../../../src/segments/format/segment-writer.js';
import { openBlock } from '../../../src/vectors/block-view.js';
import type { ValueType } from '../../../src/vectors/kernels/kernel-set.js';
import type { ArrayVector, Block, ColumnVector, LongVector, StringVector } from '../../../src/vectors/block.js';

export type Cell = string | bigint | number | Buffer | null | readonly (string | bigint | number | null)[];

export interface PlainColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly multiValue?: boolean;
  readonly indexed?: boolean;
  /** State the range of longs to the writer, so that it may choose a narrow type. */
  readonly narrow?: boolean;
  readonly values: readonly Cell[];
}

export const INFO: SegmentInfo = {
  dimensions: ['page'],
  metrics: ['added'],
  rollup: true,
  queryGranularity: 'minute',
  metricsSpec: [{ type: 'longSum', name: 'added', fieldName: 'added' }],
  state: [{ stream: 'wiki', incarnation: 'i1', from: { 0: 10 }, to: { 0: 20 } }],
};

export async function withDirectory<T>(run: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-segment-'));
  try {
    return await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export async function writeSegment(
  directory: string,
  columns: readonly PlainColumn[],
  options: SegmentWriterOptions = {},
): Promise<WrittenSegment> {
  const schema = columns.map(toSchema);
  const writer = await SegmentWriter.create(directory, { columns: schema }, options);
  const numRows = columns[0]!.values.length;
  for (let first = 0; first < numRows; first += BLOCK_ROWS) {
    const end = Math.min(numRows, first + BLOCK_ROWS);
    const vectors = columns.map((column, i) =>
      toVector(schema[i]!, column.values.slice(first, end), column.multiValue === true),
    );
    const block: WriteBlock = { numRows: end - first, columns: vectors };
    await writer.writeBlock(block);
  }
  return writer.finish(INFO);
}

/** A segment directory opened as a server would: bytes by range, slots of shared memory, views. */
export class OpenSegment {
  readonly descriptor: SegmentDescriptor;
  readonly #files: Readonly<Record<string, Uint8Array>>;
  readonly #pool = new ArenaPool({ budgetBytes: 512 * 1024 * 1024 });
  readonly #refs = new Map<number, BlockRef>();

  private constructor(descriptor: SegmentDescriptor, files: Readonly<Record<string, Uint8Array>>) {
    this.descriptor = descriptor;
    this.#files = files;
  }

  static async open(directory: string): Promise<OpenSegment> {
    const [data, index, bin] = await Promise.all(
      ['data.arrow', 'index.roaring', 'segment.bin'].map((name) => readFile(join(directory, name))),
    );
    return new OpenSegment(parseDescriptor(bin!), { 'data.arrow': data!, 'index.roaring': index! });
  }

  blockRef(block: number): BlockRef {
    const known = this.#refs.get(block) ?? this.#loadBlock(block);
    this.#refs.set(block, known);
    return known;
  }

  #loadBlock(block: number): BlockRef {
    const { descriptor } = this;
    const columns: Record<string, ColumnBlockRef> = {};
    for (const column of descriptor.columns) {
      const stored = this.#load(planColumnBlock(descriptor, column, block), (bytes, target, ref) =>
        loadColumnBlock(descriptor, column, block, bytes, target, ref),
      );
      const dictionary =
        column.dictionary &&
        this.#load(planDictionary(column), (bytes, target, ref) =>
          loadDictionary(column, bytes, target, ref, `${Math.random()}`),
        );
      const index =
        column.index &&
        this.#load(planIndex(descriptor, column), (bytes, target, ref) =>
          loadIndex(descriptor, column, bytes, target, ref),
        );
      columns[column.name] = bindColumnBlock(stored, dictionary, index);
    }
    const numRows = descriptor.blockRows(block);
    return {
      numRows,
      firstRow: block * BLOCK_ROWS,
      ...descriptor.blockTimeRange(block),
      sortedByTime: true,
      columns,
    };
  }

  block(block: number): Block {
    return openBlock(this.blockRef(block), (arena) => this.#pool.buffer(arena));
  }

  /** The serialized bitmap of one id. */
  bitmapBytes(name: string, id: number): Uint8Array {
    const ref = this.blockRef(0).columns[name]!;
    const index = ref.kind === 'string' || ref.kind === 'multiString' ? ref.index : undefined;
    const offsets = new Uint32Array(this.#pool.buffer(index!.offsets.arena), index!.offsets.offset, id + 2);
    const bytes = Buffer.from(this.#pool.buffer(index!.bytes.arena), index!.bytes.offset, index!.bytes.length);
    return Buffer.from(bytes.subarray(offsets[id], offsets[id + 1]));
  }

  /** All values of a column, in the form that PlainColumn takes. */
  values(name: string): Cell[] {
    const out: Cell[] = [];
    for (let b = 0; b < this.descriptor.numBlocks; b++) {
      const block = this.block(b);
      out.push(...fromVector(block.column(name)!, block.numRows));
    }
    return out;
  }

  blockCells(name: string, block: number): Cell[] {
    const { numRows } = this.block(block);
    return fromVector(this.block(block).column(name)!, numRows);
  }

  /** Values of a block as kernels would read them, from its pointers; undefined for what only views read. */
  storedCells(name: string, block: number): Cell[] | undefined {
    const { numRows } = this.block(block);
    const vector = this.block(block).stored(name)!;
    if (vector.kind === 'other' || vector.kind === 'multiIds') return undefined;
    const bytes = new DataView(this.#pool.buffer(vector.arena));
    const isNull = (row: number) => 'nulls' in vector && vector.nulls !== 0 && bytes.getUint8(vector.nulls + row) === 1;
    return Array.from({ length: numRows }, (_, row) => {
      if (isNull(row)) return null;
      switch (vector.kind) {
        case 'ids': {
          const id = vector.width === null ? vector.constant : Number(element(bytes, vector.ids, vector.width, row));
          return id === 0 ? null : vector.dictionary.value(id);
        }
        case 'ints': {
          const base = BigInt(vector.base);
          const value = base + (vector.type === null ? 0n : BigInt(element(bytes, vector.values, vector.type, row)));
          return vector.logical === 'long' ? value : Number(value) / 10 ** vector.scale;
        }
        case 'reals':
          return Number(element(bytes, vector.values, vector.type, row));
      }
    });
  }

  #load<T>(plan: LoadPlan, load: (bytes: Uint8Array, target: Uint8Array, ref: MemoryRef) => T): T {
    const ref = this.#pool.allocate(plan.memoryBytes)!;
    const target = new Uint8Array(this.#pool.buffer(ref.arena), ref.offset, plan.memoryBytes);
    // A slot holds what was there before; a load must not count on zeros.
    target.fill(0xa5);
    // Bytes that were read may begin anywhere in their buffer.
    const bytes = new Uint8Array(new ArrayBuffer(plan.length + 1), 1);
    bytes.set(this.#files[plan.file]!.subarray(plan.offset, plan.offset + plan.length));
    return load(bytes, target, ref);
  }
}

function element(bytes: DataView, at: number, type: ValueType, row: number): number | bigint {
  switch (type) {
    case 'u8':
      return bytes.getUint8(at + row);
    case 'i8':
      return bytes.getInt8(at + row);
    case 'u16':
      return bytes.getUint16(at + 2 * row, true);
    case 'i16':
      return bytes.getInt16(at + 2 * row, true);
    case 'u32':
      return bytes.getUint32(at + 4 * row, true);
    case 'i32':
      return bytes.getInt32(at + 4 * row, true);
    case 'i64':
      return bytes.getBigInt64(at + 8 * row, true);
    case 'f32':
      return bytes.getFloat32(at + 4 * row, true);
    case 'f64':
      return bytes.getFloat64(at + 8 * row, true);
  }
}

function toSchema(column: PlainColumn): SegmentColumn {
  const { name, type, multiValue = false, indexed = false } = column;
  const cells = column.values.flatMap((cell) => (Array.isArray(cell) ? cell : [cell]));
  const strings = cells.filter((cell) => typeof cell === 'string');
  const longs = cells.filter((cell) => typeof cell === 'bigint');
  const needsDictionary = type === 'STRING' || type === 'ARRAY<STRING>';
  const range = { min: minOf(longs), max: maxOf(longs) };
  return {
    name,
    type,
    multiValue,
    indexed,
    ...(needsDictionary && { dictionary: SortedDictionary.fromValues(strings) }),
    ...(column.narrow === true && longs.length > 0 && { range }),
  };
}

function minOf(longs: readonly bigint[]): bigint {
  return longs.reduce((a, b) => (b < a ? b : a), longs[0] ?? 0n);
}

function maxOf(longs: readonly bigint[]): bigint {
  return longs.reduce((a, b) => (b > a ? b : a), longs[0] ?? 0n);
}

function toVector(column: SegmentColumn, cells: readonly Cell[], multiValue: boolean): ColumnVector {
  const nulls = Uint8Array.from(cells, (cell) => (cell === null ? 1 : 0));
  const lists = cells.map((cell) => (Array.isArray(cell) ? (cell as Cell[]) : []));
  switch (column.type) {
    case 'STRING': {
      if (!multiValue) return stringVector(column, cells);
      return {
        ...stringVector(column, lists.flat()),
        kind: 'multiString',
        offsets: offsetsOf(lists.map((l) => l.length)),
      };
    }
    case 'LONG':
      return longVector(cells);
    case 'DOUBLE':
      return { kind: 'double', values: Float64Array.from(cells, (cell) => Number(cell ?? 77)), nulls };
    case 'FLOAT':
      return { kind: 'float', values: Float32Array.from(cells, (cell) => Number(cell ?? 77)), nulls };
    case 'ARRAY<STRING>':
      return arrayVector(lists, nulls, stringVector(column, lists.flat()));
    case 'ARRAY<LONG>':
      return arrayVector(lists, nulls, longVector(lists.flat()));
    case 'ARRAY<DOUBLE>': {
      const flat = lists.flat();
      const elementNulls = Uint8Array.from(flat, (cell) => (cell === null ? 1 : 0));
      return arrayVector(lists, nulls, {
        kind: 'double',
        values: Float64Array.from(flat, Number),
        nulls: elementNulls,
      });
    }
    default: {
      const buffers = cells.map((cell) => (cell === null ? Buffer.alloc(0) : (cell as Buffer)));
      return { kind: 'binary', offsets: offsetsOf(buffers.map((b) => b.length)), bytes: Buffer.concat(buffers), nulls };
    }
  }
}

function stringVector({ dictionary }: SegmentColumn, cells: readonly Cell[]): StringVector {
  const idOf = new Map<Cell, number>([[null, 0]]);
  for (let id = 1; id <= dictionary!.size; id++) idOf.set(dictionary!.value(id), id);
  return { kind: 'string', ids: Uint32Array.from(cells, (cell) => idOf.get(cell)!), dictionary: dictionary! };
}

/** Narrow values where they fit, as real-time blocks have them, so that both forms are written. */
function longVector(cells: readonly Cell[]): LongVector {
  const nulls = Uint8Array.from(cells, (cell) => (cell === null ? 1 : 0));
  const longs = cells.map((cell) => (cell === null ? null : (cell as bigint)));
  const known = longs.filter((long) => long !== null);
  const [min, max] = [minOf(known), maxOf(known)];
  if (max - min <= 0xffffn && min > -(2n ** 52n) && max < 2n ** 52n) {
    const values = Uint16Array.from(longs, (long) => Number((long ?? max) - min));
    return { kind: 'long', base: Number(min), values, nulls };
  }
  return { kind: 'long', base: 0, values: BigInt64Array.from(longs, (long) => long ?? 99n), nulls };
}

function arrayVector(lists: readonly Cell[][], nulls: Uint8Array, elements: ArrayVector['elements']): ArrayVector {
  return { kind: 'array', offsets: offsetsOf(lists.map((list) => list.length)), elements, nulls };
}

/** Offsets that begin at 0. */
function offsetsOf(lengths: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    offsets[i + 1] = offsets[i]! + length;
  });
  return offsets;
}

function fromVector(vector: ColumnVector, n: number): Cell[] {
  switch (vector.kind) {
    case 'string':
      return Array.from(vector.ids.subarray(0, n), (id) => (id === 0 ? null : vector.dictionary.value(id)));
    case 'multiString':
    case 'array': {
      const total = vector.offsets[n]!;
      const elements = vector.kind === 'array' ? vector.elements : ({ ...vector, kind: 'string' } as const);
      const flat = fromVector(elements, total) as (string | null)[];
      return Array.from({ length: n }, (_, i) =>
        vector.kind === 'array' && vector.nulls?.[i] === 1
          ? null
          : flat.slice(vector.offsets[i], vector.offsets[i + 1]),
      );
    }
    case 'binary':
      return Array.from({ length: n }, (_, i) =>
        vector.nulls?.[i] === 1 ? null : Buffer.from(vector.bytes.subarray(vector.offsets[i], vector.offsets[i + 1])),
      );
    case 'long': {
      const base = BigInt(vector.base);
      return Array.from({ length: n }, (_, i) => (vector.nulls?.[i] === 1 ? null : BigInt(vector.values[i]!) + base));
    }
    case 'double':
    case 'float':
      return Array.from({ length: n }, (_, i) => (vector.nulls?.[i] === 1 ? null : vector.values[i]!));
  }
}
