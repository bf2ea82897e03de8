import type { ColumnType } from '../../common/column-type.js';
import { ExprArray, type ExprValue } from '../../expressions/expr.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import type { ColumnVector, Dictionary } from '../../vectors/block.js';
import { keyOf } from '../join/join-key.js';
import { multiValueJoin } from '../join/multi-value-join.js';
import { buildVector } from './build-vector.js';
import { DictionaryMaps } from './dictionary-map.js';
import { GrowingDictionary } from './growing-dictionary.js';
import { mapStrings } from './map-column.js';
import { valueReader } from './read-value.js';
import type { TypeOf, VirtualDefinition, VirtualSource } from './virtual-definition.js';

type Definition = Extract<VirtualColumn, { readonly type: 'joined' }>;

/** Results of numbers that are remembered. */
const MAX_MEMO = 1_000_000;

const threadMaps = new DictionaryMaps();

/** A column of the right side of a join whose keys are distinct: looked up once for each value of a dictionary. */
export class JoinedColumn implements VirtualDefinition {
  readonly name: string;
  readonly #column: string;
  readonly #type: ColumnType;
  readonly #key: string;
  readonly #find: (value: ExprValue) => ExprValue;
  #texts = new GrowingDictionary(null);
  readonly #memo = new Map<ExprValue, ExprValue>();

  constructor({ name, column, digest, keyType, keys, values, valueType }: Definition) {
    this.name = name;
    this.#column = column;
    this.#type = valueType;
    this.#key = `joined ${digest}`;
    const found = new Map<string, ExprValue>();
    keys.forEach((key, i) => {
      const value = values[i] ?? null;
      found.set(key, valueType === 'LONG' && value !== null ? BigInt(value) : value);
    });
    this.#find = (value) => {
      if (value instanceof ExprArray) throw multiValueJoin();
      const key = keyOf(value, keyType, false);
      return key === null ? null : (found.get(key) ?? null);
    };
  }

  typeIn(): ColumnType {
    return this.#type;
  }

  dictionaryIn(dictionaryOf: (name: string) => Dictionary | undefined, _typeOf: TypeOf): Dictionary | undefined {
    const dictionary = this.#type === 'STRING' ? dictionaryOf(this.#column) : undefined;
    return dictionary && threadMaps.of(this.#find, this.#key, dictionary).whole(dictionary)?.dictionary;
  }

  read(source: VirtualSource): ColumnVector {
    const vector = source.column(this.#column);
    if (vector?.kind === 'string') {
      return mapStrings(vector, threadMaps.of(this.#find, this.#key, vector.dictionary), this.#type, source);
    }
    const valueOf = valueReader(vector, source.typeOf(this.#column));
    if (this.#texts.size > MAX_MEMO) this.#texts = new GrowingDictionary(null);
    const { numRows, wanted } = source;
    const target = { type: this.#type, numRows, wanted, dictionary: this.#texts };
    return buildVector((row) => this.#remembered(valueOf(row)), target);
  }

  #remembered(value: ExprValue): ExprValue {
    let result = this.#memo.get(value);
    if (result === undefined) {
      result = this.#find(value);
      if (this.#memo.size > MAX_MEMO) this.#memo.clear();
      this.#memo.set(value, result);
    }
    return result;
  }
}
