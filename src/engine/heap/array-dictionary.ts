import type { Dictionary } from '../../vectors/block.js';

let made = 0;

/** Strings of a table on the heap as a dictionary: id 1 is the first. The values are distinct. */
export class ArrayDictionary implements Dictionary {
  readonly key: string;
  readonly sorted = false;
  readonly #values: readonly string[];
  #ids: Map<string, number> | undefined;

  constructor(values: readonly string[]) {
    made += 1;
    this.key = `heap-${made}`;
    this.#values = values;
  }

  get size(): number {
    return this.#values.length;
  }

  value(id: number): string {
    return this.#values[id - 1]!;
  }

  idOf(value: string): number {
    this.#ids ??= new Map(this.#values.map((text, i) => [text, i + 1]));
    return this.#ids.get(value) ?? -1;
  }
}
