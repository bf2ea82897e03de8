import { assert } from '../common/assert.js';

/** log2 of the smallest slot: 64 bytes, a cache line. */
const MIN_ORDER = 6;

/** Size of the slot that holds `bytes`: the next power of two, at least 64. */
export function slotBytes(bytes: number): number {
  return 2 ** orderOf(bytes);
}

function orderOf(bytes: number): number {
  let order = MIN_ORDER;
  while (2 ** order < bytes) order++;
  return order;
}

/**
 * Divides [0, capacity) into power-of-two slots, each aligned to its own size. Keeps numbers only; the memory is the caller's.
 * @source Knuth, The Art of Computer Programming, volume 1, section 2.5 (buddy system)
 */
export class BuddyAllocator {
  readonly capacity: number;
  /** Offset of every block, free or used, to its order. */
  readonly #orders = new Map<number, number>();
  /** Offsets of free blocks by order. */
  readonly #free: Set<number>[] = [];
  #bytesInUse = 0;

  /** @param capacity multiple of 64; need not be a power of two */
  constructor(capacity: number) {
    assert(capacity > 0 && capacity % 2 ** MIN_ORDER === 0, `Capacity [${capacity}] must be a positive multiple of 64`);
    this.capacity = capacity;
    let offset = 0;
    while (offset < capacity) {
      let order = orderOf(capacity - offset);
      if (2 ** order > capacity - offset) order--;
      this.#addFree(offset, order);
      offset += 2 ** order;
    }
  }

  get bytesInUse(): number {
    return this.#bytesInUse;
  }

  /** Offset of a slot of at least `bytes`, or undefined when no free block is large enough. */
  allocate(bytes: number): number | undefined {
    const wanted = orderOf(bytes);
    let order = wanted;
    while (order < this.#free.length && (this.#free[order]?.size ?? 0) === 0) order++;
    if (order >= this.#free.length) return undefined;
    const offset = this.#free[order]!.values().next().value!;
    this.#free[order]!.delete(offset);
    while (order > wanted) {
      order--;
      this.#addFree(offset + 2 ** order, order);
    }
    this.#orders.set(offset, wanted);
    this.#bytesInUse += 2 ** wanted;
    return offset;
  }

  /** @throws AssertionFailure when no slot in use begins at `offset` */
  free(offset: number): void {
    const freed = this.#orders.get(offset);
    assert(freed !== undefined && !this.#isFree(offset, freed), `No slot in use begins at [${offset}]`);
    this.#bytesInUse -= 2 ** freed;
    let start = offset;
    let order = freed;
    for (;;) {
      // Division instead of ^: offsets reach 4 GiB, beyond JavaScript's 32-bit operators.
      const isLeft = (start / 2 ** order) % 2 === 0;
      const buddy = isLeft ? start + 2 ** order : start - 2 ** order;
      if (!this.#isFree(buddy, order)) break;
      this.#free[order]!.delete(buddy);
      this.#orders.delete(isLeft ? buddy : start);
      if (!isLeft) start = buddy;
      order++;
    }
    this.#addFree(start, order);
  }

  /** Offsets of the slots in use that lie in the aligned window of `bytes` around `offset`. */
  usedWithin(offset: number, bytes: number): number[] {
    const start = Math.floor(offset / bytes) * bytes;
    const end = Math.min(start + bytes, this.capacity);
    const used: number[] = [];
    let at = start;
    while (at < end) {
      const order = this.#orders.get(at);
      // The window lies inside a larger block.
      if (order === undefined) return used;
      if (!this.#isFree(at, order)) used.push(at);
      at += 2 ** order;
    }
    return used;
  }

  #isFree(offset: number, order: number): boolean {
    return this.#free[order]?.has(offset) === true;
  }

  #addFree(offset: number, order: number): void {
    while (this.#free.length <= order) this.#free.push(new Set());
    this.#free[order]!.add(offset);
    this.#orders.set(offset, order);
  }
}
