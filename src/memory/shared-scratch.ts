import { threadId } from 'node:worker_threads';
import { assert } from '../common/assert.js';
import { DruidError } from '../common/druid-error.js';
import type { ArenaHandle } from './memory-ref.js';
import type { Scratch } from './scratch.js';

const PAGE_BYTES = 65_536;
/** Growing by at least this much keeps the number of memory.grow calls small. */
const MIN_GROWTH_PAGES = 64;
/** The lock is held for about a microsecond; after this many tries its holder was probably preempted. */
const SPINS = 200;
const PREEMPTED_WAIT_MS = 0.05;

/** Words of the page table: the lock (thread id + 1 of its holder, or 0), the region, then the owners and lengths of runs. */
const LOCK = 0;
const FIRST_PAGE = 1;
const NUM_PAGES = 2;
const HEADER_WORDS = 4;

/**
 * The page table of a scratch region [firstPage, firstPage + numPages) of a memory, all free.
 * @param firstPage at least 1: pointer 0 means none
 */
export function newScratchTable(firstPage: number, numPages: number): SharedArrayBuffer {
  assert(firstPage > 0, 'Scratch must not begin at pointer 0');
  const buffer = new SharedArrayBuffer((HEADER_WORDS + 2 * numPages) * 4);
  const words = new Int32Array(buffer);
  words[FIRST_PAGE] = firstPage;
  words[NUM_PAGES] = numPages;
  if (numPages > 0) words[HEADER_WORDS + numPages] = numPages;
  return buffer;
}

/**
 * The scratch region of one arena as one thread uses it: runs of 64 KiB pages, first fit. Each run has an owner (a query), so that all
 * it holds can be taken back at its end. State changes by single stores: a thread that dies in the middle leaves the table whole.
 */
export class SharedScratch {
  readonly #arena: number;
  readonly #memory: WebAssembly.Memory;
  readonly #lock: Int32Array;
  readonly #firstPage: number;
  readonly #numPages: number;
  /** Owner of the run that begins at a page, 0 = free; undefined meaning elsewhere. */
  readonly #owners: Int32Array;
  /** Pages of the run that begins at a page. */
  readonly #lengths: Int32Array;

  /** @throws AssertionFailure for an arena without scratch */
  constructor(handle: ArenaHandle) {
    assert(handle.scratch !== undefined, `Arena [${handle.id}] has no scratch`);
    const words = new Int32Array(handle.scratch);
    this.#arena = handle.id;
    this.#memory = handle.memory;
    this.#lock = words;
    this.#firstPage = words[FIRST_PAGE]!;
    this.#numPages = words[NUM_PAGES]!;
    this.#owners = words.subarray(HEADER_WORDS, HEADER_WORDS + this.#numPages);
    this.#lengths = words.subarray(HEADER_WORDS + this.#numPages);
  }

  /** The scratch of `owner` (a positive 32-bit number, as the id of a query) in an arena. */
  static attach(handle: ArenaHandle, owner: number): Scratch {
    return new SharedScratch(handle).of(owner);
  }

  /** What `owner` allocates through; any thread may free it. */
  of(owner: number): Scratch {
    assert(owner > 0 && owner < 2 ** 31, `Scratch owner [${owner}] must be a positive 32-bit number`);
    return {
      arena: this.#arena,
      allocate: (bytes) => this.#allocate(bytes, owner),
      free: (pointer) => this.#free(pointer),
    };
  }

  get bytesInUse(): number {
    return this.#locked(() => this.#pagesInUse()) * PAGE_BYTES;
  }

  get budgetBytes(): number {
    return this.#numPages * PAGE_BYTES;
  }

  /** Frees all that `owner` still holds; the caller makes sure that no thread uses it any more. Returns the bytes. */
  releaseOwner(owner: number): number {
    return this.#locked(() => {
      let pages = 0;
      for (let page = 0; page < this.#numPages; page += this.#lengths[page]!) {
        if (this.#owners[page] !== owner) continue;
        this.#owners[page] = 0;
        pages += this.#lengths[page]!;
      }
      return pages * PAGE_BYTES;
    });
  }

  /** Opens the lock when a thread that no longer lives holds it. */
  unlockAfter(deadThreadId: number): void {
    Atomics.compareExchange(this.#lock, LOCK, deadThreadId + 1, 0);
  }

  #allocate(bytes: number, owner: number): number {
    const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
    return this.#locked(() => {
      const page = this.#firstFit(pages);
      if (page === undefined) throw this.#exceeded(bytes);
      this.#growTo(this.#firstPage + page + pages, bytes);
      const length = this.#lengths[page]!;
      if (length > pages) {
        this.#owners[page + pages] = 0;
        this.#lengths[page + pages] = length - pages;
        this.#lengths[page] = pages;
      }
      this.#owners[page] = owner;
      return (this.#firstPage + page) * PAGE_BYTES;
    });
  }

  #free(pointer: number): void {
    const page = pointer / PAGE_BYTES - this.#firstPage;
    const within = Number.isInteger(page) && page >= 0 && page < this.#numPages;
    assert(within && this.#owners[page] !== 0, `No scratch in use begins at [${pointer}]`);
    this.#locked(() => {
      this.#owners[page] = 0;
    });
  }

  /** Page of the first free run that is long enough; joins free neighbours on its way. */
  #firstFit(pages: number): number | undefined {
    for (let page = 0; page < this.#numPages; page += this.#lengths[page]!) {
      if (this.#owners[page] !== 0) continue;
      let end = page + this.#lengths[page]!;
      while (end < this.#numPages && this.#owners[end] === 0) end += this.#lengths[end]!;
      this.#lengths[page] = end - page;
      if (end - page >= pages) return page;
    }
    return undefined;
  }

  #growTo(endPage: number, bytes: number): void {
    if (endPage * PAGE_BYTES <= this.#memory.buffer.byteLength) return;
    // Another thread may have grown it: grow(0) gives the present size and makes `buffer` show it.
    const pages = this.#memory.grow(0);
    if (endPage <= pages) return;
    const limit = this.#firstPage + this.#numPages;
    try {
      this.#memory.grow(Math.min(limit, Math.max(endPage, pages + MIN_GROWTH_PAGES)) - pages);
    } catch (error) {
      // The operating system has no more.
      throw this.#exceeded(bytes, error);
    }
  }

  #pagesInUse(): number {
    let pages = 0;
    for (let page = 0; page < this.#numPages; page += this.#lengths[page]!) {
      if (this.#owners[page] !== 0) pages += this.#lengths[page]!;
    }
    return pages;
  }

  #locked<T>(action: () => T): T {
    const lock = this.#lock;
    const self = threadId + 1;
    for (let tries = 1; ; tries++) {
      const holder = Atomics.compareExchange(lock, LOCK, 0, self);
      if (holder === 0) break;
      if (tries % SPINS === 0) Atomics.wait(lock, LOCK, holder, PREEMPTED_WAIT_MS);
    }
    try {
      return action();
    } finally {
      Atomics.store(lock, LOCK, 0);
    }
  }

  #exceeded(bytes: number, cause?: unknown): DruidError {
    return new DruidError('Resource limit exceeded', {
      category: 'CAPACITY_EXCEEDED',
      context: {
        requiredBytes: String(bytes),
        usedBytes: String(this.#pagesInUse() * PAGE_BYTES),
        budgetBytes: String(this.budgetBytes),
      },
      ...(cause !== undefined && { cause }),
    });
  }
}
