import type { UnsignedIds } from '../../vectors/block.js';
import { idWidth } from '../column/physical-type.js';
import { ContainerList } from './container-list.js';
import { chooseContainer, writeContainer } from './container.js';
import { type BitmapIndexImage, serializedBytes } from './bitmap-index-serializer.js';

/**
 * An index takes at most half of what the ids take in memory. Kernels look through a block of ids in 5 to 25 microseconds, so that
 * bitmaps are worth their bytes where they are few (values that come together), not where they double the column; row numbers in no
 * order take 2 bytes each. @source measured on TPC-H lineitem, see column/README.md
 */
const BYTES_PER_ID = { u8: 0.5, u16: 1, u32: 2 } as const;
/** Lists of ids are slower to look through. */
const BYTES_PER_LIST_ELEMENT = 4;
/** Small indexes are kept anyhow, up to this and 4 bytes an element. */
const SMALL_BYTES = 65_536;
/** Offsets within an index are 32 bits. */
const MAX_BYTES = 2 ** 32 - 1;
/** A column that looks near-unique after this many bytes of containers is given up at once, to bound memory. */
const GIVE_UP_BYTES = 4 << 20;

/** Collects, block by block, which rows hold each id of one column. */
export class BitmapIndexBuilder {
  readonly #numIds: number;
  readonly #bytesPerElement: number;
  /** Undefined once the index was given up. */
  #containers: ContainerList | undefined;
  /** Of id, while a block is added: its rows so far, and where they begin in #rows. */
  readonly #counts: Uint32Array;
  readonly #starts: Uint32Array;
  #rows = new Uint16Array(0);
  #touched = new Uint32Array(0);
  #numElements = 0;

  /** @param size number of dictionary values; ids run 0 (null) to size; @param isList rows hold lists of ids */
  constructor(size: number, isList = false) {
    this.#numIds = size + 1;
    this.#bytesPerElement = isList ? BYTES_PER_LIST_ELEMENT : BYTES_PER_ID[idWidth(size)];
    this.#containers = new ContainerList(this.#numIds);
    this.#counts = new Uint32Array(this.#numIds);
    this.#starts = new Uint32Array(this.#numIds);
  }

  /** Row i holds id ids[i]. Blocks come in order. */
  addBlock(block: number, ids: UnsignedIds, numRows: number): void {
    const containers = this.#begin(numRows, numRows);
    if (containers === undefined) return;
    const counts = this.#counts;
    const starts = this.#starts;
    const touched = this.#touched;
    const rows = this.#rows;
    let numTouched = 0;
    for (let i = 0; i < numRows; i++) {
      const id = ids[i]!;
      const count = counts[id]!;
      if (count === 0) touched[numTouched++] = id;
      counts[id] = count + 1;
    }
    this.#divideRows(numTouched);
    for (let i = 0; i < numRows; i++) {
      const id = ids[i]!;
      const count = counts[id]!;
      rows[starts[id]! + count] = i;
      counts[id] = count + 1;
    }
    this.#appendContainers(containers, block, numTouched);
  }

  /** Row i holds ids [offsets[i], offsets[i+1]), each counted once; a row without ids is null. */
  addListBlock(block: number, ids: UnsignedIds, offsets: Uint32Array, numRows: number): void {
    const elements = offsets[numRows]! - offsets[0]!;
    const containers = this.#begin(elements, elements + numRows);
    if (containers === undefined) return;
    const counts = this.#counts;
    let numTouched = 0;
    for (let i = 0; i < numRows; i++) {
      if (offsets[i] === offsets[i + 1] && counts[0]!++ === 0) this.#touched[numTouched++] = 0;
      for (let j = offsets[i]!; j < offsets[i + 1]!; j++) {
        if (counts[ids[j]!]!++ === 0) this.#touched[numTouched++] = ids[j]!;
      }
    }
    this.#divideRows(numTouched);
    for (let i = 0; i < numRows; i++) {
      if (offsets[i] === offsets[i + 1]) this.#addRow(0, i);
      for (let j = offsets[i]!; j < offsets[i + 1]!; j++) this.#addRow(ids[j]!, i);
    }
    this.#appendContainers(containers, block, numTouched);
  }

  /** The finished index, or undefined when it would be too large for what it saves. */
  finish(): BitmapIndexImage | undefined {
    if (this.#containers === undefined) return undefined;
    const limit = this.#limitBytes();
    if (this.#containers.leastBytes > limit) return undefined;
    const sizeBytes = serializedBytes(this.#containers, this.#numIds);
    if (sizeBytes > limit) return undefined;
    return { containers: this.#containers, numIds: this.#numIds, sizeBytes };
  }

  #limitBytes(): number {
    const small = Math.min(SMALL_BYTES, 4 * this.#numElements);
    return Math.min(MAX_BYTES, Math.max(small, this.#bytesPerElement * this.#numElements));
  }

  #begin(elements: number, rows: number): ContainerList | undefined {
    const used = this.#containers?.leastBytes ?? 0;
    if (used > GIVE_UP_BYTES && used > 2 * this.#limitBytes()) this.#containers = undefined;
    this.#numElements += elements;
    if (this.#rows.length < rows) {
      this.#rows = new Uint16Array(rows);
      this.#touched = new Uint32Array(rows);
    }
    return this.#containers;
  }

  /** Gives each id its range of #rows and resets the counts. */
  #divideRows(numTouched: number): void {
    let at = 0;
    for (let t = 0; t < numTouched; t++) {
      const id = this.#touched[t]!;
      this.#starts[id] = at;
      at += this.#counts[id]!;
      this.#counts[id] = 0;
    }
  }

  #addRow(id: number, row: number): void {
    const count = this.#counts[id]!;
    const at = this.#starts[id]! + count;
    if (count > 0 && this.#rows[at - 1] === row) return;
    this.#rows[at] = row;
    this.#counts[id] = count + 1;
  }

  #appendContainers(containers: ContainerList, block: number, numTouched: number): void {
    for (let t = 0; t < numTouched; t++) {
      const id = this.#touched[t]!;
      const from = this.#starts[id]!;
      const to = from + this.#counts[id]!;
      this.#counts[id] = 0;
      const { kind, sizeBytes } = chooseContainer(this.#rows, from, to);
      const at = containers.append(id, block, to - from, kind, sizeBytes);
      writeContainer(kind, this.#rows, from, to, containers.bytes, at);
    }
  }
}
