/**
 * A column of an incremental index over all of its blocks. Blocks are numbered by the index; a block that never had a value set
 * has no such column and reads as null.
 */
import { assert } from '../../common/assert.js';
import type { ColumnType } from '../../common/column-type.js';
import type { BumpArena } from '../../memory/bump-arena.js';
import type { ColumnBlockRef } from '../../memory/block-ref.js';
import { type AutoKinds, kindsOf, toAutoType, typeOfKinds } from './auto-type.js';
import {
  ArrayBlockColumn,
  BinaryBlockColumn,
  type BlockColumn,
  DoubleBlockColumn,
  FloatBlockColumn,
  setEach,
  StringBlockColumn,
} from './block-column.js';
import type { RowValue } from './input-row.js';
import { type BatchColumn, batchValue } from './row-batch.js';
import { LongBlockColumn } from './long-block-column.js';
import { Utf8Dictionary } from './utf8-dictionary.js';

/** Columns start small: an interval with few late rows must not cost a whole block. */
export const INITIAL_ROWS = 1024;

export interface IndexColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Writes a value into an open block; rows left out before it become null. @throws ArenaFull */
  set(block: number, row: number, value: RowValue): void;
  /** Writes `n` rows of a batch from `row` on, as `set` would. @throws ArenaFull */
  setMany(block: number, row: number, values: BatchColumn, rows: Uint32Array, n: number): void;
  /** Of a column of texts: ids of it can be written. Undefined for columns of other values, or whose type may change. @throws ArenaFull */
  readonly dictionary: Utf8Dictionary | undefined;
  /** Writes the first rows of an open block as ids of the column's dictionary. @throws ArenaFull */
  setIds(block: number, ids: Uint32Array): void;
  get(block: number, row: number): RowValue;
  /** undefined when the block has no value of this column. */
  ref(block: number, numRows: number): ColumnBlockRef | undefined;
  /** Starts a block of known size, so that no room is left over. @throws ArenaFull */
  begin(block: number, numRows: number): void;
  /** Writes the rows of other blocks one after another into a new one. @throws ArenaFull */
  copy(from: readonly { readonly block: number; readonly numRows: number }[], block: number, numRows: number): void;
  /** Forgets a block; refs that were given out stay valid. */
  drop(block: number): void;
}

interface ColumnOfBlock {
  readonly column: BlockColumn;
  readonly capacity: number;
  /** Rows written. */
  numRows: number;
}

/** Makes block columns of one logical type; string types share a dictionary over all blocks. */
class BlockColumnFactory {
  readonly #arena: BumpArena;
  readonly #key: string;
  #dictionary: Utf8Dictionary | undefined;

  constructor(arena: BumpArena, key: string) {
    this.#arena = arena;
    this.#key = key;
  }

  get dictionary(): Utf8Dictionary {
    this.#dictionary ??= new Utf8Dictionary(this.#arena, this.#key);
    return this.#dictionary;
  }

  make(type: ColumnType, capacity: number): BlockColumn {
    const arena = this.#arena;
    switch (type) {
      case 'STRING':
        return new StringBlockColumn(arena, this.dictionary, capacity);
      case 'LONG':
        return new LongBlockColumn(arena, capacity);
      case 'DOUBLE':
        return new DoubleBlockColumn(arena, capacity);
      case 'FLOAT':
        return new FloatBlockColumn(arena, capacity);
      case 'ARRAY<STRING>':
        return new ArrayBlockColumn(arena, type, this.make('STRING', capacity), capacity);
      case 'ARRAY<LONG>':
        return new ArrayBlockColumn(arena, type, this.make('LONG', capacity), capacity);
      case 'ARRAY<DOUBLE>':
        return new ArrayBlockColumn(arena, type, this.make('DOUBLE', capacity), capacity);
      default:
        return new BinaryBlockColumn(arena, type, capacity);
    }
  }
}

