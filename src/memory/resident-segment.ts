import { assert } from '../common/assert.js';
import type { BitmapIndexRef, DictionaryRef, IdSpaceRef } from './block-ref.js';
import { recordBytes, SegmentRecords, type UnboundColumn } from './segment-records.js';
import { dictionaryKey, type SegmentDefinition } from './segment-table.js';
import type { Slot, SlotOwner } from './slot-cache.js';

let issued = 0;

/** What a cell holds; its number is the cell's, see `cellOf`. */
export type CellKind = 'block' | 'dictionary' | 'index' | 'space';

const ABSENT = 0;
const LOADING = 1;
const RESIDENT = 2;

/**
 * What of one stored segment is in memory, on the main thread: the state, pins and slot of each cell (a block of a column, or a column's
 * dictionary, index or id space), and the records through which worker threads see it. Made at the segment's first use.
 */
export class ResidentSegment implements SlotOwner {
  readonly definition: SegmentDefinition;
  readonly records: SegmentRecords;
  /** The arena of all its slots: a kernel sees one memory. */
  readonly arena: number;
  readonly numColumns: number;
  readonly numBlocks: number;
  /** Bytes of each block in memory; filled by column at its first use. */
  readonly blockBytes: Float64Array;
  /** 1 = zones and sizes of the column are filled in. */
  readonly prepared: Uint8Array;
  /** Loads under way by cell, for those who wait for the same. */
  readonly loading = new Map<number, Promise<void>>();
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #pins: Int32Array;
  readonly #states: Uint8Array;
  readonly #referenced: Uint8Array;
  readonly #slots = new Map<number, Slot>();
  #versions = 0;

  /** @param facts the definition without its id and records */
  constructor(facts: Omit<SegmentDefinition, 'id' | 'records'>, arena: number) {
    this.#numbers = new Map(Object.keys(facts.columnTypes).map((name, i) => [name, i]));
    this.numColumns = this.#numbers.size;
    this.numBlocks = facts.numBlocks;
    const records = new SharedArrayBuffer(recordBytes(this.numColumns, this.numBlocks));
    this.definition = { ...facts, id: ++issued, records };
    this.records = new SegmentRecords(this.definition, this.numColumns);
    this.arena = arena;
    const numCells = this.numColumns * (this.numBlocks + 3);
    this.blockBytes = new Float64Array(this.numColumns * this.numBlocks);
    this.prepared = new Uint8Array(this.numColumns);
    this.#pins = new Int32Array(numCells);
    this.#states = new Uint8Array(numCells);
    this.#referenced = new Uint8Array(numCells);
  }

