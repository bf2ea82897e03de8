import type { Dictionary } from '../vectors/block.js';
import { grown } from './grouped-aggregator.js';

const UNKNOWN = 0;
const HASHED = 1;
const NO_VALUE = 2;
/** Entries of all dictionaries that a thread keeps: 9 bytes each. */
const MAX_ENTRIES = 4_000_000;

/** Turns a text into two words; null is no value to a sketch. Owned by the hasher and overwritten by its next call. */
export type TextHash = (text: string) => { readonly low: number; readonly high: number } | null;

/** The hashes of a dictionary's values, each made on first use and then kept for the thread. */
export class HashedDictionary {
  low: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  high: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  #states: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** Whether the value of an id counts; then `low[id]` and `high[id]` are its hash. */
  has(dictionary: Dictionary, id: number, hash: TextHash): boolean {
    const state = id < this.#states.length ? this.#states[id]! : UNKNOWN;
    return state === UNKNOWN ? this.#add(dictionary, id, hash) : state === HASHED;
  }

  get size(): number {
    return this.#states.length;
  }

  #add(dictionary: Dictionary, id: number, hash: TextHash): boolean {
    if (id >= this.#states.length) {
      const size = Math.max(dictionary.size, id) + 1;
      this.low = grown(this.low, size);
      this.high = grown(this.high, size);
      this.#states = grown(this.#states, size);
    }
    const hashed = id === 0 ? null : hash(dictionary.value(id));
    this.#states[id] = hashed === null ? NO_VALUE : HASHED;
    if (hashed === null) return false;
    this.low[id] = hashed.low;
    this.high[id] = hashed.high;
    return true;
  }
}

/** By kind of hash and dictionary key; least recently used first. */
const kept = new Map<string, HashedDictionary>();

/** The thread's hashes of one kind over a dictionary. @param kind names the hash function */
export function hashedDictionary(kind: string, dictionary: Dictionary): HashedDictionary {
  const key = `${kind} ${dictionary.key}`;
  const known = kept.get(key);
  if (known !== undefined) {
    kept.delete(key);
    kept.set(key, known);
    return known;
  }
  let total = dictionary.size;
  for (const one of kept.values()) total += one.size;
  for (const [oldest, one] of kept) {
    if (total <= MAX_ENTRIES) break;
    kept.delete(oldest);
    total -= one.size;
  }
  const made = new HashedDictionary();
  kept.set(key, made);
  return made;
}
