import { assert } from '../../common/assert.js';
import type { Utf8Values } from '../../vectors/block.js';
import { distinctIds } from '../../vectors/ids-column.js';
import type { IdSpace } from '../../vectors/table.js';
import { decodeAll } from './decode-all.js';
import { everyRow, sortRows } from '../finish/first-rows.js';
import type { SortKey } from '../finish/sort-words.js';

/** Decoded strings that one space keeps. */
const MAX_DECODED = 65_536;
/** So many are decoded one by one. */
const FEW_VALUES = 64;
/** From this share of the ids on, ranks of all of them are made and kept. */
const RANK_ALL_SHARE = 4;

/**
 * An id space over UTF-8 bytes: strings are decoded when they are asked for, order is found without decoding. An object stays usable for as
 * long as it is referenced.
 */
export abstract class Utf8Space implements IdSpace {
  readonly key: string;
  /** True for a space of the node, which several segments use; false for the values of one dictionary. */
  abstract readonly isShared: boolean;
  readonly #decoded = new Map<number, string>();
  /** Of ids 0..length-1: their rank, 0 for null. */
  #ranks = new Uint32Array(0);

  constructor(key: string) {
    this.key = key;
  }

  abstract get size(): number;

  /** Whether ids 1..size ascend in Java string order (UTF-16 code units). */
  protected abstract get sorted(): boolean;

  /** Value id v, up to `size`, is bytes [offsets[v - 1], offsets[v]). */
  protected abstract utf8(): Utf8Values;

  value(id: number): string {
    const known = this.#decoded.get(id);
    if (known !== undefined) return known;
    assert(id >= 1 && id <= this.size, `Id [${id}] is outside [1, ${this.size}] of space [${this.key}]`);
    const { offsets, bytes } = this.utf8();
    const text = bytes.toString('utf8', offsets[id - 1], offsets[id]);
    if (this.#decoded.size >= MAX_DECODED) this.#decoded.clear();
    this.#decoded.set(id, text);
    return text;
  }

  values(ids: Uint32Array): string[] {
    if (ids.length < FEW_VALUES) return Array.from(ids, (id) => this.value(id));
    return decodeAll(ids, this.utf8());
  }

  /** Numbers that ascend as the strings of ids do in Java string order; 0 (null) comes first. */
  orderWords(ids: Uint32Array): Uint32Array {
    if (this.sorted) return ids;
    const size = this.size;
    if (ids.length * RANK_ALL_SHARE >= size || this.#ranks.length === size + 1) return this.#gatherRanks(ids, size);
    const { numbers, ids: distinct } = distinctIds({ type: 'IDS', ids, space: this });
    const ranks = this.#ranksOf(distinct);
    const words = new Uint32Array(ids.length);
    for (let i = 0; i < words.length; i++) words[i] = numbers[i]! < 0 ? 0 : ranks[numbers[i]!]!;
    return words;
  }

  #gatherRanks(ids: Uint32Array, size: number): Uint32Array {
    if (this.#ranks.length < size + 1) {
      const ranks = new Uint32Array(size + 1);
      ranks.set(this.#ranksOf(everyRow(size + 1).subarray(1)), 1);
      this.#ranks = ranks;
    }
    const ranks = this.#ranks;
    const words = new Uint32Array(ids.length);
    for (let i = 0; i < words.length; i++) words[i] = ranks[ids[i]!]!;
    return words;
  }

  /** Ranks from 1 of distinct ids, in their order. */
  #ranksOf(ids: Uint32Array): Uint32Array {
    const numbers = everyRow(ids.length);
    const ranks = new Uint32Array(ids.length);
    const sorted = sortRows(numbers, byteKeys(ids, this.utf8()));
    for (let i = 0; i < sorted.length; i++) ranks[sorted[i]!] = i + 1;
    return ranks;
  }
}

/** Eight bytes at a time, for as long as distinct values tie. */
function* byteKeys(ids: Uint32Array, utf8: Utf8Values): Generator<SortKey> {
  for (let depth = commonPrefix(ids, utf8); ; depth += 8) {
    yield {
      words: (numbers) => {
        const high = new Uint32Array(numbers.length);
        const low = new Uint32Array(numbers.length);
        byteWords(ids, utf8.offsets, utf8.bytes, numbers, depth, high);
        byteWords(ids, utf8.offsets, utf8.bytes, numbers, depth + 4, low);
        return [high, low];
      },
    };
  }
}

/** Number of bytes that all values begin with. */
function commonPrefix(ids: Uint32Array, { offsets, bytes }: Utf8Values): number {
  const [first] = ids;
  if (first === undefined) return 0;
  const start = offsets[first - 1]!;
  let length = offsets[first]! - start;
  for (let i = 1; i < ids.length && length > 0; i++) {
    const from = offsets[ids[i]! - 1]!;
    length = Math.min(length, offsets[ids[i]!]! - from);
    let same = 0;
    while (same < length && bytes[from + same] === bytes[start + same]) same++;
    length = same;
  }
  return length;
}

/** Bytes [depth, depth + 4) of each value, 0 beyond its end. */
function byteWords(
  ids: Uint32Array,
  offsets: Uint32Array,
  bytes: Uint8Array,
  numbers: Uint32Array,
  depth: number,
  words: Uint32Array,
): void {
  for (let i = 0; i < numbers.length; i++) {
    const id = ids[numbers[i]!]!;
    const end = offsets[id]!;
    let at = offsets[id - 1]! + depth;
    let word = 0;
    for (let shift = 24; shift >= 0 && at < end; shift -= 8) word |= ordinal(bytes[at++]!) << shift;
    words[i] = word;
  }
}

/**
 * A byte of UTF-8 so that values compare as their UTF-16 code units do, from 1: four-byte sequences are surrogates there, which come before
 * U+E000 to U+FFFF (lead bytes 0xEE and 0xEF).
 */
function ordinal(byte: number): number {
  if (byte < 0xee) return byte + 1;
  return byte < 0xf0 ? byte + 6 : byte - 1;
}
