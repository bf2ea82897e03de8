import { checkStop } from '../../common/stop-check.js';
import { ExprArray, ExpressionError, type ExprValue } from '../../expressions/expr.js';
import { asText } from '../../expressions/coercion.js';
import type { Dictionary } from '../../vectors/block.js';
import { GrowingDictionary } from './growing-dictionary.js';

/** Value to value; may throw ExpressionError. */
export type ValueFunction = (value: ExprValue) => ExprValue;

/** Dictionaries up to this size are mapped as a whole: a pass over a block costs as much, and then every thread has the same ids. */
const MAX_EAGER = 16_384;

/** What a function makes of the values of one dictionary, each computed once. Follows a dictionary that grows. */
export class DictionaryMap {
  readonly #apply: ValueFunction;
  /** By id of the source; undefined = not computed. */
  readonly #results: (ExprValue | undefined)[] = [];
  readonly #eagerKey: string;
  /** Result id + 1 by source id while all ids are mapped; its size then by source size. */
  #ids = new Uint32Array(0);
  readonly #sizes: number[] = [];
  #everywhere: GrowingDictionary | undefined;
  #here: GrowingDictionary | undefined;
  #isEager = true;

  /** @param key names the function */
  constructor(apply: ValueFunction, key: string, dictionaryKey: string) {
    this.#apply = apply;
    this.#eagerKey = `${dictionaryKey}\n${key}`;
  }

  /** How many values it keeps. */
  get weight(): number {
    return this.#results.length;
  }

  /** The result for an id. @throws ExpressionError */
  valueAt(dictionary: Dictionary, id: number): ExprValue {
    let result = this.#results[id];
    if (result === undefined) {
      checkStop();
      result = this.#apply(id === 0 ? null : dictionary.value(id));
      this.#results[id] = result;
    }
    return result;
  }

  /**
   * The results as ids of a dictionary of their own, for all values at once; undefined where values should be looked at as rows have them:
   * large dictionaries, values for which the function fails, results of several values.
   */
  whole(dictionary: Dictionary): { readonly ids: Uint32Array; readonly dictionary: Dictionary } | undefined {
    if (!this.#isEager || dictionary.size > MAX_EAGER) return undefined;
    const texts = (this.#everywhere ??= new GrowingDictionary(this.#eagerKey));
    if (this.#ids.length <= dictionary.size) {
      const grown = new Uint32Array(dictionary.size + 1);
      grown.set(this.#ids);
      this.#ids = grown;
    }
    for (let id = this.#sizes.length; id <= dictionary.size; id++) {
      const result = this.#tryValueAt(dictionary, id);
      if (result === undefined || result instanceof ExprArray) {
        this.#isEager = false;
        return undefined;
      }
      const text = asText(result);
      this.#ids[id] = text === null ? 0 : texts.intern(text);
      this.#sizes.push(texts.size);
    }
    return { ids: this.#ids, dictionary: texts.view(this.#sizes[dictionary.size]) };
  }

  /** Where the results of rows are numbered as they come. */
  get texts(): GrowingDictionary {
    this.#here ??= new GrowingDictionary(null);
    return this.#here;
  }

  #tryValueAt(dictionary: Dictionary, id: number): ExprValue | undefined {
    try {
      return this.valueAt(dictionary, id);
    } catch (error) {
      if (error instanceof ExpressionError) return undefined;
      throw error;
    }
  }
}

const MAX_WEIGHT = 2_000_000;

/** The maps of one thread, least recently used first. */
export class DictionaryMaps {
  readonly #maps = new Map<string, DictionaryMap>();

  of(apply: ValueFunction, key: string, dictionary: Dictionary): DictionaryMap {
    const name = `${dictionary.key}\n${key}`;
    let map = this.#maps.get(name);
    if (map === undefined) {
      this.#evict();
      map = new DictionaryMap(apply, key, dictionary.key);
    } else this.#maps.delete(name);
    this.#maps.set(name, map);
    return map;
  }

  #evict(): void {
    let weight = 0;
    for (const map of this.#maps.values()) weight += map.weight + 1000;
    for (const [name, map] of this.#maps) {
      if (weight <= MAX_WEIGHT) return;
      this.#maps.delete(name);
      weight -= map.weight + 1000;
    }
  }
}
