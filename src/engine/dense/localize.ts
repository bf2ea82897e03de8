import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import type { RunContext } from '../run.js';
import type { ReusedBuffers } from './reused-buffers.js';

/** Gives bytes of any arena a pointer in the home arena, where the kernels and states are; those of other arenas are copied to scratch. */
export class Localizer {
  readonly #context: RunContext;
  readonly #buffers: ReusedBuffers;

  constructor(context: RunContext, buffers: ReusedBuffers) {
    this.#context = context;
    this.#buffers = buffers;
  }

  /** @param use names the copy's buffer: the copy holds until the same use copies again */
  local(use: string, arena: number, pointer: Pointer, bytes: number): Pointer {
    const { home } = this.#context;
    if (arena === home || bytes === 0) return pointer;
    const copy = this.#buffers.get(`copy ${use}`, bytes);
    const source = new Uint8Array(this.#context.buffer(arena, pointer + bytes), pointer, bytes);
    new Uint8Array(this.#context.buffer(home, copy + bytes), copy, bytes).set(source);
    return copy;
  }
}
