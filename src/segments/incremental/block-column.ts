/**
 * The columns of one open block. Rows are written in order and only read up to the length that a ref states, so that what
 * a ref names never changes; a row that was given up halfway is simply written again.
 */
import type { ColumnType } from '../../common/column-type.js';
import type { BumpArena } from '../../memory/bump-arena.js';
import type { MemoryRef } from '../../memory/memory-ref.js';
import type { ColumnBlockRef } from '../../memory/block-ref.js';
import { ArenaArray } from './arena-array.js';
import type { RowValue } from './input-row.js';
import { InternedText } from './interned-text.js';
import { type BatchColumn, batchValue } from './row-batch.js';
import type { Utf8Dictionary } from './utf8-dictionary.js';

export interface BlockColumn {
  readonly type: ColumnType;
  /** Writes the value of `row`; all rows before it are written. @throws ArenaFull, with nothing changed below `row` */
  set(row: number, value: RowValue): void;
  /** Writes rows of a batch from `row` on; for columns of texts and numbers. @throws ArenaFull, with nothing changed below `row` */
  setMany?(row: number, values: BatchColumn, rows: Uint32Array, n: number): void;
  /** The value as `set` takes it. */
  get(row: number): RowValue;
  ref(numRows: number): ColumnBlockRef;
}

/** One by one: columns that hold values in another form, such as lists. */
export function setEach(column: BlockColumn, row: number, values: BatchColumn, rows: Uint32Array, n: number): void {
  for (let i = 0; i < n; i++) column.set(row + i, batchValue(values, rows[i]!));
}

/** Null flags that exist from the first null on. */
export class NullFlags {
  readonly #arena: BumpArena;
  readonly #capacity: number;
  #flags: ArenaArray<Uint8Array> | undefined;
  /** First row that is null. */
  #first = Number.POSITIVE_INFINITY;

  constructor(arena: BumpArena, capacity: number) {
    this.#arena = arena;
    this.#capacity = capacity;
  }

