import type { Utf8Values } from '../../vectors/block.js';
import type { SpaceMemory } from './space-memory.js';
import { Utf8Space } from './utf8-space.js';

/** An id space of the node, as the main thread reads it while engine threads append to it. */
export class SharedSpace extends Utf8Space {
  readonly isShared = true;
  readonly #memory: SpaceMemory;
  #bytes: Buffer | undefined;

  constructor(memory: SpaceMemory) {
    super(memory.handle.key);
    this.#memory = memory;
  }

  get size(): number {
    return this.#memory.size;
  }

  protected get sorted(): boolean {
    return this.#memory.sortedSize === this.size;
  }

  protected utf8(): Utf8Values {
    const memory = this.#memory;
    memory.refresh();
    const { buffer, byteLength } = memory.bytes;
    if (this.#bytes?.length !== byteLength) this.#bytes = Buffer.from(buffer, 0, byteLength);
    return { offsets: memory.offsets, bytes: this.#bytes };
  }
}