/** A column whose type the spec states. */
export class TypedIndexColumn implements IndexColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly #factory: BlockColumnFactory;
  readonly #blocks = new Map<number, BlockColumn>();
  #open: BlockColumn | undefined;
  #openBlock = -1;

  /** @param key names its dictionary, unique in the process */
  constructor(name: string, type: ColumnType, arena: BumpArena, key: string) {
    this.name = name;
    this.type = type;
    this.#factory = new BlockColumnFactory(arena, key);
  }

  get dictionary(): Utf8Dictionary | undefined {
    return this.type === 'STRING' ? this.#factory.dictionary : undefined;
  }

  begin(block: number, numRows: number): void {
    this.#openAs(block, this.#factory.make(this.type, numRows));
  }

  set(block: number, row: number, value: RowValue): void {
    this.#columnAt(block, row, 1).set(row, value);
  }

  setMany(block: number, row: number, values: BatchColumn, rows: Uint32Array, n: number): void {
    const column = this.#columnAt(block, row, n);
    if (column.setMany === undefined) setEach(column, row, values, rows, n);
    else column.setMany(row, values, rows, n);
  }

  setIds(block: number, ids: Uint32Array): void {
    const column = this.#columnAt(block, 0, ids.length);
    assert(column instanceof StringBlockColumn, `Column [${this.name}] has no ids`);
    column.setIds(ids);
  }

  get(block: number, row: number): RowValue {
    return this.#blocks.get(block)?.get(row) ?? null;
  }

  ref(block: number, numRows: number): ColumnBlockRef | undefined {
    return this.#blocks.get(block)?.ref(numRows);
  }

  copy(from: readonly { readonly block: number; readonly numRows: number }[], block: number, numRows: number): void {
    const target = this.#factory.make(this.type, numRows);
    copyRows(from, (source) => this.#blocks.get(source), target);
    this.#openAs(block, target);
  }

  drop(block: number): void {
    this.#blocks.delete(block);
  }

  #columnAt(block: number, row: number, n: number): BlockColumn {
    if (this.#openBlock === block) return this.#open!;
    let column = this.#blocks.get(block);
    if (column === undefined) {
      column = this.#factory.make(this.type, Math.max(INITIAL_ROWS, row + n));
      for (let before = 0; before < row; before++) column.set(before, null);
    }
    this.#openAs(block, column);
    return column;
  }

  #openAs(block: number, column: BlockColumn): void {
    this.#open = column;
    this.#openBlock = block;
    this.#blocks.set(block, column);
  }
}

/** A column that takes its type from its values: when a value does not fit, all of its blocks are written again, wider. */
export class AutoIndexColumn implements IndexColumn {
  readonly name: string;
  readonly dictionary = undefined;
  readonly #arena: BumpArena;
  readonly #key: string;
  #factory: BlockColumnFactory;
  #kinds: AutoKinds = 0;
  #type: ColumnType = 'STRING';
  #blocks = new Map<number, ColumnOfBlock>();
  #numRewrites = 0;

  constructor(name: string, arena: BumpArena, key: string) {
    this.name = name;
    this.#arena = arena;
    this.#key = key;
    this.#factory = new BlockColumnFactory(arena, key);
  }

  get type(): ColumnType {
    return this.#type;
  }

  set(block: number, row: number, value: RowValue): void {
    const kinds = this.#kinds | kindsOf(value);
    if (kinds !== this.#kinds) {
      const type = typeOfKinds(kinds);
      if (type !== this.#type) this.#rewriteAs(type);
      this.#kinds = kinds;
    }
    let open = this.#blocks.get(block);
    if (open === undefined) {
      const capacity = Math.max(INITIAL_ROWS, row + 1);
      open = { column: this.#factory.make(this.#type, capacity), capacity, numRows: row };
      for (let before = 0; before < row; before++) open.column.set(before, null);
      this.#blocks.set(block, open);
    }
    open.column.set(row, toAutoType(value, this.#type));
    open.numRows = row + 1;
  }

  setMany(block: number, row: number, values: BatchColumn, rows: Uint32Array, n: number): void {
    for (let i = 0; i < n; i++) this.set(block, row + i, batchValue(values, rows[i]!));
  }

  setIds(): never {
    throw new Error(`Column [${this.name}] has no ids`);
  }

  get(block: number, row: number): RowValue {
    return this.#blocks.get(block)?.column.get(row) ?? null;
  }

  ref(block: number, numRows: number): ColumnBlockRef | undefined {
    const found = this.#blocks.get(block);
    return found?.column.ref(Math.min(numRows, found.numRows));
  }

  begin(block: number, numRows: number): void {
    this.#blocks.set(block, { column: this.#factory.make(this.#type, numRows), capacity: numRows, numRows: 0 });
  }

  copy(from: readonly { readonly block: number; readonly numRows: number }[], block: number, numRows: number): void {
    const column = this.#factory.make(this.#type, numRows);
    copyRows(from, (source) => this.#blocks.get(source)?.column, column);
    this.#blocks.set(block, { column, capacity: numRows, numRows });
  }

  drop(block: number): void {
    this.#blocks.delete(block);
  }

  #rewriteAs(type: ColumnType): void {
    const factory = new BlockColumnFactory(this.#arena, `${this.#key}/${this.#numRewrites + 1}`);
    const isJson = type.startsWith('COMPLEX');
    const blocks = new Map<number, ColumnOfBlock>();
    for (const [block, { column: old, capacity, numRows }] of this.#blocks) {
      const column = factory.make(type, capacity);
      for (let row = 0; row < numRows; row++) {
        const value = old.get(row);
        column.set(row, isJson && value instanceof Uint8Array ? value : toAutoType(value, type));
      }
      blocks.set(block, { column, capacity, numRows });
    }
    this.#numRewrites++;
    this.#factory = factory;
    this.#blocks = blocks;
    this.#type = type;
  }
}

function copyRows(
  from: readonly { readonly block: number; readonly numRows: number }[],
  columnOf: (block: number) => BlockColumn | undefined,
  target: BlockColumn,
): void {
  let at = 0;
  for (const { block, numRows } of from) {
    const source = columnOf(block);
    for (let row = 0; row < numRows; row++) target.set(at++, source?.get(row) ?? null);
  }
}
