import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import type { RunContext } from '../run.js';

/** Named buffers in scratch of the home arena that are reused from block to block and never shared with other threads. */
export class ReusedBuffers {
  readonly #context: RunContext;
  readonly #buffers = new Map<string, { pointer: Pointer; bytes: number }>();

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** At least so many bytes, with what was there before unless it has to grow; aligned to 64. */
  get(name: string, bytes: number): Pointer {
    const known = this.#buffers.get(name);
    if (known !== undefined && known.bytes >= bytes) return known.pointer;
    if (known !== undefined) this.#free(known.pointer);
    const made = { pointer: this.#context.scratch(this.#context.home).allocate(bytes), bytes };
    this.#buffers.set(name, made);
    return made.pointer;
  }

  release(): void {
    for (const { pointer } of this.#buffers.values()) this.#free(pointer);
    this.#buffers.clear();
  }

  /** Words in a named buffer, for a kernel. */
  put(name: string, words: Uint32Array): Pointer {
    const pointer = this.get(name, Math.max(64, words.byteLength));
    const buffer = this.#context.buffer(this.#context.home, pointer + words.byteLength);
    new Uint32Array(buffer, pointer, words.length).set(words);
    return pointer;
  }

  #free(pointer: Pointer): void {
    this.#context.scratch(this.#context.home).free(pointer);
  }
}
