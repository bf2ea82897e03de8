import { assert } from '../common/assert.js';
import { nextArenaId } from './arena-id.js';
import { ExtentAllocator } from './extent-allocator.js';
import type { ArenaHandle, MemoryRef } from './memory-ref.js';
import { newScratchTable, SharedScratch } from './shared-scratch.js';

const PAGE_BYTES = 65_536;
const MAX_PAGES = 65_536;
/** Leaves 1 GiB of a memory's 4 GiB to scratch. */
const MAX_ARENA_BYTES = 3 * 1024 ** 3;
/** Addresses only, until a query writes there. */
const MIN_SCRATCH_BYTES = 64 * 1024 ** 2;
const MAX_SCRATCH_BYTES = 1024 ** 3;
/** Scratch of an arena that is not home to the states of queries: selections over its blocks. */
const FOREIGN_SCRATCH_BYTES = 64 * 1024 ** 2;

export interface ArenaPoolOptions {
  /** Most bytes that the slots of all arenas may take together; rounded down to whole 64 KiB pages. */
  readonly budgetBytes: number;
  /** Bytes of slots in one arena, at most 3 GiB; default is that or the budget when smaller, so that there is one arena. */
  readonly arenaBytes?: number;
  /** Most bytes of scratch in the home arena, taken beside the budget as queries need them; default half the budget, 64 MiB to 1 GiB. */
  readonly scratchBytes?: number;
}

interface Arena {
  readonly handle: ArenaHandle;
  readonly slots: ExtentAllocator;
  readonly scratch: SharedScratch;
}

/**
 * Shared WebAssembly memories: page 0 unused, then slots of any size aligned to 64 bytes, then scratch, which grows on demand. Slots are
 * allocated and freed by the main thread only, scratch by any; threads read and fill slots by MemoryRef. An arena is reserved at its first
 * use and never given back, so that views over it stay valid.
 */
export class ArenaPool {
  readonly budgetBytes: number;
  readonly #arenaBytes: number;
  readonly #scratchBytes: number;
  readonly #arenas: Arena[] = [];
  readonly #byId = new Map<number, Arena>();
  #reservedBytes = 0;

  constructor(options: ArenaPoolOptions) {
    this.budgetBytes = toPages(options.budgetBytes);
    this.#arenaBytes = toPages(Math.min(options.arenaBytes ?? MAX_ARENA_BYTES, MAX_ARENA_BYTES, this.budgetBytes));
    assert(this.#arenaBytes > 0, `Arena size [${this.#arenaBytes}] must be at least 64 KiB`);
    this.#scratchBytes = toPages(
      options.scratchBytes ?? Math.max(MIN_SCRATCH_BYTES, Math.min(MAX_SCRATCH_BYTES, this.budgetBytes / 2)),
    );
  }

  /** Bytes of the slots in use, each rounded up to a multiple of 64. */
  get bytesInUse(): number {
    return this.#arenas.reduce((sum, { slots }) => sum + slots.bytesInUse, 0);
  }

  get scratchBytesInUse(): number {
    return this.#arenas.reduce((sum, { scratch }) => sum + scratch.bytesInUse, 0);
  }

  /** The largest slot that an empty pool can give. */
  get maxSlotBytes(): number {
    return this.#arenaBytes;
  }

  /** The arena in which queries keep their states; there is one even while nothing is stored. */
  homeArena(): number {
    const arena = this.#arenas[0] ?? this.#reserve();
    assert(arena !== undefined, 'A pool has room for one arena');
    return arena.handle.id;
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
    return this.#arenas.map(({ handle }) => handle);
  }

  /** The whole arena's memory. */
  buffer(arenaId: number): SharedArrayBuffer {
    return this.#arena(arenaId).handle.memory.buffer as SharedArrayBuffer;
  }

  /**
   * Offsets of the slots that would have to go to make a slot of `bytes` at `ref`: it and neighbours that `mayGo`; undefined when others
   * are in the way.
   */
  toFree(ref: MemoryRef, bytes: number, mayGo: (offset: number) => boolean): number[] | undefined {
    return this.#arena(ref.arena).slots.toFree(ref.offset, bytes, mayGo);
  }

  /** The first arena with `bytes` free, a new one while the budget allows, else the one with the most free bytes. */
  arenaFor(bytes: number): number {
    const free = ({ slots }: Arena): number => slots.capacity - slots.bytesInUse;
    const roomy = this.#arenas.find((arena) => free(arena) >= bytes) ?? this.#reserve();
    if (roomy !== undefined) return roomy.handle.id;
    return this.#arenas.reduce((best, arena) => (free(arena) > free(best) ? arena : best)).handle.id;
  }

  /** Frees all scratch that a query still holds, in every arena; returns the bytes. Its threads have ended their work. */
  releaseScratch(owner: number): number {
    return this.#arenas.reduce((sum, { scratch }) => sum + scratch.releaseOwner(owner), 0);
  }

  /** Opens the locks that a dead thread may hold. */
  unlockAfter(deadThreadId: number): void {
    for (const { scratch } of this.#arenas) scratch.unlockAfter(deadThreadId);
  }

  #arena(id: number): Arena {
    const arena = this.#byId.get(id);
    assert(arena !== undefined, `Arena [${id}] is not of this pool`);
    return arena;
  }

  #reserve(): Arena | undefined {
    const room = Math.min(this.#arenaBytes, this.budgetBytes - this.#reservedBytes);
    if (room < PAGE_BYTES) return undefined;
    const slotPages = 1 + room / PAGE_BYTES;
    const scratchBytes =
      this.#arenas.length === 0 ? this.#scratchBytes : Math.min(this.#scratchBytes, FOREIGN_SCRATCH_BYTES);
    const scratchPages = Math.min(scratchBytes / PAGE_BYTES, MAX_PAGES - slotPages);
    // Reserves addresses for all of it; the operating system gives pages when they are written.
    const memory = new WebAssembly.Memory({ initial: slotPages, maximum: slotPages + scratchPages, shared: true });
    const handle: ArenaHandle = { id: nextArenaId(), memory, scratch: newScratchTable(slotPages, scratchPages) };
    const arena = { handle, slots: new ExtentAllocator(PAGE_BYTES, room), scratch: new SharedScratch(handle) };
    this.#reservedBytes += room;
    this.#arenas.push(arena);
    this.#byId.set(handle.id, arena);
    return arena;
  }
}

function allocateIn(arena: Arena, bytes: number): MemoryRef | undefined {
  const offset = arena.slots.allocate(bytes);
  return offset === undefined ? undefined : { arena: arena.handle.id, offset, length: bytes };
}

function toPages(bytes: number): number {
  return Math.floor(bytes / PAGE_BYTES) * PAGE_BYTES;
}
