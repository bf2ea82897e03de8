import type { DictionaryRef, SegmentBlocks } from '../../memory/block-ref.js';
import type { ArenaHandle } from '../../memory/memory-ref.js';
import { ArenaRegistry } from '../../memory/arena-registry.js';
import { openDictionary } from '../../vectors/dictionary-view.js';
import { bindSpaces, resolveIds } from '../../vectors/ids-column.js';
import type { IdSpace, Table } from '../../vectors/table.js';

/** Values behind the ids of partials over sequences, whose dictionaries end with them: strings must be made before the view goes. */
export class StreamDictionaries {
  readonly #segments: readonly SegmentBlocks[];
  readonly #arenas = new ArenaRegistry();

  constructor(segments: readonly SegmentBlocks[], arenas: readonly ArenaHandle[]) {
    this.#segments = segments;
    this.#arenas.register(arenas);
  }

  toStrings(partial: Table): Table {
    return resolveIds(bindSpaces(partial, (key) => this.#spaceOf(key)));
  }

  #spaceOf(key: string): IdSpace | undefined {
    const ref = this.#largest(key);
    if (ref === undefined) return undefined;
    const { offsets, bytes } = ref;
    const memory = (arena: number): ArrayBufferLike => {
      const end = Math.max(
        ...[offsets, bytes].filter((part) => part.arena === arena).map((part) => part.offset + part.length),
      );
      return this.#arenas.buffer(arena, end);
    };
    const dictionary = openDictionary(ref, memory);
    return { key, size: dictionary.size, value: (id) => dictionary.value(id) };
  }

  /** A dictionary grows from block to block: the largest of its refs knows all ids. */
  #largest(key: string): DictionaryRef | undefined {
    let largest: DictionaryRef | undefined;
    for (const { blocks } of this.#segments) {
      for (const { columns } of blocks) {
        for (const column of Object.values(columns)) {
          if (!('dictionary' in column) || column.dictionary.key !== key) continue;
          if (largest === undefined || column.dictionary.size > largest.size) largest = column.dictionary;
        }
      }
    }
    return largest;
  }
}
