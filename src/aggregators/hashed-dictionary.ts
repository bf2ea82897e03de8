import type { Hash128 } from '../sketches/murmur3.js';
import type { Dictionary } from '../vectors/block.js';
import { grown } from './grouped-aggregator.js';
import { hashTexts, type TextEncoding } from './hash-texts.js';

const UNKNOWN = 0;
const HASHED = 1;
const NO_VALUE = 2;
/** Of the hashes of all dictionaries that a thread keeps. */
const MAX_BYTES = 96 * 2 ** 20;
/** To hash a value on its own costs about so many times more than with all others. */
const SINGLE_FACTOR = 16;

/** How texts become two words; results are owned by the hasher and overwritten by its next call. */
export interface TextHash {
  /** Null is no value to the sketch. */
  text(text: string): { readonly low: number; readonly high: number } | null;
  /** How to hash many at once; what `keep` makes of a hash is what `text` gives. */
  readonly encoding: TextEncoding;
  /** Whether `high` means something; `low` always does. */
  readonly hasHigh: boolean;
  keep(hash: Hash128): { readonly low: number; readonly high: number };
}

/** The hashes of a dictionary's values, each made on first use, or all when many are used, and then kept for the thread. */
export class HashedDictionary {
  /** By id; both 0 for what is no value. */
  low: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  /** Empty where the hash has no such word. */
  high: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  readonly #hasHigh: boolean;
  #states: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Ids up to this are all known. */
  #complete = 0;
  #uses = 0;

  constructor(hasHigh: boolean) {
    this.#hasHigh = hasHigh;
  }

  /** Whether the value of an id counts; then `low[id]` and `high[id]` are its hash. */
  has(dictionary: Dictionary, id: number, hash: TextHash): boolean {
    const state = id < this.#states.length ? this.#states[id]! : UNKNOWN;
    return state === UNKNOWN ? this.#add(dictionary, id, hash) : state === HASHED;
  }

  /** Makes sure that all ids of a dictionary are known, if so many uses, with those of before, are worth it. */
  complete(dictionary: Dictionary, uses: number, hash: TextHash): boolean {
    const missing = dictionary.size - this.#complete;
    if (missing <= 0 && this.#states.length > 0) return true;
    this.#uses += uses;
    if (missing > this.#uses * SINGLE_FACTOR) return false;
    this.#reserve(dictionary.size);
    let id = this.#complete + 1;
    while (id <= dictionary.size) {
      if (dictionary.utf8 !== undefined) id = this.#addMany(dictionary, id, hash);
      if (id <= dictionary.size) this.#add(dictionary, id++, hash);
    }
    this.#states[0] = NO_VALUE;
    this.#complete = dictionary.size;
    return true;
  }

  get bytes(): number {
    return this.#states.length + this.low.byteLength + this.high.byteLength;
  }

  /** @returns the first id that is not done */
  #addMany(dictionary: Dictionary, first: number, hash: TextHash): number {
    const utf8 = dictionary.utf8!;
    const isEmptyValue = hash.text('') !== null;
    const { low, high } = this;
    const states = this.#states;
    const hasHigh = this.#hasHigh;
    return hashTexts(utf8, hash.encoding, first, dictionary.size, (id, hashed) => {
      if (utf8.offsets[id - 1] === utf8.offsets[id] && !isEmptyValue) {
        states[id] = NO_VALUE;
        return;
      }
      const words = hash.keep(hashed);
      low[id] = words.low;
      if (hasHigh) high[id] = words.high;
      states[id] = HASHED;
    });
  }

  #add(dictionary: Dictionary, id: number, hash: TextHash): boolean {
    this.#reserve(Math.max(dictionary.size, id));
    const hashed = id === 0 ? null : hash.text(dictionary.value(id));
    this.#states[id] = hashed === null ? NO_VALUE : HASHED;
    if (hashed === null) return false;
    this.low[id] = hashed.low;
    if (this.#hasHigh) this.high[id] = hashed.high;
    return true;
  }

  #reserve(largest: number): void {
    if (largest < this.#states.length) return;
    this.low = grown(this.low, largest + 1);
    if (this.#hasHigh) this.high = grown(this.high, largest + 1);
    this.#states = grown(this.#states, largest + 1);
  }
}

/** By kind of hash and dictionary key; least recently used first. */
const kept = new Map<string, HashedDictionary>();

/** The thread's hashes of one kind over a dictionary. @param kind names the hash function */
export function hashedDictionary(kind: string, dictionary: Dictionary, { hasHigh }: TextHash): HashedDictionary {
  const key = `${kind} ${dictionary.key}`;
  const known = kept.get(key);
  if (known !== undefined) {
    kept.delete(key);
    kept.set(key, known);
    return known;
  }
  let total = dictionary.size * (hasHigh ? 9 : 5);
  for (const one of kept.values()) total += one.bytes;
  for (const [oldest, one] of kept) {
    if (total <= MAX_BYTES) break;
    kept.delete(oldest);
    total -= one.bytes;
  }
  const made = new HashedDictionary(hasHigh);
  kept.set(key, made);
  return made;
}