  set(row: number, isNull: boolean): void {
    if (this.#flags === undefined) {
      if (!isNull) return;
      this.#flags = new ArenaArray(this.#arena, Uint8Array, Math.max(this.#capacity, row + 1));
      this.#flags.array.fill(0, 0, row);
    }
    this.#flags.ensure(row + 1, row);
    this.#flags.array[row] = isNull ? 1 : 0;
    if (isNull && row < this.#first) this.#first = row;
    else if (!isNull && row === this.#first) this.#first = Number.POSITIVE_INFINITY;
  }

  /** @param nulls flags by row of the batch, when one is null */
  setMany(row: number, nulls: Uint8Array | undefined, rows: Uint32Array, n: number): void {
    if (nulls === undefined && this.#flags === undefined) return;
    for (let i = 0; i < n; i++) this.set(row + i, nulls !== undefined && nulls[rows[i]!] === 1);
  }

  get(row: number): boolean {
    return this.#flags !== undefined && row >= this.#first && this.#flags.array[row] === 1;
  }

  /** Empty when no row below `numRows` is null. */
  ref(numRows: number): { readonly nulls?: MemoryRef } {
    return this.#flags === undefined || this.#first >= numRows ? {} : { nulls: this.#flags.ref(numRows) };
  }
}

export class DoubleBlockColumn implements BlockColumn {
  readonly type = 'DOUBLE';
  readonly #values: ArenaArray<Float64Array>;
  readonly #nulls: NullFlags;

  constructor(arena: BumpArena, capacity: number) {
    this.#values = new ArenaArray(arena, Float64Array, capacity);
    this.#nulls = new NullFlags(arena, capacity);
  }

  set(row: number, value: RowValue): void {
    this.#values.ensure(row + 1, row);
    this.#values.array[row] = value === null || value === undefined ? 0 : Number(value);
    this.#nulls.set(row, value === null || value === undefined);
  }

  setMany(row: number, values: BatchColumn, rows: Uint32Array, n: number): void {
    if (values.kind !== 'numbers') return setEach(this, row, values, rows, n);
    this.#values.ensure(row + n, row);
    const { array } = this.#values;
    const from = values.values;
    for (let i = 0; i < n; i++) array[row + i] = from[rows[i]!]!;
    this.#nulls.setMany(row, values.nulls, rows, n);
  }

  get(row: number): number | null {
    return this.#nulls.get(row) ? null : this.#values.array[row]!;
  }

  ref(numRows: number): ColumnBlockRef {
    return { kind: 'double', values: this.#values.ref(numRows), ...this.#nulls.ref(numRows) };
  }
}

export class FloatBlockColumn implements BlockColumn {
  readonly type = 'FLOAT';
  readonly #values: ArenaArray<Float32Array>;
  readonly #nulls: NullFlags;

  constructor(arena: BumpArena, capacity: number) {
    this.#values = new ArenaArray(arena, Float32Array, capacity);
    this.#nulls = new NullFlags(arena, capacity);
  }

  set(row: number, value: RowValue): void {
    this.#values.ensure(row + 1, row);
    this.#values.array[row] = value === null || value === undefined ? 0 : Number(value);
    this.#nulls.set(row, value === null || value === undefined);
  }

  setMany(row: number, values: BatchColumn, rows: Uint32Array, n: number): void {
    if (values.kind !== 'numbers') return setEach(this, row, values, rows, n);
    this.#values.ensure(row + n, row);
    const { array } = this.#values;
    const from = values.values;
    for (let i = 0; i < n; i++) array[row + i] = from[rows[i]!]!;
    this.#nulls.setMany(row, values.nulls, rows, n);
  }

  get(row: number): number | null {
    return this.#nulls.get(row) ? null : this.#values.array[row]!;
  }

  ref(numRows: number): ColumnBlockRef {
    return { kind: 'float', values: this.#values.ref(numRows), ...this.#nulls.ref(numRows) };
  }
}

/** Strings are UTF-8 text, JSON text of COMPLEX<json> for one; images of sketches come as bytes. */
export class BinaryBlockColumn implements BlockColumn {
  readonly type: ColumnType;
  readonly #offsets: ArenaArray<Uint32Array>;
  readonly #bytes: ArenaArray<Uint8Array>;
  readonly #nulls: NullFlags;

  constructor(arena: BumpArena, type: ColumnType, capacity: number) {
    this.type = type;
    this.#offsets = new ArenaArray(arena, Uint32Array, capacity + 1);
    this.#offsets.array[0] = 0;
    this.#bytes = new ArenaArray(arena, Uint8Array, capacity * 16);
    this.#nulls = new NullFlags(arena, capacity);
  }

  set(row: number, value: RowValue): void {
    this.#offsets.ensure(row + 2, row + 1);
    const start = this.#offsets.array[row]!;
    let end = start;
    if (typeof value === 'string') {
      const text = Buffer.from(value, 'utf8');
      end = this.#put(start, text);
    } else if (value instanceof Uint8Array) end = this.#put(start, value);
    this.#offsets.array[row + 1] = end;
    this.#nulls.set(row, value === null || value === undefined);
  }

  get(row: number): Uint8Array | null {
    if (this.#nulls.get(row)) return null;
    return this.#bytes.array.subarray(this.#offsets.array[row], this.#offsets.array[row + 1]);
  }

  ref(numRows: number): ColumnBlockRef {
    const bytes = this.#bytes.ref(this.#offsets.array[numRows]!);
    return { kind: 'binary', offsets: this.#offsets.ref(numRows + 1), bytes, ...this.#nulls.ref(numRows) };
  }

  #put(start: number, bytes: Uint8Array): number {
    this.#bytes.ensure(start + bytes.length, start);
    this.#bytes.array.set(bytes, start);
    return start + bytes.length;
  }
}

/** One value a row until a row has several; from then on a list of ids a row. Earlier refs keep the first form. */
export class StringBlockColumn implements BlockColumn {
  readonly type = 'STRING';
  readonly #arena: BumpArena;
  readonly #dictionary: Utf8Dictionary;
  #ids: ArenaArray<Uint32Array>;
  #offsets: ArenaArray<Uint32Array> | undefined;

  constructor(arena: BumpArena, dictionary: Utf8Dictionary, capacity: number) {
    this.#arena = arena;
    this.#dictionary = dictionary;
    this.#ids = new ArenaArray(arena, Uint32Array, capacity);
  }

  set(row: number, value: RowValue): void {
    if (this.#offsets !== undefined) return this.#setList(row, value);
    if (Array.isArray(value)) {
      this.#becomeMulti(row);
      return this.#setList(row, value);
    }
    this.#ids.ensure(row + 1, row);
    this.#ids.array[row] = this.#idOf(value);
  }

  setMany(row: number, values: BatchColumn, rows: Uint32Array, n: number): void {
    if (values.kind !== 'texts' || this.#offsets !== undefined) return setEach(this, row, values, rows, n);
    this.#ids.ensure(row + n, row);
    this.#dictionary.idsOf(values.numbers, values.texts, rows, n, this.#ids.array, row);
  }

  /** Writes the first rows as ids of the dictionary. @throws ArenaFull */
  setIds(ids: Uint32Array): void {
    this.#ids.ensure(ids.length, 0);
    this.#ids.array.set(ids);
  }

  get(row: number): string | null | (string | null)[] {
    if (this.#offsets === undefined) return this.#valueOf(this.#ids.array[row]!);
    const start = this.#offsets.array[row]!;
    const end = this.#offsets.array[row + 1]!;
    if (end - start === 1) return this.#valueOf(this.#ids.array[start]!);
    return Array.from(this.#ids.array.subarray(start, end), (id) => this.#valueOf(id));
  }

  ref(numRows: number): ColumnBlockRef {
    const dictionary = this.#dictionary.ref();
    if (this.#offsets === undefined) return { kind: 'string', ids: this.#ids.ref(numRows), width: 'u32', dictionary };
    const ids = this.#ids.ref(this.#offsets.array[numRows]!);
    return { kind: 'multiString', offsets: this.#offsets.ref(numRows + 1), ids, width: 'u32', dictionary };
  }

  #valueOf(id: number): string | null {
    return id === 0 ? null : this.#dictionary.value(id);
  }

  #idOf(value: RowValue): number {
    if (value instanceof InternedText) return this.#dictionary.idOfInterned(value);
    return typeof value === 'string' ? this.#dictionary.idOf(value) : 0;
  }

  #setList(row: number, value: RowValue): void {
    const offsets = this.#offsets!;
    offsets.ensure(row + 2, row + 1);
    const start = offsets.array[row]!;
    let end = start;
    if (Array.isArray(value)) {
      this.#ids.ensure(start + value.length, start);
      for (const element of value) this.#ids.array[end++] = this.#idOf(element);
    } else {
      this.#ids.ensure(start + 1, start);
      this.#ids.array[end++] = this.#idOf(value);
    }
    offsets.array[row + 1] = end;
  }

  /** A null row is a list of one null. */
  #becomeMulti(numRows: number): void {
    const single = this.#ids.array;
    const ids = new ArenaArray(this.#arena, Uint32Array, this.#ids.array.length + 16);
    const offsets = new ArenaArray(this.#arena, Uint32Array, Math.max(this.#ids.array.length, numRows) + 1);
    let end = 0;
    for (let row = 0; row < numRows; row++) {
      offsets.array[row] = end;
      ids.array[end++] = single[row]!;
    }
    offsets.array[numRows] = end;
    this.#ids = ids;
    this.#offsets = offsets;
  }
}

/** Lists of one element type; the elements are a column of their own. */
export class ArrayBlockColumn implements BlockColumn {
  readonly type: ColumnType;
  readonly #offsets: ArenaArray<Uint32Array>;
  readonly #elements: BlockColumn;
  readonly #nulls: NullFlags;

  constructor(arena: BumpArena, type: ColumnType, elements: BlockColumn, capacity: number) {
    this.type = type;
    this.#offsets = new ArenaArray(arena, Uint32Array, capacity + 1);
    this.#offsets.array[0] = 0;
    this.#elements = elements;
    this.#nulls = new NullFlags(arena, capacity);
  }

  set(row: number, value: RowValue): void {
    this.#offsets.ensure(row + 2, row + 1);
    let end = this.#offsets.array[row]!;
    if (Array.isArray(value)) for (const element of value) this.#elements.set(end++, element);
    this.#offsets.array[row + 1] = end;
    this.#nulls.set(row, value === null || value === undefined);
  }

  get(row: number): RowValue[] | null {
    if (this.#nulls.get(row)) return null;
    const values: RowValue[] = [];
    for (let i = this.#offsets.array[row]!; i < this.#offsets.array[row + 1]!; i++) values.push(this.#elements.get(i));
    return values;
  }

  ref(numRows: number): ColumnBlockRef {
    const numElements = this.#offsets.array[numRows]!;
    const elements = this.#elements.ref(numElements);
    return {
      kind: 'array',
      offsets: this.#offsets.ref(numRows + 1),
      elements,
      numElements,
      ...this.#nulls.ref(numRows),
    };
  }
}
