import { doubleToString, formatFloat } from '../../common/java-number.js';
import { wordsOf } from '../../aggregators/numeric-input.js';
import type { ArrayVector, BinaryVector, DoubleVector, FloatVector, LongVector } from '../../vectors/block.js';
import { selectIntsAll, selectIntsRows, selectReals, selectWide } from '../../vectors/kernels/select.js';
import { NO_ROWS, rowList, type Selection } from '../../vectors/selection.js';
import { unsupportedOperation } from '../../query/query-errors.js';
import type { ExprArray } from '../../expressions/expr.js';
import { valueReader } from '../virtual/read-value.js';
import { longText } from '../cell-text.js';
import type { Comparison } from './comparison.js';
import type { LongMatch, RealMatch } from './value-predicate.js';

const BLOCK_ROWS = 65_536;
const NOT_NULL = new Uint8Array(BLOCK_ROWS);

/** Selects rows of numeric columns. Range and single-value comparisons run as kernels; sets and text comparisons value by value. */
export class NumberMatcher {
  readonly #comparison: Comparison;
  readonly #nullHit: boolean;
  #out = new Uint16Array(0);
  /** Whether a value with this text matches, as met so far. */
  readonly #decided = new Map<string, boolean>();

  constructor(comparison: Comparison) {
    this.#comparison = comparison;
    this.#nullHit = comparison.nullNumberHit;
  }

  narrowLongs(vector: LongVector, selection: Selection): Selection {
    const match = this.#comparison.long;
    const isHit = this.#longHit(match, vector);
    if (match.kind === 'range') return this.#longRange(vector, match.low, match.high, selection);
    return this.#eachRow(vector.nulls, selection, isHit);
  }

  narrowReals(vector: DoubleVector | FloatVector, selection: Selection): Selection {
    const match = this.#comparison[vector.kind];
    if (match.kind !== 'range') return this.#eachRow(vector.nulls, selection, this.#realHit(match, vector));
    const out = this.#reserve(selection.count);
    const count = selectReals(vector.values)(
      vector.values,
      match.low ?? Number.NEGATIVE_INFINITY,
      match.lowOpen && match.low !== null,
      match.high ?? Number.POSITIVE_INFINITY,
      match.highOpen && match.high !== null,
      match.high === null,
      vector.nulls ?? NOT_NULL,
      this.#nullHit ? 1 : 0,
      rowList(selection),
      selection.count,
      out,
    );
    return count === selection.count ? selection : { rows: out, count };
  }

  /** @throws DruidError UNSUPPORTED for a comparison that knows no arrays */
  narrowArrays(vector: ArrayVector, selection: Selection): Selection {
    const { array } = this.#comparison.predicate;
    if (array === 'refused') throw unsupportedOperation('Predicate does not support ARRAY types');
    if (array === undefined) return this.#eachRow(vector.nulls, selection, () => false);
    const read = valueReader(vector, undefined);
    return this.#eachRow(vector.nulls, selection, (row) => array.matches(read(row) as ExprArray));
  }

  /** Complex values. */
  narrowBinaries({ offsets, bytes, nulls }: BinaryVector, selection: Selection): Selection {
    const { json } = this.#comparison.predicate;
    if (json === undefined) return this.#eachRow(nulls, selection, () => false);
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.#eachRow(nulls, selection, (row) => json(view.toString('utf8', offsets[row], offsets[row + 1])));
  }

  #longRange(vector: LongVector, low: bigint, high: bigint, selection: Selection): Selection {
    const n = selection.count;
    const out = this.#reserve(n);
    const nulls = vector.nulls ?? NOT_NULL;
    const nullHit = this.#nullHit ? 1 : 0;
    let count: number;
    if (vector.values instanceof BigInt64Array) {
      const [lowHigh, lowLow] = split(low);
      const [highHigh, highLow] = split(high);
      const words = wordsOf(vector.values);
      count = selectWide(words, lowHigh, lowLow, highHigh, highLow, nulls, nullHit, rowList(selection), n, out);
    } else {
      const base = BigInt(vector.base);
      // Elements have at most 32 bits, so rounding a bound beyond 2^53 decides nothing.
      const from = Number(low - base);
      const to = Number(high - base);
      count =
        selection.rows === null
          ? selectIntsAll(vector.values)(vector.values, from, to, nulls, nullHit, n, out)
          : selectIntsRows(vector.values)(vector.values, from, to, nulls, nullHit, selection.rows, n, out);
    }
    return count === n ? selection : { rows: out, count };
  }

  #longHit(match: LongMatch, vector: LongVector): (row: number) => boolean {
    if (match.kind === 'set') {
      if (vector.values instanceof BigInt64Array) {
        const set = new Set(match.values);
        const values = vector.values;
        return (row) => set.has(values[row]!);
      }
      const base = BigInt(vector.base);
      const set = new Set(match.values.map((value) => Number(value - base)));
      const values = vector.values;
      return (row) => set.has(values[row]!);
    }
    if (match.kind === 'text') return (row) => this.#textHit(longText(vector, row));
    return () => match.kind === 'all';
  }

  #realHit(match: RealMatch, vector: DoubleVector | FloatVector): (row: number) => boolean {
    const values = vector.values;
    if (match.kind === 'set') {
      const set = new RealSet(match.values);
      return (row) => set.has(values[row]!);
    }
    if (match.kind === 'text') {
      const text = vector.kind === 'double' ? doubleToString : floatToString;
      return (row) => this.#textHit(text(values[row]!));
    }
    return () => match.kind === 'all';
  }

  #textHit(text: string): boolean {
    const known = this.#decided.get(text);
    if (known !== undefined) return known;
    const hit = this.#comparison.predicate.text(text);
    if (this.#decided.size < BLOCK_ROWS) this.#decided.set(text, hit);
    return hit;
  }

  #eachRow(nulls: Uint8Array | undefined, selection: Selection, isHit: (row: number) => boolean): Selection {
    const rows = rowList(selection);
    const out = this.#reserve(selection.count);
    let count = 0;
    for (let i = 0; i < selection.count; i++) {
      const row = rows[i]!;
      if (nulls !== undefined && nulls[row] === 1 ? this.#nullHit : isHit(row)) out[count++] = row;
    }
    if (count === 0) return NO_ROWS;
    return count === selection.count ? selection : { rows: out, count };
  }

  #reserve(n: number): Uint16Array {
    if (this.#out.length < n) this.#out = new Uint16Array(Math.max(n, BLOCK_ROWS));
    return this.#out;
  }
}

/** A set of doubles that tells -0 from 0. */
class RealSet {
  readonly #values: ReadonlySet<number>;
  readonly #hasZero: boolean;
  readonly #hasNegativeZero: boolean;

  constructor(values: readonly number[]) {
    this.#values = new Set(values);
    this.#hasZero = values.some((value) => Object.is(value, 0));
    this.#hasNegativeZero = values.some((value) => Object.is(value, -0));
  }

  has(value: number): boolean {
    if (value === 0) return 1 / value > 0 ? this.#hasZero : this.#hasNegativeZero;
    return this.#values.has(value);
  }
}

function floatToString(value: number): string {
  return Number.isFinite(value) ? formatFloat(value) : String(value);
}

/** High and low 32-bit words, the low one unsigned. */
function split(value: bigint): readonly [number, number] {
  return [Number(value >> 32n), Number(value & 0xffffffffn)];
}
