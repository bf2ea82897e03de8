/// <reference lib="es2024.sharedmemory" />
/**
 * The memory of one id space, shared by all threads and growing in place: UTF-8 bytes and offsets of the values, their hashes, and a hash
 * table of ids. Append-only: what is below the size that a thread has seen never changes. Writers hold the lock.
 */

/** As it is posted to a thread: nothing is copied. */
export interface SpaceHandle {
  readonly key: string;
  readonly header: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
  readonly offsets: SharedArrayBuffer;
  readonly hashes: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
}

/** Words of the header. */
const LOCK = 0;
const SIZE = 1;
const STATE = 2;
/** Ids up to this one ascend in Java string order. */
const SORTED_SIZE = 3;
const HEADER_WORDS = 4;

const OPEN = 0;
const FULL = 1;
const CLOSED = 2;

/** A waiting thread looks this often whether the space was closed, as when the holder of the lock has died. */
const LOOK_MS = 5;
const INITIAL_SLOTS = 1024;
const INITIAL_VALUES = 512;
const INITIAL_BYTES = 8192;
/** A value takes at least this much beside its bytes: offset, hash and two slots. */
const BYTES_PER_VALUE = 16;

/** An empty space that may grow to `maxBytes` in all; only what is written takes memory. */
export function newSpaceMemory(key: string, maxBytes: number): SpaceHandle {
  const values = Math.max(INITIAL_VALUES, 2 ** Math.floor(Math.log2(maxBytes / BYTES_PER_VALUE)));
  const growable = (bytes: number, maxByteLength: number): SharedArrayBuffer =>
    new SharedArrayBuffer(bytes, { maxByteLength: Math.max(bytes, maxByteLength) });
  return {
    key,
    header: new SharedArrayBuffer(HEADER_WORDS * 4),
    bytes: growable(INITIAL_BYTES, Math.min(maxBytes, 2 ** 31 - 8)),
    offsets: growable(INITIAL_VALUES * 4, values * 4),
    hashes: growable(INITIAL_VALUES * 4, values * 4),
    slots: growable(INITIAL_SLOTS * 4, values * 8),
  };
}

/** One thread's view of a space. */
export class SpaceMemory {
  readonly handle: SpaceHandle;
  readonly #header: Int32Array;
  bytes: Uint8Array;
  /** Value id v is bytes [offsets[v - 1], offsets[v]). */
  offsets: Uint32Array;
  /** The hash of value id v, at v. */
  hashes: Uint32Array;
  /** Ids by hash with linear probing, 0 = free; a power of two of them, at most half in use. */
  slots: Uint32Array;

  constructor(handle: SpaceHandle) {
    this.handle = handle;
    this.#header = new Int32Array(handle.header);
    this.bytes = new Uint8Array(handle.bytes, 0, handle.bytes.byteLength);
    this.offsets = words(handle.offsets);
    this.hashes = words(handle.hashes);
    this.slots = words(handle.slots);
  }

  /** Ids run 0..size. */
  get size(): number {
    return Atomics.load(this.#header, SIZE);
  }

  get sortedSize(): number {
    return Atomics.load(this.#header, SORTED_SIZE);
  }

  get isFull(): boolean {
    return Atomics.load(this.#header, STATE) === FULL;
  }

  get usedBytes(): number {
    return this.handle.bytes.byteLength + (2 * this.handle.offsets.byteLength + this.handle.slots.byteLength);
  }

  /** Shows threads what was appended up to `size`. */
  publish(size: number, sortedSize: number): void {
    Atomics.store(this.#header, SORTED_SIZE, sortedSize);
    Atomics.store(this.#header, SIZE, size);
  }

  /** No value is appended any more; those that are there stay. */
  fill(): void {
    Atomics.compareExchange(this.#header, STATE, OPEN, FULL);
  }

  /** Ends all writing, also of threads that wait. */
  close(): void {
    Atomics.store(this.#header, STATE, CLOSED);
    Atomics.notify(this.#header, LOCK);
  }

  /** Runs `write` alone among all threads, with views of what others have written; undefined when the space is closed. */
  locked<T>(write: () => T): T | undefined {
    const header = this.#header;
    while (Atomics.compareExchange(header, LOCK, 0, 1) !== 0) {
      if (Atomics.load(header, STATE) === CLOSED) return undefined;
      Atomics.wait(header, LOCK, 1, LOOK_MS);
    }
    try {
      if (Atomics.load(header, STATE) === CLOSED) return undefined;
      this.refresh();
      return write();
    } finally {
      Atomics.store(header, LOCK, 0);
      Atomics.notify(header, LOCK, 1);
    }
  }

  /** Makes the views as long as the memory is now. */
  refresh(): void {
    const { bytes, offsets, hashes, slots } = this.handle;
    if (this.bytes.length !== bytes.byteLength) this.bytes = new Uint8Array(bytes, 0, bytes.byteLength);
    if (this.offsets.byteLength !== offsets.byteLength) this.offsets = words(offsets);
    if (this.hashes.byteLength !== hashes.byteLength) this.hashes = words(hashes);
    if (this.slots.byteLength !== slots.byteLength) this.slots = words(slots);
  }

  /** Room for ids up to `size` and for that many bytes; false when that is more than the space may have. Under the lock. */
  reserve(size: number, bytes: number): boolean {
    const { handle } = this;
    const fits =
      grow(handle.bytes, bytes) && grow(handle.offsets, (size + 1) * 4) && grow(handle.hashes, (size + 1) * 4);
    if (!fits || !this.#reserveSlots(size)) return false;
    this.refresh();
    return true;
  }

  #reserveSlots(size: number): boolean {
    const { slots } = this.handle;
    let numSlots = slots.byteLength / 4;
    if (size * 2 <= numSlots) return true;
    while (size * 2 > numSlots) numSlots *= 2;
    if (numSlots * 4 > slots.maxByteLength) return false;
    slots.grow(numSlots * 4);
    this.refresh();
    this.slots.fill(0);
    refill(this.slots, this.hashes, this.size);
    return true;
  }
}

function words(buffer: SharedArrayBuffer): Uint32Array {
  return new Uint32Array(buffer, 0, buffer.byteLength / 4);
}

function grow(buffer: SharedArrayBuffer, bytes: number): boolean {
  if (bytes <= buffer.byteLength) return true;
  if (bytes > buffer.maxByteLength) return false;
  buffer.grow(Math.min(buffer.maxByteLength, Math.max(Math.ceil(bytes / 8) * 8, buffer.byteLength * 2)));
  return true;
}

function refill(slots: Uint32Array, hashes: Uint32Array, size: number): void {
  const mask = slots.length - 1;
  for (let id = 1; id <= size; id++) {
    let slot = hashes[id]! & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = id;
  }
}
