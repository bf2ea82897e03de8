import { assert } from '../common/assert.js';
import type { DictionaryRef } from '../memory/block-ref.js';
import type { Dictionary, Utf8Values } from './block.js';

const MAX_DICTIONARIES = 1024;
/** Decoded strings kept per thread over all dictionaries, about 100 bytes each. */
const MAX_VALUES = 2_000_000;

/** Decoded values of one dictionary: append-only, so that they hold for every size of it that a block saw. */
interface Decoded {
  readonly values: (string | undefined)[];
  numDecoded: number;
  /** Ids by value for an unsorted dictionary, built up to id `indexed`. */
  readonly ids: Map<string, number>;
  indexed: number;
  view: DictionaryView | undefined;
}

/** Per thread, least recently opened first. */
const cache = new Map<string, Decoded>();

/**
 * A dictionary over shared memory. Views of one `DictionaryRef.key` share their decoded strings; the same ref gives the same object.
 */
export function openDictionary(ref: DictionaryRef, memory: (arena: number) => ArrayBufferLike): Dictionary {
  const decoded = decodedOf(ref.key);
  const known = decoded.view;
  if (known?.isOf(ref)) return known;
  const offsets = new Uint32Array(memory(ref.offsets.arena), ref.offsets.offset, ref.size + 1);
  const bytes = Buffer.from(memory(ref.bytes.arena), ref.bytes.offset, ref.bytes.length);
  const view = new DictionaryView(ref, offsets, bytes, decoded);
  decoded.view = view;
  return view;
}

function decodedOf(key: string): Decoded {
  const known = cache.get(key);
  if (known !== undefined) {
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const decoded: Decoded = { values: [], numDecoded: 0, ids: new Map(), indexed: 0, view: undefined };
  cache.set(key, decoded);
  evict();
  return decoded;
}

function evict(): void {
  let total = 0;
  for (const decoded of cache.values()) total += decoded.numDecoded;
  for (const [key, decoded] of cache) {
    if (cache.size <= 1 || (cache.size <= MAX_DICTIONARIES && total <= MAX_VALUES)) return;
    cache.delete(key);
    total -= decoded.numDecoded;
  }
}

class DictionaryView implements Dictionary {
  readonly key: string;
  readonly size: number;
  readonly sorted: boolean;
  readonly #ref: DictionaryRef;
  readonly #offsets: Uint32Array;
  /** A Buffer decodes UTF-8 out of shared memory without a copy, which TextDecoder may not. */
  readonly #bytes: Buffer;
  readonly #decoded: Decoded;

  constructor(ref: DictionaryRef, offsets: Uint32Array, bytes: Buffer, decoded: Decoded) {
    this.key = ref.key;
    this.size = ref.size;
    this.sorted = ref.sorted;
    this.#ref = ref;
    this.#offsets = offsets;
    this.#bytes = bytes;
    this.#decoded = decoded;
  }

  get utf8(): Utf8Values {
    const { offsets, bytes } = this.#ref;
    const arena = offsets.arena === bytes.arena ? { arena: offsets.arena } : {};
    return { ...arena, offsets: this.#offsets, bytes: this.#bytes };
  }

  isOf(ref: DictionaryRef): boolean {
    const own = this.#ref;
    return (
      own.size === ref.size &&
      own.offsets.arena === ref.offsets.arena &&
      own.offsets.offset === ref.offsets.offset &&
      own.bytes.arena === ref.bytes.arena &&
      own.bytes.offset === ref.bytes.offset
    );
  }

  value(id: number): string {
    const known = this.#decoded.values[id];
    if (known !== undefined) return known;
    assert(id >= 1 && id <= this.size, `Dictionary id [${id}] is outside [1, ${this.size}]`);
    const text = this.#bytes.toString('utf8', this.#offsets[id - 1], this.#offsets[id]);
    this.#decoded.values[id] = text;
    this.#decoded.numDecoded++;
    return text;
  }

  idOf(value: string): number {
    return this.sorted ? this.#search(value) : this.#lookUp(value);
  }

  #search(value: string): number {
    let low = 1;
    let high = this.size;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.value(middle);
      if (found === value) return middle;
      // JavaScript compares strings by UTF-16 code units, as Java does.
      if (found < value) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #lookUp(value: string): number {
    const decoded = this.#decoded;
    while (decoded.indexed < this.size) {
      decoded.indexed++;
      decoded.ids.set(this.value(decoded.indexed), decoded.indexed);
    }
    const id = decoded.ids.get(value);
    // A block must not see values that its dictionary got later.
    return id === undefined || id > this.size ? -1 : id;
  }
}
