import { assert } from '../../common/assert.js';
import type { Scratch } from '../../memory/scratch.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';

/** Scratch comes in units of this size; smaller arrays share one. */
const CHUNK_BYTES = 65_536;
const LARGEST_SHARED = 16_384;
const SMALLEST = 64;

/** What one thread's states occupy, for handing them to another. */
export interface OwnedMemory {
  readonly chunks: readonly Pointer[];
  readonly large: readonly Pointer[];
}

/**
 * The memory of group states in the home arena: many small arrays or few large ones. All of it has one owner at a time, and passes to
 * another thread as a whole (`owned`, `forget`, `adopt`).
 */
export class StateMemory {
  readonly #scratch: () => Scratch;
  #chunks: Pointer[] = [];
  #large = new Set<Pointer>();
  /** Free pieces by size. */
  readonly #free = new Map<number, Pointer[]>();
  #at = 0;
  #end = 0;

  constructor(scratch: () => Scratch) {
    this.#scratch = scratch;
  }

  /** Undefined contents, aligned to 64. */
  allocate(bytes: number): Pointer {
    if (bytes > LARGEST_SHARED) {
      const pointer = this.#scratch().allocate(bytes);
      this.#large.add(pointer);
      return pointer;
    }
    const size = sizeClass(bytes);
    const known = this.#free.get(size)?.pop();
    if (known !== undefined) return known;
    if (this.#end - this.#at < size) {
      this.#at = this.#scratch().allocate(CHUNK_BYTES);
      this.#end = this.#at + CHUNK_BYTES;
      this.#chunks.push(this.#at);
    }
    const pointer = this.#at;
    this.#at += size;
    return pointer;
  }

  /** Gives back what `allocate(bytes)` gave, here or in the thread that it was adopted from. */
  free(pointer: Pointer, bytes: number): void {
    if (bytes > LARGEST_SHARED) {
      assert(this.#large.delete(pointer), `State memory does not own [${pointer}]`);
      this.#scratch().free(pointer);
      return;
    }
    const size = sizeClass(bytes);
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [pointer]);
    else free.push(pointer);
  }

  get owned(): OwnedMemory {
    return { chunks: this.#chunks, large: [...this.#large] };
  }

  /** All that was owned belongs to whoever adopts it. */
  forget(): void {
    this.#chunks = [];
    this.#large = new Set();
    this.#free.clear();
    this.#at = 0;
    this.#end = 0;
  }

  adopt(owned: OwnedMemory): void {
    this.#chunks.push(...owned.chunks);
    for (const pointer of owned.large) this.#large.add(pointer);
  }

  release(): void {
    const { chunks, large } = this.owned;
    this.forget();
    for (const pointer of chunks) this.#scratch().free(pointer);
    for (const pointer of large) this.#scratch().free(pointer);
  }
}

function sizeClass(bytes: number): number {
  let size = SMALLEST;
  while (size < bytes) size *= 2;
  return size;
}
