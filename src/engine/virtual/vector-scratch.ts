import type { Pointer } from '../../vectors/kernels/kernel-set.js';
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

  put(use: string, view: ArrayBufferView): Pointer {
    const { home } = this.#context;
    const bytes = Math.max(1, view.byteLength);
    let buffer = this.#buffers.get(use);
    if (buffer === undefined || buffer.size < bytes) {
      const scratch = this.#context.scratch(home);
      if (buffer !== undefined) scratch.free(buffer.pointer);
      buffer = { pointer: scratch.allocate(bytes), size: bytes };
      this.#buffers.set(use, buffer);
    }
    const memory = this.#context.buffer(home, buffer.pointer + bytes);
    const source = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    new Uint8Array(memory, buffer.pointer, view.byteLength).set(source);
    return buffer.pointer;
  }
}
