import { asDouble, asLong } from '../../expressions/coercion.js';
import type { StringVector } from '../../vectors/block.js';
import type { Selection } from '../../vectors/selection.js';
import { ExprComplex, type ExprValue } from '../../expressions/expr.js';

export type NumberType = 'LONG' | 'DOUBLE';

const UNKNOWN = 2;

/** Numbers that a function makes of the values of one dictionary, by id; computed when they are first wanted. */
export class MappedNumbers {
  readonly #type: NumberType;
  values = new Float64Array(0);
  /** 1 = null, 2 = not computed. */
  nulls = new Uint8Array(0);
  /** Of all that were computed. */
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  #fits = true;

  constructor(type: NumberType) {
    this.#type = type;
  }

  /**
   * Computes what is not known of the ids of the wanted rows; false when some result does not fit a double.
   * @param size of the dictionary @throws what `compute` throws
   */
  have(
    size: number,
    ids: StringVector['ids'],
    { rows, count }: Selection,
    compute: (id: number) => ExprValue,
  ): boolean {
    if (this.values.length <= size) this.#grow(size + 1);
    const { nulls } = this;
    for (let i = 0; i < count && this.#fits; i++) {
      const id = ids[rows === null ? i : rows[i]!]!;
      if (nulls[id] === UNKNOWN) this.#put(id, compute(id));
    }
    return this.#fits;
  }

  #put(id: number, result: ExprValue): void {
    const isLong = this.#type === 'LONG';
    const cast = result instanceof ExprComplex ? null : isLong ? asLong(result) : asDouble(result);
    this.nulls[id] = cast === null ? 1 : 0;
    if (cast === null) return;
    const value = Number(cast);
    if (isLong && !Number.isSafeInteger(value)) this.#fits = false;
    this.values[id] = value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  #grow(length: number): void {
    const values = new Float64Array(length);
    values.set(this.values);
    const nulls = new Uint8Array(length).fill(UNKNOWN);
    nulls.set(this.nulls);
    this.values = values;
    this.nulls = nulls;
  }
}
