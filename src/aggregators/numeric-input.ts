import type { Block, ColumnVector, Dictionary, LongVector, MultiStringVector, StringVector } from '../vectors/block.js';
import {
  gatherIntsAll,
  gatherIntsRows,
  gatherReals,
  gatherWideAll,
  gatherWideRows,
  keepNonNullAll,
  keepNonNullRows,
  splitDoubles,
  splitWideAll,
  splitWideRows,
  takeU32,
  widenFloats,
} from '../vectors/kernels/gather.js';
import { doubleToLong, tryParseDouble, tryParseLong } from '../vectors/number-text.js';
import type { Selection } from '../vectors/selection.js';
import { grown } from './grouped-aggregator.js';

/** How a STRING that is no number counts: as this value (Druid's identity of the operation). */
export interface TextRule {
  readonly kind: 'long' | 'double' | 'float';
  readonly unparsable: number | bigint;
}

/**
 * Reads a column of a block as numbers, without nulls: after `read`, the i-th of `count` values belongs to group `groups[i]`
 * (`groups` is null when all belong to group 0). Owns and reuses its buffers; they hold until the next `read`.
 */
export class NumericInput {
  count = 0;
  groups: Uint32Array | null = null;
  /** Values as doubles, when `isWide` is false or after `readDoubles`. */
  values: Float64Array = EMPTY;
  /** Words of 64-bit values (see kernels/gather.ts), when `isWide`. */
  high: Float64Array = EMPTY;
  low: Float64Array = EMPTY;
  /** A bound of |values[i]|, when they are exact whole numbers. */
  bound = 0;

  readonly #column: string;
  readonly #text: TextRule;
  #scratch: Float64Array = EMPTY;
  #rows = new Uint16Array(0);
  #at = new Uint32Array(0);
  #groups = new Uint32Array(0);
  #parsed: ParsedDictionary | undefined;

  constructor(column: string, text: TextRule) {
    this.#column = column;
    this.#text = text;
  }

