import type { KernelSet, Pointer } from '../../vectors/kernels/kernel-set.js';
import type { StateMemory } from './state-memory.js';

/** Room for the groups of a whole block is made before it is hashed, so that the kernel never has to stop. */
const HEADER_BYTES = 64;
const FIRST_SIZE = 65_536;

/** The header of a kernel's hash table, in words. */
const SLOT_MASK = 0;
const SIZE = 1;
const MAX_SIZE = 2;
const SLOTS = 3;
const PAIRS = 4;

export type WordsAt = (pointer: Pointer, count: number) => Uint32Array;

/**
 * Numbers tuples of 32-bit words densely: a table for the first word, then one for each further word paired with the number so far. The number
 * in the last table is the group.
 */
export class HashTables {
  readonly #kernels: KernelSet;
  readonly #memory: StateMemory;
  readonly #wordsAt: WordsAt;
  readonly #headers: Pointer[];

  /** @param headers of tables that exist already; none makes new ones */
  constructor(numWords: number, kernels: KernelSet, memory: StateMemory, wordsAt: WordsAt, headers?: Pointer[]) {
    this.#kernels = kernels;
    this.#memory = memory;
    this.#wordsAt = wordsAt;
    this.#headers = headers ?? Array.from({ length: numWords }, () => this.#create());
  }

  get headers(): readonly Pointer[] {
    return this.#headers;
  }

  /** Number of groups. */
  get size(): number {
    return this.#sizeOf(this.#headers.length - 1);
  }

  /** Makes room for so many further groups. */
  reserve(count: number): void {
    for (let table = 0; table < this.#headers.length; table++) {
      const header = this.#header(table);
      const needed = header[SIZE]! + count;
      if (needed > header[MAX_SIZE]!) this.#grow(header, this.#headers[table]!, needed);
    }
  }

  /** The words of all groups: entry [word][group]. */
  words(): Uint32Array[] {
    const words: Uint32Array[] = [];
    // From the last table back: its high words are numbers in the table before. The last one's numbers are the groups.
    let numbers: Uint32Array | null = null;
    for (let table = this.#headers.length - 1; table >= 0; table--) {
      const pairs = this.pairs(table);
      const high = new Uint32Array(this.size);
      const low = new Uint32Array(this.size);
      splitPairs(pairs, numbers, high, low);
      words[table] = low;
      numbers = high;
    }
    return words;
  }

  /** (high, low) of each number in a table. */
  pairs(table: number): Uint32Array {
    const header = this.#header(table);
    return this.#wordsAt(header[PAIRS]!, 2 * header[SIZE]!);
  }

  free(): void {
    for (let table = 0; table < this.#headers.length; table++) {
      const header = this.#header(table);
      this.#memory.free(header[SLOTS]!, 4 * (header[SLOT_MASK]! + 1));
      this.#memory.free(header[PAIRS]!, 8 * header[MAX_SIZE]!);
      this.#memory.free(this.#headers[table]!, HEADER_BYTES);
    }
    this.#headers.length = 0;
  }

  #sizeOf(table: number): number {
    return this.#header(table)[SIZE]!;
  }

  #header(table: number): Uint32Array {
    return this.#wordsAt(this.#headers[table]!, 5);
  }

  #create(): Pointer {
    const pointer = this.#memory.allocate(HEADER_BYTES);
    const numSlots = 2 * FIRST_SIZE;
    const slots = this.#memory.allocate(4 * numSlots);
    const pairs = this.#memory.allocate(8 * FIRST_SIZE);
    this.#wordsAt(slots, numSlots).fill(0);
    this.#wordsAt(pointer, 5).set([numSlots - 1, 0, FIRST_SIZE, slots, pairs]);
    return pointer;
  }

  #grow(header: Uint32Array, pointer: Pointer, needed: number): void {
    let maxSize = header[MAX_SIZE]!;
    while (maxSize < needed) maxSize *= 2;
    const [slotMask, size, oldMax, oldSlots, oldPairs] = header as unknown as [number, number, number, number, number];
    const slots = this.#memory.allocate(8 * maxSize);
    const pairs = this.#memory.allocate(8 * maxSize);
    this.#wordsAt(slots, 2 * maxSize).fill(0);
    this.#wordsAt(pairs, 2 * size).set(this.#wordsAt(oldPairs, 2 * size));
    this.#memory.free(oldSlots, 4 * (slotMask + 1));
    this.#memory.free(oldPairs, 8 * oldMax);
    this.#wordsAt(pointer, 5).set([2 * maxSize - 1, size, maxSize, slots, pairs]);
    this.#kernels.hashRebuild(pointer);
  }
}

/** The words of pairs 0, 1, 2…, or of those that `numbers` names. */
function splitPairs(pairs: Uint32Array, numbers: Uint32Array | null, high: Uint32Array, low: Uint32Array): void {
  for (let i = 0; i < low.length; i++) {
    const at = 2 * (numbers === null ? i : numbers[i]!);
    high[i] = pairs[at]!;
    low[i] = pairs[at + 1]!;
  }
}
