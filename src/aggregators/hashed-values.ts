import { invalidInput } from '../common/druid-error.js';
import { checkStop } from '../common/stop-check.js';
import { DATA_SKETCHES_SEED, type DataSketchesHasher } from '../sketches/hashers.js';
import type { Hash128 } from '../sketches/murmur3.js';
import type { Block, ColumnVector, Dictionary, LongVector, UnsignedIds } from '../vectors/block.js';
import { rowList, type Selection } from '../vectors/selection.js';
import type { TextEncoding } from './hash-texts.js';
import { type HashedDictionary, hashedDictionary, type TextHash } from './hashed-dictionary.js';
import { wordsOf } from './numeric-input.js';

const WORD = 2 ** 32;

/** Two words of what a sketch keeps of a hash. */
export interface HashWords {
  low: number;
  high: number;
}

/** How one kind of sketch turns values into words. The result belongs to the hasher and is overwritten by its next call. */
export interface ValueHasher extends TextHash {
  /** Names the hash of texts: equal hashers share what they know of a dictionary. */
  readonly kind: string;
  /** A 64-bit integer by its words. */
  long(low: number, high: number): HashWords;
  double(value: number): HashWords;
  float(value: number): HashWords;
}

/** The ids of a block's rows, and the words of each id of the dictionary: both 0 for what is no value. */
export interface IdHashes {
  readonly ids: UnsignedIds;
  /** Of the dictionary. */
  readonly key: string;
  /** Largest id. */
  readonly size: number;
  readonly low: Uint32Array;
  /** Empty for hashes of one word. */
  readonly high: Uint32Array;
}

type AddHash = (group: number, low: number, high: number) => void;

/** Feeds the values of a column, row by row, to a sketch as hashes; dictionary values are hashed once a thread. Nulls are left out. */
export class HashedValues {
  readonly #column: string;
  readonly #hasher: ValueHasher;
  #key = '';
  #hashes: HashedDictionary | null = null;

  constructor(column: string, hasher: ValueHasher) {
    this.#column = column;
    this.#hasher = hasher;
  }

  /** What to look up by row, if the column holds single ids whose hashes are all known; otherwise `forEach` finds them one by one. */
  idHashes(block: Block, count: number): IdHashes | undefined {
    const vector = block.column(this.#column);
    if (vector?.kind !== 'string') return undefined;
    const hashes = this.#hashesOf(vector.dictionary);
    if (!hashes.complete(vector.dictionary, count, this.#hasher)) return undefined;
    const { key, size } = vector.dictionary;
    return { ids: vector.ids, key, size, low: hashes.low, high: hashes.high };
  }

  forEach(block: Block, selection: Selection, groups: Uint32Array | null, add: AddHash): void {
    const vector = block.column(this.#column);
    switch (vector?.kind) {
      case 'string':
      case 'multiString':
        return this.#addTexts(vector, selection, groups, add);
      case 'long':
        return this.#addLongs(vector, selection, groups, add);
      case 'double':
      case 'float':
        return this.#addReals(vector, selection, groups, add);
      case 'array':
        throw invalidInput(`ARRAY types are not supported for sketches: column [${this.#column}]`);
      default:
    }
  }

  #addTexts(
    vector: ColumnVector & { readonly kind: 'string' | 'multiString' },
    selection: Selection,
    groups: Uint32Array | null,
    add: AddHash,
  ): void {
    const { ids, dictionary } = vector;
    const offsets = vector.kind === 'multiString' ? vector.offsets : null;
    const hashes = this.#hashesOf(dictionary);
    const { hasHigh } = this.#hasher;
    const rows = rowList(selection);
    for (let i = 0; i < selection.count; i++) {
      checkStop();
      const row = rows[i]!;
      const from = offsets === null ? row : offsets[row]!;
      const to = offsets === null ? row + 1 : offsets[row + 1]!;
      for (let at = from; at < to; at++) {
        const id = ids[at]!;
        if (hashes.has(dictionary, id, this.#hasher))
          add(groups === null ? 0 : groups[i]!, hashes.low[id]!, hasHigh ? hashes.high[id]! : 0);
      }
    }
  }

  #addLongs(vector: LongVector, selection: Selection, groups: Uint32Array | null, add: AddHash): void {
    const { values, base, nulls } = vector;
    // By words: reading a 64-bit element makes an object.
    const words = values instanceof BigInt64Array ? wordsOf(values) : null;
    const narrow = values instanceof BigInt64Array ? null : values;
    const rows = rowList(selection);
    for (let i = 0; i < selection.count; i++) {
      checkStop();
      const row = rows[i]!;
      if (nulls !== undefined && nulls[row] === 1) continue;
      const value = narrow === null ? 0 : base + narrow[row]!;
      const low = words === null ? value : words[2 * row]!;
      const high = words === null ? Math.floor(value / WORD) : words[2 * row + 1]!;
      const hash = this.#hasher.long(low | 0, high | 0);
      add(groups === null ? 0 : groups[i]!, hash.low, hash.high);
    }
  }

  #addReals(
    vector: ColumnVector & { readonly kind: 'double' | 'float' },
    selection: Selection,
    groups: Uint32Array | null,
    add: AddHash,
  ): void {
    const { values, nulls, kind } = vector;
    const rows = rowList(selection);
    for (let i = 0; i < selection.count; i++) {
      checkStop();
      const row = rows[i]!;
      if (nulls !== undefined && nulls[row] === 1) continue;
      const hash = kind === 'double' ? this.#hasher.double(values[row]!) : this.#hasher.float(values[row]!);
      add(groups === null ? 0 : groups[i]!, hash.low, hash.high);
    }
  }

  #hashesOf(dictionary: Dictionary): HashedDictionary {
    if (this.#hashes === null || this.#key !== dictionary.key) {
      this.#key = dictionary.key;
      this.#hashes = hashedDictionary(this.#hasher.kind, dictionary, this.#hasher);
    }
    return this.#hashes;
  }
}

/** Hashes as the DataSketches library does. @param hasHigh whether both words are used @param keep puts what a sketch keeps of a hash into words */
export function dataSketchesHasher(
  kind: string,
  hasher: DataSketchesHasher,
  units: TextEncoding['units'],
  hasHigh: boolean,
  keep: (hash: Hash128, words: HashWords) => HashWords,
): ValueHasher {
  const words: HashWords = { low: 0, high: 0 };
  return {
    kind,
    encoding: { units, seed: DATA_SKETCHES_SEED },
    hasHigh,
    keep: (hash) => keep(hash, words),
    text(value) {
      const hash = units === 'utf8' ? hasher.utf8(value) : hasher.chars(value);
      return hash === null ? null : keep(hash, words);
    },
    long: (low, high) => keep(hasher.longWords(low, high), words),
    double: (value) => keep(hasher.double(value), words),
    float: (value) => keep(hasher.double(value), words),
  };
}

/** Keeps the 63 bits that theta and tuple sketches know a value by. */
export function thetaWords(hash: Hash128, words: HashWords): HashWords {
  const high = hash[1]!;
  words.low = ((hash[0]! >>> 1) | (high << 31)) >>> 0;
  words.high = high >>> 1;
  return words;
}