  /** A column's number in the records; undefined when the segment lacks it. */
  columnNumber(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  /** A column's dictionary, undefined while it is not in memory. */
  dictionary(name: string): DictionaryRef | undefined {
    const column = this.#numbers.get(name);
    if (column === undefined || this.records.dictionaryVersion(column) === 0) return undefined;
    return this.records.dictionary(column, dictionaryKey(this.definition, name));
  }

  /** The dictionary that has this key, if it is one of this segment in memory. */
  dictionaryNamed(key: string): DictionaryRef | undefined {
    for (const name of this.#numbers.keys())
      if (dictionaryKey(this.definition, name) === key) return this.dictionary(name);
    return undefined;
  }

  /** Number of slots that the segment has now. */
  get numSlots(): number {
    return this.#slots.size;
  }

  get isIdle(): boolean {
    return this.loading.size === 0 && this.#pins.every((pins) => pins === 0);
  }

  cellOf(kind: CellKind, column: number, block = 0): number {
    if (kind === 'block') return column * this.numBlocks + block;
    return this.numColumns * (this.numBlocks + SIDE[kind]) + column;
  }

  kindOf(cell: number): { readonly kind: CellKind; readonly column: number; readonly block: number } {
    const blocks = this.numColumns * this.numBlocks;
    if (cell < blocks) {
      return { kind: 'block', column: Math.floor(cell / this.numBlocks), block: cell % this.numBlocks };
    }
    const side = Math.floor((cell - blocks) / this.numColumns);
    return { kind: SIDES[side]!, column: (cell - blocks) % this.numColumns, block: 0 };
  }

  /** Pins cells of a run of blocks of one column, and appends those that are not in memory to `missing`. @param blocks null = all */
  pinBlocks(column: number, blocks: Int32Array | null, missing: number[]): void {
    const first = column * this.numBlocks;
    const count = blocks === null ? this.numBlocks : blocks.length;
    for (let i = 0; i < count; i++) {
      const cell = first + (blocks === null ? i : blocks[i]!);
      this.#pins[cell]!++;
      this.#referenced[cell] = 1;
      if (this.#states[cell] !== RESIDENT) missing.push(cell);
    }
  }

  unpinBlocks(column: number, blocks: Int32Array | null): void {
    const first = column * this.numBlocks;
    const count = blocks === null ? this.numBlocks : blocks.length;
    for (let i = 0; i < count; i++) this.unpin(first + (blocks === null ? i : blocks[i]!));
  }

  /** Pins a cell; true when it is in memory. */
  pin(cell: number): boolean {
    this.#pins[cell]!++;
    this.#referenced[cell] = 1;
    return this.#states[cell] === RESIDENT;
  }

  unpin(cell: number): void {
    assert(this.#pins[cell]! > 0, `Cell [${cell}] of segment [${this.definition.segmentId}] is not pinned`);
    this.#pins[cell]!--;
  }

  isResident(cell: number): boolean {
    return this.#states[cell] === RESIDENT;
  }

  begin(cell: number): void {
    this.#states[cell] = LOADING;
  }

  /** The load of a cell failed; its slot is the caller's to free. */
  abandon(cell: number): void {
    this.#states[cell] = ABSENT;
  }

  /** A column block is in memory. @param slot undefined when it takes none */
  fillBlock(column: number, block: number, ref: UnboundColumn, slot: Slot | undefined): void {
    this.records.writeColumn(column, block, ++this.#versions, ref);
    this.#settle(this.cellOf('block', column, block), slot);
  }

  fillDictionary(column: number, ref: DictionaryRef, slot: Slot): void {
    this.records.writeDictionary(column, ++this.#versions, ref);
    this.#settle(this.cellOf('dictionary', column), slot);
  }

  fillIndex(column: number, ref: BitmapIndexRef, slot: Slot): void {
    this.records.writeIndex(column, ++this.#versions, ref);
    this.#settle(this.cellOf('index', column), slot);
  }

  /** The place of a column's ids in a space. An earlier one's slot stays until nobody uses the column. */
  fillSpace(column: number, space: Omit<IdSpaceRef, 'size'>, slot: Slot | undefined): void {
    this.records.writeSpace(column, ++this.#versions, space);
    this.#slots.delete(this.cellOf('space', column));
    this.#settle(this.cellOf('space', column), slot);
  }

  isPinned(cell: number): boolean {
    if (this.#pins[cell]! > 0 || this.#states[cell] === LOADING) return true;
    // Threads that read a column may use its index and space as soon as they see them.
    const beside = cell - this.numColumns * (this.numBlocks + 1);
    return beside >= 0 && this.#pins[this.numColumns * this.numBlocks + (beside % this.numColumns)]! > 0;
  }

  takeReferenced(cell: number): boolean {
    const referenced = this.#referenced[cell] === 1;
    this.#referenced[cell] = 0;
    return referenced;
  }

  evicted(slot: Slot): void {
    if (this.#slots.get(slot.cell) !== slot) return;
    this.#slots.delete(slot.cell);
    this.#states[slot.cell] = ABSENT;
    const { kind, column, block } = this.kindOf(slot.cell);
    if (kind === 'block') this.records.clearColumn(column, block);
    else if (kind === 'dictionary') this.records.clearDictionary(column);
    else if (kind === 'index') this.records.clearIndex(column);
    else this.records.clearSpace(column);
  }

  #settle(cell: number, slot: Slot | undefined): void {
    this.#states[cell] = RESIDENT;
    if (slot !== undefined) this.#slots.set(cell, slot);
  }
}

const SIDES = ['dictionary', 'index', 'space'] as const;
const SIDE = { dictionary: 0, index: 1, space: 2 } as const;
