import { checkStop } from '../../common/stop-check.js';
import { ExprArray, ExpressionError, type ExprValue } from '../../expressions/expr.js';
import { asText } from '../../expressions/coercion.js';
import type { Dictionary, StringVector } from '../../vectors/block.js';
import type { Selection } from '../../vectors/selection.js';
import { GrowingDictionary } from './growing-dictionary.js';
import { MappedNumbers, type NumberType } from './mapped-numbers.js';

/** Value to value; may throw ExpressionError. */
export type ValueFunction = (value: ExprValue) => ExprValue;

/** Dictionaries up to this size are mapped as a whole: a pass over a block costs as much, and then every thread has the same ids. */
const MAX_EAGER = 16_384;

/** What a function makes of the values of one dictionary, each computed once. Follows a dictionary that grows. */
export class DictionaryMap {
  readonly #apply: ValueFunction;
  /** By id of the source: those that are neither in `#textIds` nor in `#numbers`. */
  readonly #results = new Map<number, ExprValue>();
  /** Id + 1 in `texts` by id of the source; 0 = not computed. */
  #textIds = new Uint32Array(0);
  readonly #numbers: { -readonly [T in NumberType]?: MappedNumbers } = {};
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
    const { LONG, DOUBLE } = this.#numbers;
    const numbers = (LONG?.values.length ?? 0) + (DOUBLE?.values.length ?? 0);
    const texts = (this.#here?.size ?? 0) + (this.#everywhere?.size ?? 0);
    return this.#results.size + texts + (this.#textIds.length + this.#ids.length) / 16 + numbers / 8;
  }

  /** The result for an id. @throws ExpressionError */
  valueAt(dictionary: Dictionary, id: number): ExprValue {
    let result = this.#results.get(id);
    if (result === undefined) {
      result = this.#compute(dictionary, id);
      this.#results.set(id, result);
    }
    return result;
  }

  /** The id in `texts` of the result for an id; undefined when it is several texts. @throws ExpressionError */
  textIdAt(dictionary: Dictionary, id: number): number | undefined {
    if (this.#textIds.length <= id) this.#textIds = grown(this.#textIds, dictionary.size + 1);
    const known = this.#textIds[id]!;
    if (known !== 0) return known - 1;
    const result = this.#compute(dictionary, id);
    if (result instanceof ExprArray) return undefined;
    const text = asText(result);
    const textId = text === null ? 0 : this.texts.intern(text);
    this.#textIds[id] = textId + 1;
    return textId;
  }

  /** The results for wanted rows as numbers, by id of the source; undefined when one does not fit a double. @throws ExpressionError */
  numbers({ dictionary, ids }: StringVector, type: NumberType, wanted: Selection): MappedNumbers | undefined {
    const numbers = (this.#numbers[type] ??= new MappedNumbers(type));
    return numbers.have(dictionary.size, ids, wanted, (id) => this.#compute(dictionary, id)) ? numbers : undefined;
  }

  /**
   * The results as ids of a dictionary of their own, for all values at once; undefined where values should be looked at as rows have them:
   * large dictionaries, values for which the function fails, results of several values.
   */
  whole(dictionary: Dictionary): { readonly ids: Uint32Array; readonly dictionary: Dictionary } | undefined {
    if (!this.#isEager || dictionary.size > MAX_EAGER) return undefined;
    const texts = (this.#everywhere ??= new GrowingDictionary(this.#eagerKey));
    if (this.#ids.length <= dictionary.size) {
      this.#ids = grown(this.#ids, dictionary.size + 1);
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

  #compute(dictionary: Dictionary, id: number): ExprValue {
    checkStop();
    return this.#apply(id === 0 ? null : dictionary.value(id));
  }

  #tryValueAt(dictionary: Dictionary, id: number): ExprValue | undefined {
    try {
      return this.#compute(dictionary, id);
    } catch (error) {
      if (error instanceof ExpressionError) return undefined;
      throw error;
    }
  }
}

/** The same values in at least `length` places. */
function grown(values: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(length);
  longer.set(values);
  return longer;
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
