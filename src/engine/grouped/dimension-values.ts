import type { ColumnType } from '../../common/column-type.js';
import { doubleToString, formatFloat } from '../../common/java-number.js';
import type { TableColumn } from '../../vectors/table.js';
import { doubleToLong, exactLong, tryParseDouble } from '../../vectors/number-text.js';
import { failedToRun } from '../../query/query-errors.js';
import { WordPairTable } from './word-pair-table.js';

/**
 * The distinct values of one output dimension in a run or a merge, numbered densely from 1; 0 is null. Values of other types are
 * cast as Druid casts dimension values (`DimensionHandlerUtils`): what cannot be cast is null.
 */
export interface DimensionValues {
  readonly size: number;
  ofText(text: string): number;
  /** JSON text of an array. */
  ofArray(text: string): number;
  ofLong(high: number, low: number): number;
  ofDouble(value: number): number;
  ofFloat(value: number): number;
  /** The values with these numbers as a column, one row each. */
  column(numbers: Uint32Array): TableColumn;
}

export function createDimensionValues(type: ColumnType): DimensionValues {
  switch (type) {
    case 'LONG':
      return new LongValues();
    case 'DOUBLE':
      return new RealValues(false);
    case 'FLOAT':
      return new RealValues(true);
    case 'STRING':
      return new TextValues(null);
    default:
      return new TextValues(type);
  }
}

const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);
const long = new BigInt64Array(bits.buffer);

class TextValues implements DimensionValues {
  /** Of arrays and other nested values, which travel as JSON text. */
  readonly #jsonType: ColumnType | null;
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  constructor(jsonType: ColumnType | null) {
    this.#jsonType = jsonType;
  }

  get size(): number {
    return this.#texts.length;
  }

  ofText(text: string): number {
    return this.#jsonType === null ? this.ofArray(text) : notArray('java.lang.String');
  }

  ofArray(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#texts.push(text);
    this.#numbers.set(text, this.#texts.length);
    return this.#texts.length;
  }

  ofLong(high: number, low: number): number {
    return this.#jsonType === null ? this.ofText(String(joinLong(high, low))) : notArray('java.lang.Long');
  }

  ofDouble(value: number): number {
    return this.#jsonType === null ? this.ofText(doubleToString(value)) : notArray('java.lang.Double');
  }

  ofFloat(value: number): number {
    if (this.#jsonType !== null) return notArray('java.lang.Float');
    return this.ofText(Number.isFinite(value) ? formatFloat(value) : String(value));
  }

  column(numbers: Uint32Array): TableColumn {
    if (this.#jsonType !== null) {
      const texts = Array.from(numbers, (number) => this.#texts[number - 1] ?? null);
      return { type: 'JSON', texts, valueType: this.#jsonType };
    }
    const ids = new Int32Array(numbers.length);
    for (let i = 0; i < numbers.length; i++) ids[i] = numbers[i]! - 1;
    return { type: 'STRING', ids, dictionary: this.#texts.slice() };
  }
}

/** @source Druid `segment/DimensionHandlerUtils.java` (`convertObjectToType`) */
function notArray(javaClass: string): never {
  throw failedToRun(
    `Unable to convert object of type[${javaClass}] to [org.apache.druid.segment.data.ComparableStringArray]`,
    'java.lang.IllegalStateException',
  );
}

class LongValues implements DimensionValues {
  readonly #table = new WordPairTable();

  get size(): number {
    return this.#table.size;
  }

  ofArray(text: string): number {
    return this.ofText(text);
  }

  ofText(text: string): number {
    const value = exactLong(text);
    return value === null ? 0 : this.#of(value);
  }

  ofLong(high: number, low: number): number {
    return this.#table.intern(high, low) + 1;
  }

  ofDouble(value: number): number {
    return this.#of(doubleToLong(value));
  }

  ofFloat(value: number): number {
    return this.#of(doubleToLong(value));
  }

  column(numbers: Uint32Array): TableColumn {
    const values = new BigInt64Array(numbers.length);
    const out = new Uint32Array(values.buffer);
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!;
      if (number === 0) continue;
      out[2 * i] = this.#table.low(number - 1);
      out[2 * i + 1] = this.#table.high(number - 1);
    }
    return { type: 'LONG', values, nulls: nullsOf(numbers) };
  }

  #of(value: bigint): number {
    long[0] = value;
    return this.#table.intern(words[1]!, words[0]!) + 1;
  }
}

class RealValues implements DimensionValues {
  readonly #isFloat: boolean;
  readonly #table = new WordPairTable();

  constructor(isFloat: boolean) {
    this.#isFloat = isFloat;
  }

  get size(): number {
    return this.#table.size;
  }

  ofArray(text: string): number {
    return this.ofText(text);
  }

  ofText(text: string): number {
    const value = tryParseDouble(text);
    return value === null ? 0 : this.ofDouble(value);
  }

  ofLong(high: number, low: number): number {
    return this.ofDouble(Number(joinLong(high, low)));
  }

  ofDouble(value: number): number {
    bits[0] = this.#isFloat ? Math.fround(value) : value;
    return this.#table.intern(words[1]!, words[0]!) + 1;
  }

  ofFloat(value: number): number {
    return this.ofDouble(value);
  }

  column(numbers: Uint32Array): TableColumn {
    const values = new Float64Array(numbers.length);
    const out = new Uint32Array(values.buffer);
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!;
      if (number === 0) continue;
      out[2 * i] = this.#table.low(number - 1);
      out[2 * i + 1] = this.#table.high(number - 1);
    }
    const nulls = nullsOf(numbers);
    return this.#isFloat
      ? { type: 'FLOAT', values: Float32Array.from(values), nulls }
      : { type: 'DOUBLE', values, nulls };
  }
}

function joinLong(high: number, low: number): bigint {
  words[0] = low;
  words[1] = high;
  return long[0]!;
}

function nullsOf(numbers: Uint32Array): Uint8Array | null {
  if (!numbers.includes(0)) return null;
  return Uint8Array.from(numbers, (number) => (number === 0 ? 1 : 0));
}
