import { compareUtf8AsUtf16 } from './utf8-order.js';

/** Below this many values are compared one with another. */
const FEW = 24;
const KEY_BYTES = 4;
/** Beyond so many bytes that are the same in many values, these are compared one with another too. */
const MAX_DEPTH = 4096;
const RADIX = 256;

/** Which byte sorts how: those that begin four-byte forms come before 0xee and 0xef, whose characters are above all surrogates. */
const ORDER = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0xee || byte === 0xef) return byte + 5;
  return byte >= 0xf0 && byte <= 0xf4 ? byte - 2 : byte;
});

/**
 * The ids 1..`size` in the order in which Java and JavaScript compare strings.
 * @param offsets value `id` is the bytes from `offsets[id - 1]` to `offsets[id]`, all distinct
 */
export function sortedIds(offsets: Uint32Array, bytes: Uint8Array, size: number): Uint32Array {
  const ids = Uint32Array.from({ length: size }, (_, i) => i + 1);
  new Utf8Sorter(offsets, bytes, ids).sort(0, size, 0);
  return ids;
}

/** Sorts by four bytes at once, and then what is equal by the next four. */
class Utf8Sorter {
  readonly #offsets: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #ids: Uint32Array;
  readonly #keys: Uint32Array;
  readonly #otherIds: Uint32Array;
  readonly #otherKeys: Uint32Array;
  readonly #counts = new Uint32Array(RADIX);

  constructor(offsets: Uint32Array, bytes: Uint8Array, ids: Uint32Array) {
    this.#offsets = offsets;
    this.#bytes = bytes;
    this.#ids = ids;
    this.#keys = new Uint32Array(ids.length);
    this.#otherIds = new Uint32Array(ids.length);
    this.#otherKeys = new Uint32Array(ids.length);
  }

  /** Values [from, to), whose first `depth` bytes are the same. */
  sort(from: number, to: number, depth: number): void {
    let at = depth;
    for (;;) {
      if (to - from <= FEW) return this.#insert(from, to);
      if (at > MAX_DEPTH) return void this.#ids.subarray(from, to).sort((a, b) => this.#compare(a, b));
      const different = this.#takeKeys(from, to, at);
      if (different !== 0) {
        for (let shift = 0; shift < 32; shift += 8)
          if (((different >>> shift) & 255) !== 0) this.#pass(from, to, shift);
        break;
      }
      // All are the same here, and one of them may end.
      if (this.#end(from, to, at)) return;
      at += KEY_BYTES;
    }
    for (let start = from; start < to; ) {
      const key = this.#keys[start]!;
      let end = start + 1;
      while (end < to && this.#keys[end] === key) end++;
      if (end - start > 1 && !this.#end(start, end, at)) this.sort(start, end, at + KEY_BYTES);
      start = end;
    }
  }

  /** Values with the same key, all of which end within it: zeros at the end tell them apart. @returns whether it is so */
  #end(from: number, to: number, depth: number): boolean {
    for (let i = from; i < to; i++) {
      const id = this.#ids[i]!;
      if (this.#offsets[id]! - this.#offsets[id - 1]! > depth + KEY_BYTES) return false;
    }
    this.#ids.subarray(from, to).sort((a, b) => this.#compare(a, b));
    return true;
  }

  /** @returns the bits in which keys differ */
  #takeKeys(from: number, to: number, depth: number): number {
    const offsets = this.#offsets;
    const bytes = this.#bytes;
    let all = 0xffff_ffff;
    let any = 0;
    for (let i = from; i < to; i++) {
      const id = this.#ids[i]!;
      const start = offsets[id - 1]! + depth;
      const left = offsets[id]! - start;
      let key = 0;
      if (left > 0) key = ORDER[bytes[start]!]! << 24;
      if (left > 1) key |= ORDER[bytes[start + 1]!]! << 16;
      if (left > 2) key |= ORDER[bytes[start + 2]!]! << 8;
      if (left > 3) key |= ORDER[bytes[start + 3]!]!;
      this.#keys[i] = key;
      all &= key;
      any |= key;
    }
    return (all ^ any) >>> 0;
  }

  /** One stable pass by a byte of the keys. */
  #pass(from: number, to: number, shift: number): void {
    const ids = this.#ids;
    const keys = this.#keys;
    const counts = this.#counts.fill(0);
    for (let i = from; i < to; i++) counts[(keys[i]! >>> shift) & 255]!++;
    let next = from;
    for (let bucket = 0; bucket < RADIX; bucket++) {
      const count = counts[bucket]!;
      counts[bucket] = next;
      next += count;
    }
    for (let i = from; i < to; i++) {
      const place = counts[(keys[i]! >>> shift) & 255]!++;
      this.#otherIds[place] = ids[i]!;
      this.#otherKeys[place] = keys[i]!;
    }
    ids.set(this.#otherIds.subarray(from, to), from);
    keys.set(this.#otherKeys.subarray(from, to), from);
  }

  #insert(from: number, to: number): void {
    const ids = this.#ids;
    for (let i = from + 1; i < to; i++) {
      const id = ids[i]!;
      let at = i;
      for (; at > from && this.#compare(ids[at - 1]!, id) > 0; at--) ids[at] = ids[at - 1]!;
      ids[at] = id;
    }
  }

  #compare(a: number, b: number): number {
    const offsets = this.#offsets;
    const bytes = this.#bytes;
    return compareUtf8AsUtf16(bytes, offsets[a - 1]!, offsets[a]!, bytes, offsets[b - 1]!, offsets[b]!);
  }
}
