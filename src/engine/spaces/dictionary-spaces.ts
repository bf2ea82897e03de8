import type { DictionaryRef } from '../../memory/block-ref.js';
import type { Utf8Values } from '../../vectors/block.js';
import type { IdSpace } from '../../vectors/table.js';
import { Utf8Space } from './utf8-space.js';

/**
 * Segments' own dictionaries as id spaces. Values are copied out of the arena, whose slots belong to others once the query's pins are
 * released; copies are kept for later queries within a budget, those used last.
 */
export class DictionarySpaces {
  readonly #budgetBytes: number;
  readonly #spaces = new Map<string, DictionarySpace>();
  #bytes = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The space of a dictionary, named by the dictionary's key. The dictionary is in memory (pinned) while this runs.
   * @param memory finds the bytes of an arena
   */
  open(dictionary: DictionaryRef, memory: (arena: number, end: number) => ArrayBufferLike): IdSpace {
    const known = this.#spaces.get(dictionary.key);
    if (known !== undefined) this.#remove(known);
    // A real-time dictionary may have grown.
    const space = known !== undefined && known.size >= dictionary.size ? known : copied(dictionary, memory);
    this.#spaces.set(space.key, space);
    this.#bytes += space.bytes;
    for (const oldest of this.#spaces.values()) {
      if (this.#bytes <= this.#budgetBytes) break;
      this.#remove(oldest);
    }
    return space;
  }

  #remove(space: DictionarySpace): void {
    this.#spaces.delete(space.key);
    this.#bytes -= space.bytes;
  }
}

class DictionarySpace extends Utf8Space {
  readonly isShared = false;
  readonly size: number;
  protected readonly sorted: boolean;
  readonly bytes: number;
  readonly #values: Utf8Values;

  constructor({ key, size, sorted }: DictionaryRef, values: Utf8Values) {
    super(key);
    this.size = size;
    this.sorted = sorted;
    this.bytes = values.bytes.length + values.offsets.byteLength;
    this.#values = values;
  }

  protected utf8(): Utf8Values {
    return this.#values;
  }
}

function copied(dictionary: DictionaryRef, memory: (arena: number, end: number) => ArrayBufferLike): DictionarySpace {
  const { offsets, bytes, size } = dictionary;
  const ends = new Uint32Array(memory(offsets.arena, offsets.offset + offsets.length), offsets.offset, size + 1);
  const used = new Uint8Array(memory(bytes.arena, bytes.offset + bytes.length), bytes.offset, ends[size]!);
  return new DictionarySpace(dictionary, { offsets: ends.slice(), bytes: Buffer.from(used) });
}
