import { assert } from '../common/assert.js';
import { nextArenaId } from './arena-id.js';
import { BuddyAllocator, slotBytes } from './buddy-allocator.js';
import type { ArenaHandle, MemoryRef } from './memory-ref.js';

const PAGE_BYTES = 65_536;
const MAX_ARENA_BYTES = 4 * 1024 ** 3;
const DEFAULT_ARENA_BYTES = 1024 ** 3;

export interface ArenaPoolOptions {
  /** Most bytes that all arenas of the pool may take together; rounded down to whole 64 KiB pages. */
  readonly budgetBytes: number;
  /** Size of one arena, at most 4 GiB; default 1 GiB, or the budget when that is smaller. */
  readonly arenaBytes?: number;
}

interface Arena extends ArenaHandle {
  readonly slots: BuddyAllocator;
}

/**
 * Shared WebAssembly memories of fixed size, divided into power-of-two slots aligned to 64 bytes. Lives on the main thread,
 * the only one that allocates and frees; workers read and fill slots by MemoryRef. An arena is reserved at its first use and
 * never given back, so that views over it stay valid.
 */
export class ArenaPool {
  readonly budgetBytes: number;
  readonly #arenaBytes: number;
  readonly #arenas: Arena[] = [];
  readonly #byId = new Map<number, Arena>();
  #reservedBytes = 0;

  constructor(options: ArenaPoolOptions) {
    this.budgetBytes = toPages(options.budgetBytes);
    this.#arenaBytes = toPages(Math.min(options.arenaBytes ?? DEFAULT_ARENA_BYTES, this.budgetBytes));
    assert(
      this.#arenaBytes > 0 && this.#arenaBytes <= MAX_ARENA_BYTES,
      `Arena size [${this.#arenaBytes}] must be between 64 KiB and 4 GiB`,
    );
  }

  /** Bytes of the slots in use, each rounded up to its power of two. */
  get bytesInUse(): number {
    return this.#arenas.reduce((sum, arena) => sum + arena.slots.bytesInUse, 0);
  }

  /** The largest slot that an empty pool can give. */
  get maxSlotBytes(): number {
    return 2 ** Math.floor(Math.log2(this.#arenaBytes));
  }

  /**
   * A free slot, its bytes as the last user left them, or undefined when there is no room.
   * @param arenaId take it from this arena only: a kernel sees one memory, so the columns of a block must share one
   */
  allocate(bytes: number, arenaId?: number): MemoryRef | undefined {
    if (arenaId !== undefined) return allocateIn(this.#arena(arenaId), bytes);
    for (const arena of this.#arenas) {
      const ref = allocateIn(arena, bytes);
      if (ref !== undefined) return ref;
    }
    const arena = this.#reserve();
    return arena && allocateIn(arena, bytes);
  }

  /** Gives a slot back. @throws AssertionFailure when it is not in use */
  free(ref: MemoryRef): void {
    this.#arena(ref.arena).slots.free(ref.offset);
  }

  /** Every arena reserved so far, for the registries of worker threads. */
  handles(): ArenaHandle[] {
    return this.#arenas.map(({ id, memory }) => ({ id, memory }));
  }

  /** The whole arena's memory. */
  buffer(arenaId: number): SharedArrayBuffer {
    return this.#arena(arenaId).memory.buffer as SharedArrayBuffer;
  }

  /**
   * Offsets of the slots in use that would have to go to make a slot of `bytes` around `ref`: those in the aligned window
   * of the slot size that contains it.
   */
  neighbours(ref: MemoryRef, bytes: number): number[] {
    return this.#arena(ref.arena).slots.usedWithin(ref.offset, Math.max(slotBytes(bytes), slotBytes(ref.length)));
  }

  /** The arena with the most free bytes, reserving a new one while the budget allows. */
  emptiestArena(): number {
    const reserved = this.#reserve();
    if (reserved !== undefined) return reserved.id;
    let best = this.#arenas[0]!;
    for (const arena of this.#arenas) {
      if (arena.slots.capacity - arena.slots.bytesInUse > best.slots.capacity - best.slots.bytesInUse) best = arena;
    }
    return best.id;
  }

  #arena(id: number): Arena {
    const arena = this.#byId.get(id);
    assert(arena !== undefined, `Arena [${id}] is not of this pool`);
    return arena;
  }

  #reserve(): Arena | undefined {
    const bytes = Math.min(this.#arenaBytes, this.budgetBytes - this.#reservedBytes);
    if (bytes < PAGE_BYTES) return undefined;
    const pages = bytes / PAGE_BYTES;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const arena = { id: nextArenaId(), memory, slots: new BuddyAllocator(bytes) };
    this.#reservedBytes += bytes;
    this.#arenas.push(arena);
    this.#byId.set(arena.id, arena);
    return arena;
  }
}

function allocateIn(arena: Arena, bytes: number): MemoryRef | undefined {
  const offset = arena.slots.allocate(bytes);
  return offset === undefined ? undefined : { arena: arena.id, offset, length: bytes };
}

function toPages(bytes: number): number {
  return Math.floor(bytes / PAGE_BYTES) * PAGE_BYTES;
}
