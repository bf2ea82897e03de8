import type { KernelSet, Pointer } from '../../vectors/kernels/kernel-set.js';
import type { RunContext } from '../run.js';

/** Copies of computed columns in the home arena, where kernels read them: one buffer for each use, of the block that was copied last. */
export class VectorScratch {
  readonly #context: RunContext;
  readonly #buffers = new Map<string, { pointer: Pointer; size: number }>();
  readonly #owners = new Map<string, object>();

  constructor(context: RunContext) {
    this.#context = context;
  }

  get arena(): number {
    return this.#context.home;
  }

  /** Whether what was copied last for a column belongs to `owner`; it does from now on. */
  claim(column: string, owner: object): boolean {
    const isOwner = this.#owners.get(column) === owner;
    this.#owners.set(column, owner);
    return isOwner;
  }

  isOwner(column: string, owner: object): boolean {
    return this.#owners.get(column) === owner;
  }

  get kernels(): KernelSet {
    return this.#context.kernels(this.#context.home);
  }

  put(use: string, view: ArrayBufferView): Pointer {
    const pointer = this.room(use, view.byteLength);
    const memory = this.#context.buffer(this.#context.home, pointer + view.byteLength);
    const source = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    new Uint8Array(memory, pointer, view.byteLength).set(source);
    return pointer;
  }

  /** Bytes of any arena, in the home arena. */
  local(use: string, arena: number, pointer: Pointer, bytes: number): Pointer {
    if (arena === this.arena) return pointer;
    return this.put(use, new Uint8Array(this.#context.buffer(arena, pointer + bytes), pointer, bytes));
  }

  /** The buffer of a use with room for so many bytes; what was in it need not stay. */
  room(use: string, size: number): Pointer {
    const { home } = this.#context;
    const bytes = Math.max(1, size);
    let buffer = this.#buffers.get(use);
    if (buffer === undefined || buffer.size < bytes) {
      const scratch = this.#context.scratch(home);
      if (buffer !== undefined) scratch.free(buffer.pointer);
      buffer = { pointer: scratch.allocate(bytes), size: bytes };
      this.#buffers.set(use, buffer);
    }
    return buffer.pointer;
  }
}
