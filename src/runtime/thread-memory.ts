import { ArenaRegistry } from '../memory/arena-registry.js';
import type { ArenaHandle } from '../memory/memory-ref.js';
import type { Scratch } from '../memory/scratch.js';
import { SharedScratch } from '../memory/shared-scratch.js';
import type { KernelSet } from '../vectors/kernels/kernel-set.js';
import { bindKernels, loadKernelModule } from '../vectors/kernels/wasm-kernels.js';

/** The arenas that a thread was told of, and what it works on them with: kernels and scratch, attached at their first use. */
export class ThreadMemory {
  readonly #registry = new ArenaRegistry();
  readonly #kernels = new Map<number, KernelSet>();
  readonly #scratch = new Map<number, SharedScratch>();

  register(handles: readonly ArenaHandle[]): void {
    this.#registry.register(handles);
  }

  forget(arenas: readonly number[]): void {
    for (const arena of arenas) {
      this.#registry.unregister(arena);
      this.#kernels.delete(arena);
      this.#scratch.delete(arena);
    }
  }

  /** Shows the present size of an arena that another thread fills. */
  refresh(arena: number): void {
    const memory = this.#registry.memory(arena);
    // Growth by another thread reaches `buffer` late, unless one grows by nothing.
    memory.grow(0);
    this.#registry.buffer(arena, memory.buffer.byteLength);
  }

  buffer(arena: number, end?: number): SharedArrayBuffer {
    return this.#registry.buffer(arena, end);
  }

  kernels(arena: number): KernelSet {
    let kernels = this.#kernels.get(arena);
    if (kernels === undefined) {
      kernels = bindKernels(loadKernelModule(), this.#registry.memory(arena));
      this.#kernels.set(arena, kernels);
    }
    return kernels;
  }

  scratch(arena: number, owner: number): Scratch {
    let scratch = this.#scratch.get(arena);
    if (scratch === undefined) {
      scratch = new SharedScratch(this.#registry.handle(arena));
      this.#scratch.set(arena, scratch);
    }
    return scratch.of(owner);
  }
}
