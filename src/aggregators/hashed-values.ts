import type { DataSketchesHasher } from '../sketches/hashers.js';
import type { Hash128 } from '../sketches/murmur3.js';
import type { Block, ColumnVector, Dictionary } from '../vectors/block.js';
import { rowList, type Selection } from '../vectors/selection.js';

/** How one kind of sketch turns values into hashes; null is no value to it. `Hash` is kept per dictionary id, so it must be a value. */
export interface ValueHasher<Hash> {
  text(value: string): Hash | null;
  long(value: number | bigint): Hash;
  double(value: number): Hash;
  float(value: number): Hash;
}

/** Feeds the values of a column, row by row, to a sketch as hashes; dictionary values are hashed once. Nulls are left out. */
export class HashedValues<Hash> {
  readonly #column: string;
  readonly #hasher: ValueHasher<Hash>;
  #key = '';
  #hashes: (Hash | null | undefined)[] = [];

  constructor(column: string, hasher: ValueHasher<Hash>) {
    this.#column = column;
    this.#hasher = hasher;
  }

  forEach(
    block: Block,
    selection: Selection,
    groups: Uint32Array | null,
    add: (group: number, hash: Hash) => void,
  ): void {
    const vector = block.column(this.#column);
    if (vector === undefined) return;
    const rows = rowList(selection);
    for (let i = 0; i < selection.count; i++) {
      const group = groups === null ? 0 : groups[i]!;
      const row = rows[i]!;
      if (vector.kind === 'multiString') {
        for (let at = vector.offsets[row]!; at < vector.offsets[row + 1]!; at++) {
          const hash = this.#ofId(vector.dictionary, vector.ids[at]!);
          if (hash !== null) add(group, hash);
        }
        continue;
      }
      const hash = this.#ofRow(vector, row);
      if (hash !== null) add(group, hash);
    }
  }

  #ofRow(vector: ColumnVector, row: number): Hash | null {
    switch (vector.kind) {
      case 'string':
        return this.#ofId(vector.dictionary, vector.ids[row]!);
      case 'long':
        if (vector.nulls?.[row] === 1) return null;
        if (vector.values instanceof BigInt64Array) return this.#hasher.long(vector.values[row]!);
        return this.#hasher.long(vector.base + vector.values[row]!);
      case 'double':
        return vector.nulls?.[row] === 1 ? null : this.#hasher.double(vector.values[row]!);
      case 'float':
        return vector.nulls?.[row] === 1 ? null : this.#hasher.float(vector.values[row]!);
      default:
        return null;
    }
  }

  #ofId(dictionary: Dictionary, id: number): Hash | null {
    if (id === 0) return null;
    if (this.#key !== dictionary.key) {
      this.#key = dictionary.key;
      this.#hashes = [];
    }
    let hash = this.#hashes[id];
    if (hash === undefined) {
      hash = this.#hasher.text(dictionary.value(id));
      this.#hashes[id] = hash;
    }
    return hash;
  }
}

/** Hashes as the DataSketches library does. @param keep makes of a hash, which the hasher overwrites, what is kept of it */
export function dataSketchesHasher<Hash>(
  hasher: DataSketchesHasher,
  ofText: (text: string) => Hash128 | null,
  keep: (hash: Hash128) => Hash,
): ValueHasher<Hash> {
  return {
    text(value) {
      const hash = ofText(value);
      return hash === null ? null : keep(hash);
    },
    long: (value) => keep(hasher.long(value)),
    double: (value) => keep(hasher.double(value)),
    float: (value) => keep(hasher.double(value)),
  };
}
