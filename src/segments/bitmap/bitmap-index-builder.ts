import type { UnsignedIds } from '../../vectors/block.js';
import { ContainerList } from './container-list.js';
import { chooseContainer, writeContainer } from './container.js';
import { type BitmapIndexImage, serializedBytes } from './bitmap-index-serializer.js';

/** What one id costs a column that has no index: a row's id as 32 bits, whatever its width in the file. */
const ID_BYTES = 4;
/** Offsets within an index are 32 bits. */
const MAX_BYTES = 2 ** 32 - 1;
/** A column that looks near-unique after this many bytes of containers is given up at once, to bound memory. */
const GIVE_UP_BYTES = 4 << 20;

/** Collects, block by block, which rows hold each id of one column. */
export class BitmapIndexBuilder {
  readonly #numIds: number;
  /** Undefined once the index was given up. */
  #containers: ContainerList | undefined;
  /** Of id, while a block is added: its rows so far, and where they begin in #rows. */
  readonly #counts: Uint32Array;
  readonly #starts: Uint32Array;
  #rows = new Uint16Array(0);
  #touched = new Uint32Array(0);
  #numElements = 0;

  /** @param size number of dictionary values; ids run 0 (null) to size */
  constructor(size: number) {
    this.#numIds = size + 1;
    this.#containers = new ContainerList(this.#numIds);
    this.#counts = new Uint32Array(this.#numIds);
    this.#starts = new Uint32Array(this.#numIds);
  }

  /** Row i holds id ids[i]. Blocks come in order. */
  addBlock(block: number, ids: UnsignedIds, numRows: number): void {
    const containers = this.#begin(numRows, numRows);
    if (containers === undefined) return;
    const counts = this.#counts;
    let numTouched = 0;
    for (let i = 0; i < numRows; i++) {
      if (counts[ids[i]!]!++ === 0) this.#touched[numTouched++] = ids[i]!;
    }
    this.#divideRows(numTouched);
    for (let i = 0; i < numRows; i++) this.#rows[this.#starts[ids[i]!]! + counts[ids[i]!]!++] = i;
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

  /** The finished index, or undefined when it would be larger than the column's ids. */
  finish(): BitmapIndexImage | undefined {
    if (this.#containers === undefined) return undefined;
    const limit = Math.min(MAX_BYTES, this.#numElements * ID_BYTES);
    if (this.#containers.leastBytes > limit) return undefined;
    const sizeBytes = serializedBytes(this.#containers, this.#numIds);
    if (sizeBytes > limit) return undefined;
    return { containers: this.#containers, numIds: this.#numIds, sizeBytes };
  }

  #begin(elements: number, rows: number): ContainerList | undefined {
    const used = this.#containers?.leastBytes ?? 0;
    if (used > GIVE_UP_BYTES && used > 2 * ID_BYTES * this.#numElements) this.#containers = undefined;
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
