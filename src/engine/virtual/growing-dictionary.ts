import { assert } from '../../common/assert.js';
import type { Dictionary } from '../../vectors/block.js';

let made = 0;

/** Strings that a virtual column has given, numbered from 1 as they come. Views of it are dictionaries of the size at that time. */
export class GrowingDictionary {
  readonly #key: string;
  readonly #derived: 'everywhere' | 'here';
  readonly #values: string[] = [''];
  readonly #ids = new Map<string, number>();

  /** @param key equal for dictionaries that get the same values in the same order, in whichever thread; null = no other is like this one */
  constructor(key: string | null) {
    this.#key = key ?? `virtual ${++made}`;
    this.#derived = key === null ? 'here' : 'everywhere';
  }

  get size(): number {
    return this.#ids.size;
  }

  intern(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.#values.push(text) - 1;
    this.#ids.set(text, id);
    return id;
  }

  view(size: number = this.size): Dictionary {
    return {
      key: this.#key,
      size,
      sorted: false,
      derived: this.#derived,
      value: (id) => {
        assert(id >= 1 && id <= size, `Dictionary id [${id}] is outside [1, ${size}]`);
        return this.#values[id]!;
      },
      idOf: (value) => {
        const id = this.#ids.get(value);
        return id === undefined || id > size ? -1 : id;
      },
    };
  }
}
