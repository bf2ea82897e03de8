import { assert } from '../../common/assert.js';
import type { BumpArena } from '../../memory/bump-arena.js';
import type { DictionaryRef } from '../../memory/block-ref.js';
import { ArenaArray } from './arena-array.js';
import { type InternedText, NumberMap } from './interned-text.js';
import type { BatchTexts } from './row-batch.js';

const INITIAL_VALUES = 64;
const INITIAL_BYTES = 1024;
const MAX_BYTES = 0x7fff_ffff;

/** Where one value is encoded before it is looked up; grows to the longest value. One per thread is enough: no call nests. */
let scratch = new Uint8Array(4096);
const encoder = new TextEncoder();

/**
 * An append-only, unsorted string dictionary: ids 1, 2, … in order of first appearance. Bytes and offsets are in the arena; the hash
 * table is this thread's own. A ref given out before stays valid: it names the slots and the size of its time.
 */
export class Utf8Dictionary {
  readonly #key: string;
  readonly #offsets: ArenaArray<Uint32Array>;
  readonly #bytes: ArenaArray<Uint8Array>;
  /** Open addressing: id or 0. */
  #slots = new Uint32Array(INITIAL_VALUES * 2);
  #hashes = new Int32Array(INITIAL_VALUES);
  #size = 0;
  readonly #interned = new NumberMap();

  /** @param key unique in the process. @throws ArenaFull */
  constructor(arena: BumpArena, key: string) {
    this.#key = key;
    this.#offsets = new ArenaArray(arena, Uint32Array, INITIAL_VALUES + 1);
    this.#bytes = new ArenaArray(arena, Uint8Array, INITIAL_BYTES);
    // A reset arena holds old bytes.
    this.#offsets.array[0] = 0;
  }

  get size(): number {
    return this.#size;
  }

  /** As `idOf`, without a look at the text of one that came before. @throws ArenaFull */
  idOfInterned(value: InternedText): number {
    const known = this.#interned.get(value);
    if (known !== 0) return known;
    const id = this.idOf(value.text);
    this.#interned.set(value, id);
    return id;
  }

  /** Ids of `n` texts of a batch, 0 where null; a value is looked at only when it is new to this dictionary. @throws ArenaFull */
  idsOf(numbers: Uint32Array, texts: BatchTexts, rows: Uint32Array, n: number, out: Uint32Array, outAt: number): void {
    const known = this.#interned.table(texts.source, texts.size);
    for (let i = 0; i < n; i++) {
      const number = numbers[rows[i]!]!;
      let id = known[number]!;
      if (id === 0 && number !== 0) {
        id = this.#idOfNumber(number, texts);
        known[number] = id;
      }
      out[outAt + i] = id;
    }
  }

  /** The id of a value, given now when it is new. @throws ArenaFull */
  idOf(value: string): number {
    return this.#idOfScratch(encode(value));
  }

  #idOfNumber(number: number, { utf8, text }: BatchTexts): number {
    if (utf8 === undefined) return this.idOf(text(number));
    const start = utf8.offsets[number - 1]!;
    const length = utf8.offsets[number]! - start;
    if (length > scratch.length) scratch = new Uint8Array(length * 2);
    const { bytes } = utf8;
    for (let i = 0; i < length; i++) scratch[i] = bytes[start + i]!;
    return this.#idOfScratch(length);
  }

  #idOfScratch(length: number): number {
    const hash = hashScratch(length);
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let id = this.#slots[slot]!; id !== 0; id = this.#slots[slot]!) {
      if (this.#hashes[id - 1] === hash && this.#equalsScratch(id, length)) return id;
      slot = (slot + 1) & mask;
    }
    return this.#append(slot, hash, length);
  }

  value(id: number): string {
    assert(id >= 1 && id <= this.#size, `Dictionary id [${id}] is outside [1, ${this.#size}]`);
    const bytes = this.#bytes.array;
    const start = this.#offsets.array[id - 1]!;
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, this.#offsets.array[id]! - start).toString('utf8');
  }

  ref(): DictionaryRef {
    return {
      key: this.#key,
      size: this.#size,
      sorted: false,
      offsets: this.#offsets.ref(this.#size + 1),
      bytes: this.#bytes.ref(this.#offsets.array[this.#size]!),
    };
  }

  #equalsScratch(id: number, length: number): boolean {
    const offsets = this.#offsets.array;
    const start = offsets[id - 1]!;
    if (offsets[id]! - start !== length) return false;
    const bytes = this.#bytes.array;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== scratch[i]) return false;
    return true;
  }

  #append(slot: number, hash: number, length: number): number {
    const start = this.#offsets.array[this.#size]!;
    assert(start + length <= MAX_BYTES, 'Dictionary is larger than 2 GiB');
    this.#offsets.ensure(this.#size + 2, this.#size + 1);
    this.#bytes.ensure(start + length, start);
    const bytes = this.#bytes.array;
    for (let i = 0; i < length; i++) bytes[start + i] = scratch[i]!;
    if (this.#size === this.#hashes.length) {
      const hashes = new Int32Array(this.#size * 2);
      hashes.set(this.#hashes);
      this.#hashes = hashes;
    }
    this.#hashes[this.#size] = hash;
    this.#size++;
    this.#offsets.array[this.#size] = start + length;
    this.#slots[slot] = this.#size;
    if (this.#size * 2 > this.#slots.length) this.#rehash();
    return this.#size;
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 1; id <= this.#size; id++) {
      const hash = this.#hashes[id - 1]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}

/** Writes the value into `scratch` as UTF-8 and returns its length. Short ASCII values, the rule, need no call into C++. */
function encode(value: string): number {
  const length = value.length;
  if (length * 3 > scratch.length) scratch = new Uint8Array(length * 4);
  for (let i = 0; i < length; i++) {
    const unit = value.charCodeAt(i);
    if (unit > 127) return encoder.encodeInto(value, scratch).written;
    scratch[i] = unit;
  }
  return length;
}

/** FNV-1a over words would need alignment; byte by byte is fast enough for names and codes. */
function hashScratch(length: number): number {
  const bytes = scratch;
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0x5bd1e995);
  return hash ^ (hash >>> 15);
}
