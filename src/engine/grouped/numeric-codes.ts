import { grown } from '../../aggregators/grouped-aggregator.js';
import { wordsOf } from '../../aggregators/numeric-input.js';
import type { DoubleVector, FloatVector, LongVector } from '../../vectors/block.js';
import { gatherIntsAll, gatherIntsRows, gatherReals, widenFloats } from '../../vectors/kernels/gather.js';
import type { Selection } from '../../vectors/selection.js';
import type { DimensionValues } from './dimension-values.js';
import { WordPairTable } from './word-pair-table.js';

export type NumericVector = LongVector | DoubleVector | FloatVector;

const bits = new Float64Array(1);
const bitWords = new Uint32Array(bits.buffer);

/** Dense codes of the distinct values of numeric columns of one kind, kept for the whole run; code 0 is null. */
export class NumericCodes {
  readonly #kind: NumericVector['kind'];
  readonly #values: DimensionValues;
  readonly #table = new WordPairTable();
  /** Value number + 1 by code; 0 is not looked up yet. */
  #numbers = new Uint32Array(0);
  #scratch = new Float64Array(0);
  #high = new Uint32Array(0);
  #low = new Uint32Array(0);

  constructor(kind: NumericVector['kind'], values: DimensionValues) {
    this.#kind = kind;
    this.#values = values;
  }

  /** Codes are below this. */
  get range(): number {
    return this.#table.size + 1;
  }

  /** Writes the code of each selected row. */
  read(vector: NumericVector, selection: Selection, codes: Uint32Array): void {
    const n = selection.count;
    this.#high = grown(this.#high, n);
    this.#low = grown(this.#low, n);
    if (vector.kind === 'long') this.#longWords(vector, selection);
    else this.#realWords(vector.values, selection);
    this.#table.internAll(this.#high, this.#low, n, codes);
    for (let i = 0; i < n; i++) codes[i] = codes[i]! + 1;
    const nulls = vector.nulls;
    if (nulls === undefined) return;
    for (let i = 0; i < n; i++) if (nulls[selection.rows === null ? i : selection.rows[i]!] === 1) codes[i] = 0;
  }

  numberOf(code: number): number {
    if (code === 0) return 0;
    this.#numbers = grown(this.#numbers, this.range);
    const known = this.#numbers[code]!;
    if (known !== 0) return known - 1;
    const number = this.#cast(this.#table.high(code - 1), this.#table.low(code - 1));
    this.#numbers[code] = number + 1;
    return number;
  }

  #cast(high: number, low: number): number {
    if (this.#kind === 'long') return this.#values.ofLong(high, low);
    bitWords[0] = low;
    bitWords[1] = high;
    return this.#kind === 'double' ? this.#values.ofDouble(bits[0]!) : this.#values.ofFloat(bits[0]!);
  }

  #longWords(vector: LongVector, selection: Selection): void {
    const n = selection.count;
    const rows = selection.rows;
    if (vector.values instanceof BigInt64Array) {
      const words = wordsOf(vector.values);
      for (let i = 0; i < n; i++) {
        const at = 2 * (rows === null ? i : rows[i]!);
        this.#low[i] = words[at]!;
        this.#high[i] = words[at + 1]!;
      }
      return;
    }
    this.#scratch = grown(this.#scratch, n);
    if (rows === null) gatherIntsAll(vector.values)(vector.values, vector.base, n, this.#scratch);
    else gatherIntsRows(vector.values)(vector.values, vector.base, rows, n, this.#scratch);
    splitIntegers(this.#scratch, n, this.#high, this.#low);
  }

  #realWords(values: Float64Array | Float32Array, selection: Selection): void {
    const n = selection.count;
    this.#scratch = grown(this.#scratch, n);
    if (selection.rows !== null) gatherReals(values)(values, selection.rows, n, this.#scratch);
    else if (values instanceof Float32Array) widenFloats(values, n, this.#scratch);
    else this.#scratch.set(values.subarray(0, n));
    const words = new Uint32Array(this.#scratch.buffer);
    for (let i = 0; i < n; i++) {
      this.#low[i] = words[2 * i]!;
      this.#high[i] = words[2 * i + 1]!;
    }
  }
}

function splitIntegers(values: Float64Array, n: number, high: Uint32Array, low: Uint32Array): void {
  for (let i = 0; i < n; i++) {
    const value = values[i]!;
    const top = Math.floor(value / 4294967296);
    high[i] = top;
    low[i] = value - top * 4294967296;
  }
}
