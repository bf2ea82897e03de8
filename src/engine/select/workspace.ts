import type { Scratch } from '../../memory/scratch.js';
import type { KernelSet, Pointer } from '../../vectors/kernels/kernel-set.js';
import type { RunContext } from '../run.js';

const UNIT = 65_536;
const SMALLEST = 64;
const BITSET_BYTES = 8192;
/** Room for a row list of a whole block. */
const ROWS_BYTES = 2 * 65_536;

/** A list of row numbers in scratch, seen from both sides. */
export interface RowBuffer {
  readonly pointer: Pointer;
  readonly rows: Uint16Array;
}

/** Buffers of one selector in the home arena: bitsets and row lists by depth in the tree, tables of any size, copies of foreign columns. */
export class Workspace {
  readonly home: number;
  readonly kernels: KernelSet;
  readonly #context: RunContext;
  readonly #scratch: Scratch;
  /** Free buffers by the logarithm of their size. */
  readonly #free = new Map<number, Pointer[]>();
  readonly #bits: Pointer[] = [];
  readonly #rows: RowBuffer[] = [];
  readonly #copies = new Map<string, { pointer: Pointer; size: number }>();
  #slab = 0;
  #slabEnd = 0;

  constructor(context: RunContext) {
    this.home = context.home;
    this.kernels = context.kernels(context.home);
    this.#context = context;
    this.#scratch = context.scratch(context.home);
  }

  /** The bitset of a depth of the tree. */
  bits(depth: number): Pointer {
    while (this.#bits.length <= depth) this.#bits.push(this.take(BITSET_BYTES));
    return this.#bits[depth]!;
  }

  /** The row list of a depth of the tree. */
  rows(depth: number): RowBuffer {
    while (this.#rows.length <= depth) {
      const pointer = this.take(ROWS_BYTES);
      this.#rows.push({ pointer, rows: new Uint16Array(this.buffer(this.home, pointer + ROWS_BYTES), pointer, UNIT) });
    }
    return this.#rows[depth]!;
  }

  /** Memory of undefined contents, aligned to 64, until `give`. */
  take(bytes: number): Pointer {
    const size = sizeClass(bytes);
    const known = this.#free.get(size)?.pop();
    if (known !== undefined) return known;
    if (size >= UNIT) return this.#scratch.allocate(size);
    if (this.#slabEnd - this.#slab < size) {
      this.#slab = this.#scratch.allocate(UNIT);
      this.#slabEnd = this.#slab + UNIT;
    }
    const pointer = this.#slab;
    this.#slab += size;
    return pointer;
  }

  /** Gives back what `take(bytes)` gave. */
  give(pointer: Pointer, bytes: number): void {
    const size = sizeClass(bytes);
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [pointer]);
    else free.push(pointer);
  }

  buffer(arena: number, end: number): ArrayBufferLike {
    return this.#context.buffer(arena, end);
  }

  bytes(pointer: Pointer, length: number): Uint8Array {
    return new Uint8Array(this.buffer(this.home, pointer + length), pointer, length);
  }

  /** A row list in the home arena. */
  rowsAt(pointer: Pointer, count: number): Uint16Array {
    return new Uint16Array(this.buffer(this.home, pointer + 2 * count), pointer, count);
  }

  /**
   * Where bytes of any arena lie in the home arena: themselves, or a copy, which holds until `use` copies again.
   * @param use names what is copied: one buffer each
   */
  local(use: string, arena: number, pointer: Pointer, length: number): Pointer {
    if (arena === this.home) return pointer;
    return this.copy(use, arena, pointer, length);
  }

  /** A copy in the home arena, aligned to 64. */
  copy(use: string, arena: number, pointer: Pointer, length: number): Pointer {
    let copy = this.#copies.get(use);
    if (copy === undefined || copy.size < length) {
      if (copy !== undefined) this.give(copy.pointer, copy.size);
      copy = { pointer: this.take(length), size: length };
      this.#copies.set(use, copy);
    }
    const source = new Uint8Array(this.buffer(arena, pointer + length), pointer, length);
    this.bytes(copy.pointer, length).set(source);
    return copy.pointer;
  }
}

/** Powers of two up to a unit, then whole units. */
function sizeClass(bytes: number): number {
  if (bytes > UNIT) return Math.ceil(bytes / UNIT) * UNIT;
  let size = SMALLEST;
  while (size < bytes) size *= 2;
  return size;
}
