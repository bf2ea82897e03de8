import { assert } from '../common/assert.js';
import type { ArenaHandle, MemoryRef } from './memory-ref.js';

interface Entry {
  readonly handle: ArenaHandle;
  buffer: SharedArrayBuffer;
}

/** The arenas that one thread can see: turns MemoryRefs that arrive in messages into views. One per thread. */
export class ArenaRegistry {
  readonly #arenas = new Map<number, Entry>();

  /** Makes arenas known. One that is known keeps its memory object, and shows what it has grown to when the handle was sent. */
  register(handles: readonly ArenaHandle[]): void {
    for (const handle of handles) {
      const buffer = handle.memory.buffer as SharedArrayBuffer;
      const known = this.#arenas.get(handle.id);
      if (known === undefined) this.#arenas.set(handle.id, { handle, buffer });
      else if (buffer.byteLength > known.buffer.byteLength) known.buffer = buffer;
    }
  }

  /** Forgets an arena whose owner is gone, so that its memory can be collected. */
  unregister(arenaId: number): void {
    this.#arenas.delete(arenaId);
  }

  has(arenaId: number): boolean {
    return this.#arenas.has(arenaId);
  }

  /** The arena's memory object, to bind kernels to. @throws AssertionFailure for an arena that was never registered */
  memory(arenaId: number): WebAssembly.Memory {
    return this.#entry(arenaId).handle.memory;
  }

  /** The handle as it was registered, to attach to the arena's scratch. @throws AssertionFailure for one never registered */
  handle(arenaId: number): ArenaHandle {
    return this.#entry(arenaId).handle;
  }

  /**
   * The arena's bytes, at least up to `end`: another thread may have grown the memory since this one last looked.
   * @throws AssertionFailure for an arena that was never registered, or a range outside it
   */
  buffer(arenaId: number, end = 0): SharedArrayBuffer {
    const entry = this.#entry(arenaId);
    if (end > entry.buffer.byteLength) {
      const { memory } = entry.handle;
      // Growth by another thread reaches this one's `buffer` with a delay, which growing by nothing does not wait for.
      if (end > memory.buffer.byteLength) memory.grow(0);
      entry.buffer = memory.buffer as SharedArrayBuffer;
    }
    assert(end <= entry.buffer.byteLength, `Arena [${arenaId}] ends at [${entry.buffer.byteLength}], before [${end}]`);
    return entry.buffer;
  }

  /** The bytes of a ref. */
  bytes(ref: MemoryRef): Uint8Array {
    return new Uint8Array(this.buffer(ref.arena, ref.offset + ref.length), ref.offset, ref.length);
  }

  #entry(arenaId: number): Entry {
    const entry = this.#arenas.get(arenaId);
    assert(entry !== undefined, `Arena [${arenaId}] is not registered in this thread`);
    return entry;
  }
}