  /** Reads as doubles. @returns false when no row has a value */
  readDoubles(block: Block, selection: Selection, groups: Uint32Array | null): boolean {
    const vector = block.column(this.#column);
    if (!this.#prepare(vector, selection, groups)) return false;
    if (vector?.kind === 'long' && vector.values instanceof BigInt64Array) {
      const words = wordsOf(vector.values);
      if (this.#kept === null) gatherWideAll(words, this.count, this.#target());
      else gatherWideRows(words, this.#kept, this.count, this.#target());
    } else if (vector?.kind === 'string' || vector?.kind === 'multiString') {
      this.#gatherText(vector, false);
    }
    return true;
  }

  /**
   * Reads as 64-bit integers: as exact doubles in `values` when |value| stays within 2^53 (returns 'narrow', with `bound`), else as
   * words in `high` and `low` ('wide'). Doubles are cast as Java does. 'none' when no row has a value.
   */
  readLongs(block: Block, selection: Selection, groups: Uint32Array | null): 'none' | 'narrow' | 'wide' {
    const vector = block.column(this.#column);
    if (!this.#prepare(vector, selection, groups)) return 'none';
    const n = this.count;
    if (vector?.kind === 'long') {
      if (!(vector.values instanceof BigInt64Array)) {
        this.bound = Math.abs(vector.base) + 2 ** (8 * vector.values.BYTES_PER_ELEMENT);
        return 'narrow';
      }
      this.#reserveWords(n);
      const words = wordsOf(vector.values);
      if (this.#kept === null) splitWideAll(words, n, this.high, this.low);
      else splitWideRows(words, this.#kept, n, this.high, this.low);
      return 'wide';
    }
    this.#reserveWords(n);
    if (vector?.kind === 'string' || vector?.kind === 'multiString') this.#gatherText(vector, true);
    else splitDoubles(this.values, n, this.high, this.low);
    return 'wide';
  }

  /** Row of each value, or null when they are the rows 0..count-1; not told for multi-value columns. */
  get rows(): Uint16Array | null {
    return this.#kept;
  }

  /** Turns 'narrow' values into words. */
  splitValues(): void {
    this.#reserveWords(this.count);
    splitDoubles(this.values, this.count, this.high, this.low);
  }

  /** Rows that take part after nulls are dropped, or null when all rows of the block do. */
  #kept: Uint16Array | null = null;

  #prepare(vector: ColumnVector | undefined, selection: Selection, groups: Uint32Array | null): boolean {
    this.groups = groups;
    this.count = selection.count;
    this.#kept = selection.rows;
    if (vector === undefined || selection.count === 0) return false;
    switch (vector.kind) {
      case 'long':
        this.#dropNulls(vector.nulls);
        if (!(vector.values instanceof BigInt64Array)) this.#gatherInts(vector);
        break;
      case 'double':
      case 'float':
        this.#dropNulls(vector.nulls);
        this.#gatherReals(vector.values);
        break;
      case 'string':
        this.#dropNullIds(vector);
        break;
      case 'multiString':
        this.#dropEmpty(vector);
        break;
      case 'binary':
      case 'array':
        return false;
    }
    return this.count > 0;
  }

  #dropNulls(nulls: Uint8Array | undefined): void {
    if (nulls === undefined) return;
    this.#reserveRows(this.count);
    const rows = this.#kept;
    const kept =
      rows === null
        ? keepNonNullAll(nulls, this.count, this.#rows, this.#at)
        : keepNonNullRows(nulls, rows, this.count, this.#rows, this.#at);
    if (kept !== this.count) this.#keep(kept);
  }

  #keep(kept: number): void {
    if (this.groups !== null) {
      this.#groups = grown(this.#groups, kept);
      takeU32(this.groups, this.#at, kept, this.#groups);
      this.groups = this.#groups;
    }
    this.#kept = this.#rows;
    this.count = kept;
  }

  #dropNullIds(vector: StringVector): void {
    this.#reserveRows(this.count);
    const ids = vector.ids;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const row = this.#kept === null ? i : this.#kept[i]!;
      if (ids[row] === 0) continue;
      this.#rows[kept] = row;
      this.#at[kept++] = i;
    }
    this.#keep(kept);
  }

  #dropEmpty(vector: MultiStringVector): void {
    this.#reserveRows(this.count);
    const offsets = vector.offsets;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const row = this.#kept === null ? i : this.#kept[i]!;
      const length = offsets[row + 1]! - offsets[row]!;
      if (length === 0 || (length === 1 && vector.ids[offsets[row]!] === 0)) continue;
      this.#rows[kept] = row;
      this.#at[kept++] = i;
    }
    this.#keep(kept);
  }

  #gatherInts(vector: LongVector): void {
    if (vector.values instanceof BigInt64Array) return;
    if (this.#kept === null) gatherIntsAll(vector.values)(vector.values, vector.base, this.count, this.#target());
    else gatherIntsRows(vector.values)(vector.values, vector.base, this.#kept, this.count, this.#target());
  }

  #gatherReals(values: Float64Array | Float32Array): void {
    if (this.#kept !== null) gatherReals(values)(values, this.#kept, this.count, this.#target());
    else if (values instanceof Float32Array) widenFloats(values, this.count, this.#target());
    else this.values = values;
  }

  /** Every value of a multi-value row counts; a null among them as unparsable text does. */
  #gatherText(vector: StringVector | MultiStringVector, asLong: boolean): void {
    const parsed = this.#parsedOf(vector.dictionary);
    const rows = this.#kept;
    const n = this.count;
    const total = vector.kind === 'string' ? n : elementsOf(vector, rows, n);
    const groups = this.groups;
    const outGroups = groups === null || vector.kind === 'string' ? null : new Uint32Array(total);
    this.#target(total);
    if (asLong) this.#reserveWords(total);
    let count = 0;
    for (let i = 0; i < n; i++) {
      const row = rows === null ? i : rows[i]!;
      const from = vector.kind === 'string' ? row : vector.offsets[row]!;
      const to = vector.kind === 'string' ? row + 1 : vector.offsets[row + 1]!;
      for (let at = from; at < to; at++) {
        const id = vector.ids[at]!;
        if (asLong) {
          this.high[count] = parsed.high[id]!;
          this.low[count] = parsed.low[id]!;
        } else {
          this.#scratch[count] = parsed.values[id]!;
        }
        if (outGroups !== null) outGroups[count] = groups![i]!;
        count++;
      }
    }
    this.count = count;
    if (outGroups !== null) this.groups = outGroups;
  }

  #parsedOf(dictionary: Dictionary): ParsedDictionary {
    const known = this.#parsed;
    if (known !== undefined && known.key === dictionary.key && known.size >= dictionary.size) return known;
    const parsed = parseDictionary(dictionary, this.#text);
    this.#parsed = parsed;
    return parsed;
  }

  #target(n = this.count): Float64Array {
    this.#scratch = grown(this.#scratch, n);
    this.values = this.#scratch;
    return this.#scratch;
  }

  #reserveRows(n: number): void {
    this.#at = grown(this.#at, n);
    if (this.#rows.length < n) this.#rows = new Uint16Array(n);
  }

  #reserveWords(n: number): void {
    if (this.high.length >= n) return;
    this.high = new Float64Array(n);
    this.low = new Float64Array(n);
  }
}

const EMPTY = new Float64Array(0);

/** Number of each dictionary id, parsed once. */
interface ParsedDictionary {
  readonly key: string;
  readonly size: number;
  readonly values: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
}

function parseDictionary(dictionary: Dictionary, rule: TextRule): ParsedDictionary {
  const n = dictionary.size + 1;
  const values = new Float64Array(n).fill(Number(rule.unparsable));
  const longs = new BigInt64Array(n);
  const isLong = rule.kind === 'long';
  if (isLong) longs.fill(BigInt(rule.unparsable));
  for (let id = 1; id < n; id++) {
    const text = dictionary.value(id);
    if (isLong) {
      const long = parseAsLong(text);
      if (long !== null) longs[id] = long;
    } else {
      const double = tryParseDouble(text);
      if (double !== null) values[id] = rule.kind === 'float' ? Math.fround(double) : double;
    }
  }
  const high = new Float64Array(n);
  const low = new Float64Array(n);
  splitWideAll(wordsOf(longs), n, high, low);
  return { key: dictionary.key, size: dictionary.size, values, high, low };
}

/** @source Druid `Numbers#tryParseLong` */
export function parseAsLong(text: string): bigint | null {
  const long = tryParseLong(text);
  if (long !== null) return long;
  const double = tryParseDouble(text);
  return double === null ? null : doubleToLong(double);
}

function elementsOf(vector: MultiStringVector, rows: Uint16Array | null, n: number): number {
  let total = 0;
  for (let i = 0; i < n; i++) {
    const row = rows === null ? i : rows[i]!;
    total += vector.offsets[row + 1]! - vector.offsets[row]!;
  }
  return total;
}

/** The 32-bit words of 64-bit integers, low word first. */
export function wordsOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}
