import { assert } from '../common/assert.js';

/** Unit of sizes and offsets: a cache line. */
const UNIT = 64;
/** Free extents of the wanted size class that are looked at before a larger class is taken. */
const CANDIDATES = 8;

/** A range of the arena; all of them, in order of offset, form one list without gaps. */
interface Extent {
  offset: number;
  size: number;
  used: boolean;
  previous: Extent | undefined;
  next: Extent | undefined;
}

/**
 * Divides [start, start + capacity) into slots of any size, aligned to 64. Free extents lie in classes of size, four to a power of two; a
 * freed one joins its free neighbours. Keeps numbers only; the memory is the caller's.
 * @source Masmano et al., TLSF: a new dynamic memory allocator for real-time systems, 2004 (without its bitmaps)
 */
export class ExtentAllocator {
  readonly capacity: number;
  readonly #used = new Map<number, Extent>();
  /** Free extents by class. */
  readonly #free: Set<Extent>[] = [];
  #bytesInUse = 0;

  /** @param start and @param capacity multiples of 64 */
  constructor(start: number, capacity: number) {
    assert(capacity > 0 && capacity % UNIT === 0, `Capacity [${capacity}] must be a positive multiple of ${UNIT}`);
    assert(start >= 0 && start % UNIT === 0, `Start [${start}] must be a multiple of ${UNIT}`);
    this.capacity = capacity;
    this.#addFree({ offset: start, size: capacity, used: false, previous: undefined, next: undefined });
  }

  get bytesInUse(): number {
    return this.#bytesInUse;
  }

  /** Offset of a slot of at least `bytes`, or undefined when no free extent is large enough. */
  allocate(bytes: number): number | undefined {
    const size = roundUp(bytes);
    const extent = this.#find(size);
    if (extent === undefined) return undefined;
    this.#free[classOf(extent.size)]!.delete(extent);
    if (extent.size > size) {
      const rest: Extent = {
        offset: extent.offset + size,
        size: extent.size - size,
        used: false,
        previous: extent,
        next: extent.next,
      };
      if (extent.next !== undefined) extent.next.previous = rest;
      extent.next = rest;
      extent.size = size;
      this.#addFree(rest);
    }
    extent.used = true;
    this.#used.set(extent.offset, extent);
    this.#bytesInUse += size;
    return extent.offset;
  }

  /** @throws AssertionFailure when no slot in use begins at `offset` */
  free(offset: number): void {
    let extent = this.#used.get(offset);
    assert(extent !== undefined, `No slot in use begins at [${offset}]`);
    this.#used.delete(offset);
    this.#bytesInUse -= extent.size;
    extent.used = false;
    const { previous, next } = extent;
    if (next !== undefined && !next.used) {
      this.#free[classOf(next.size)]!.delete(next);
      absorbNext(extent);
    }
    if (previous !== undefined && !previous.used) {
      this.#free[classOf(previous.size)]!.delete(previous);
      absorbNext(previous);
      extent = previous;
    }
    this.#addFree(extent);
  }

  /**
   * Offsets of the slots around `offset` (itself first) whose going makes `bytes` of room in one piece, or undefined when slots that must
   * stay are in the way.
   */
  toFree(offset: number, bytes: number, mayGo: (offset: number) => boolean): number[] | undefined {
    const size = roundUp(bytes);
    const start = this.#used.get(offset);
    assert(start !== undefined, `No slot in use begins at [${offset}]`);
    const going = [offset];
    let room = start.size;
    for (const side of ['next', 'previous'] as const) {
      for (let at = start[side]; at !== undefined; at = at[side]) {
        if (at.used) {
          if (room >= size || !mayGo(at.offset)) break;
          going.push(at.offset);
        }
        room += at.size;
      }
    }
    return room >= size ? going : undefined;
  }

  #find(size: number): Extent | undefined {
    const own = classOf(size);
    let looked = 0;
    for (const extent of this.#free[own] ?? []) {
      if (extent.size >= size) return extent;
      if (++looked === CANDIDATES) break;
    }
    for (let i = own + 1; i < this.#free.length; i++) {
      for (const extent of this.#free[i]!) return extent;
    }
    // The last hope: a fitting one further back in its own class.
    for (const extent of this.#free[own] ?? []) if (extent.size >= size) return extent;
    return undefined;
  }

  #addFree(extent: Extent): void {
    const index = classOf(extent.size);
    while (this.#free.length <= index) this.#free.push(new Set());
    this.#free[index]!.add(extent);
  }
}

function roundUp(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / UNIT)) * UNIT;
}

/** Two bits below the leading one divide each power of two in four. */
function classOf(size: number): number {
  const units = size / UNIT;
  const order = 31 - Math.clz32(units);
  return order * 4 + (order >= 2 ? (units >>> (order - 2)) & 3 : 0);
}

function absorbNext(extent: Extent): void {
  const gone = extent.next!;
  extent.size += gone.size;
  extent.next = gone.next;
  if (gone.next !== undefined) gone.next.previous = extent;
}
