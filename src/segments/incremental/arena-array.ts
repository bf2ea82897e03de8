import type { BumpArena } from '../../memory/bump-arena.js';
import type { MemoryRef } from '../../memory/memory-ref.js';

export type ArenaElements = Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array | BigInt64Array;

interface ElementsConstructor<T extends ArenaElements> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): T;
}

/** The arena has no room for the next row: the caller starts a new sequence or run. Never leaves segments/incremental. */
export class ArenaFull extends Error {
  override readonly name = 'ArenaFull';
}

/**
 * A typed array in a bump arena that grows by doubling into a new slot. The old slot stays as it is, so that whoever holds its ref
 * reads on undisturbed.
 */
export class ArenaArray<T extends ArenaElements> {
  /** The current slot; replaced by `ensure`. */
  array: T;
  readonly #arena: BumpArena;
  readonly #type: ElementsConstructor<T>;
  #ref: MemoryRef;

  /** @throws ArenaFull */
  constructor(arena: BumpArena, type: ElementsConstructor<T>, capacity: number) {
    this.#arena = arena;
    this.#type = type;
    this.#ref = this.#allocate(capacity);
    this.array = this.#viewOf(this.#ref, capacity);
  }

  /** Makes room for `length` elements; the first `used` are kept. @throws ArenaFull */
  ensure(length: number, used: number): void {
    if (length <= this.array.length) return;
    const capacity = Math.max(length, this.array.length * 2);
    const ref = this.#allocate(capacity);
    const grown = this.#viewOf(ref, capacity);
    grown.set(this.array.subarray(0, used) as never);
    this.#ref = ref;
    this.array = grown;
  }

  /** The first `length` elements as others name them. */
  ref(length: number): MemoryRef {
    return { arena: this.#ref.arena, offset: this.#ref.offset, length: length * this.#type.BYTES_PER_ELEMENT };
  }

  #allocate(capacity: number): MemoryRef {
    const bytes = capacity * this.#type.BYTES_PER_ELEMENT;
    // 64 bytes of slack for the alignment that the arena adds.
    if (this.#arena.usedBytes + bytes + 64 > this.#arena.maxBytes) throw new ArenaFull('Arena is full');
    return this.#arena.allocate(bytes);
  }

  #viewOf(ref: MemoryRef, capacity: number): T {
    return new this.#type(this.#arena.buffer, ref.offset, capacity);
  }
}
