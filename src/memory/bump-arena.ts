import { assert } from '../common/assert.js';
import { DruidError } from '../common/druid-error.js';
import { nextArenaId } from './arena-id.js';
import type { ArenaHandle, MemoryRef } from './memory-ref.js';

const PAGE_BYTES = 65_536;
const MAX_PAGES = 65_536;
/** Growing by at least this much keeps the number of memory.grow calls small. */
const MIN_GROWTH_PAGES = 64;

/**
 * A growable shared memory that one thread, an indexing worker, fills from front to back: all real-time columns of one
 * sequence. Nothing is freed singly; `reset` makes the whole arena new for the next sequence.
 */
export class BumpArena {
  readonly handle: ArenaHandle;
  readonly maxBytes: number;
  #usedBytes = 0;
  #buffer: SharedArrayBuffer;

  /** Reserves address space for `maxBytes` (at most 4 GiB); memory is taken as it is used. */
  static create(maxBytes: number): BumpArena {
    return new BumpArena(Math.min(MAX_PAGES, Math.ceil(maxBytes / PAGE_BYTES)));
  }

  private constructor(maxPages: number) {
    assert(maxPages > 0, 'A bump arena needs room');
    this.maxBytes = maxPages * PAGE_BYTES;
    const memory = new WebAssembly.Memory({ initial: 1, maximum: maxPages, shared: true });
    this.handle = { id: nextArenaId(), memory };
    this.#buffer = memory.buffer as SharedArrayBuffer;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** The memory as far as it has grown; replaced when it grows, while views over earlier ones stay valid. */
  get buffer(): SharedArrayBuffer {
    return this.#buffer;
  }

  /**
   * Bytes that nobody else has; after `reset` they hold what was there before.
   * @param align a power of two
   * @throws DruidError CAPACITY_EXCEEDED when the arena is full
   */
  allocate(bytes: number, align = 64): MemoryRef {
    const offset = Math.ceil(this.#usedBytes / align) * align;
    const end = offset + bytes;
    if (end > this.#buffer.byteLength) this.#growTo(end);
    this.#usedBytes = end;
    return { arena: this.handle.id, offset, length: bytes };
  }

  /** Forgets every allocation. The caller makes sure that no ref is out any more: the bytes will be overwritten. */
  reset(): void {
    this.#usedBytes = 0;
  }

  #growTo(end: number): void {
    if (end > this.maxBytes) {
      throw new DruidError('Resource limit exceeded', {
        persona: 'OPERATOR',
        category: 'CAPACITY_EXCEEDED',
        context: { requiredBytes: String(end), maxBytes: String(this.maxBytes) },
      });
    }
    const pages = this.#buffer.byteLength / PAGE_BYTES;
    const needed = Math.ceil(end / PAGE_BYTES);
    // A quarter more each time: growing costs no copy, so there is little reason to take much ahead.
    const target = Math.max(needed, Math.ceil(pages * 1.25), pages + MIN_GROWTH_PAGES);
    this.handle.memory.grow(Math.min(target, this.maxBytes / PAGE_BYTES) - pages);
    this.#buffer = this.handle.memory.buffer as SharedArrayBuffer;
  }
}
