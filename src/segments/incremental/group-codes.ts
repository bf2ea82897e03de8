import type { RowValue } from './input-row.js';
import { InternedText, NumberMap } from './interned-text.js';
import { type BatchColumn, batchValue } from './row-batch.js';
import type { Utf8Dictionary } from './utf8-dictionary.js';

/** Distinct values of one dimension among the open groups, as codes from 1 on; 0 is null. */
export interface GroupCodes {
  /** Codes of rows of a batch, each at its row's position. @throws ArenaFull */
  codesOf(column: BatchColumn, rows: Uint32Array, n: number, out: Uint32Array): void;
  /** @throws ArenaFull */
  codeOf(value: RowValue): number;
  value(code: number): RowValue;
  /** Codes given so far are not used any more. */
  clear(): void;
}

/** Any kind of values, on the heap. */
export class ValueCodes implements GroupCodes {
  #codes = new Map<string | number | bigint, number>();
  #values: RowValue[] = [null];
  #interned = new NumberMap();

  get size(): number {
    return this.#values.length - 1;
  }

  codesOf(column: BatchColumn, rows: Uint32Array, n: number, out: Uint32Array): void {
    if (column.kind === 'numbers') {
      for (let i = 0; i < n; i++) out[i] = this.codeOf(batchValue(column, rows[i]!));
      return;
    }
    const { numbers, texts } = column;
    const known = this.#interned.table(texts.source, texts.size);
    for (let i = 0; i < n; i++) {
      const number = numbers[rows[i]!]!;
      if (number !== 0 && known[number] === 0) known[number] = this.codeOf(texts.text(number));
      out[i] = number === 0 ? 0 : known[number]!;
    }
  }

  codeOf(value: RowValue): number {
    if (value === null || value === undefined) return 0;
    if (value instanceof InternedText) return this.#codeOfInterned(value);
    // Kinds of values must not meet: of these, only text can look like another kind, so that it is told apart by a mark.
    const key =
      typeof value === 'number' || typeof value === 'bigint'
        ? value
        : typeof value === 'string'
          ? value
          : `\u0000${JSON.stringify(value, exactly)}`;
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    const code = this.#values.push(value) - 1;
    this.#codes.set(key, code);
    return code;
  }

  value(code: number): RowValue {
    return this.#values[code];
  }

  clear(): void {
    if (this.size === 0) return;
    this.#codes = new Map();
    this.#values = [null];
    this.#interned = new NumberMap();
  }

  #codeOfInterned(value: InternedText): number {
    const known = this.#interned.get(value);
    if (known !== 0) return known;
    const code = this.codeOf(value.text);
    this.#interned.set(value, code);
    return code;
  }
}

/** Texts, whose codes are their ids in the column's dictionary, and lists of texts. */
export class TextCodes implements GroupCodes {
  readonly #dictionary: Utf8Dictionary;
  readonly #lists = new ValueCodes();

  constructor(dictionary: Utf8Dictionary) {
    this.#dictionary = dictionary;
  }

  get hasLists(): boolean {
    return this.#lists.size > 0;
  }

  codesOf(column: BatchColumn, rows: Uint32Array, n: number, out: Uint32Array): void {
    if (column.kind === 'texts') this.#dictionary.idsOf(column.numbers, column.texts, rows, n, out, 0);
    else for (let i = 0; i < n; i++) out[i] = this.codeOf(batchValue(column, rows[i]!));
  }

  codeOf(value: RowValue): number {
    if (value === null || value === undefined) return 0;
    if (value instanceof InternedText) return this.#dictionary.idOfInterned(value);
    if (typeof value === 'string') return this.#dictionary.idOf(value);
    return LIST + this.#lists.codeOf(value);
  }

  value(code: number): RowValue {
    if (code === 0) return null;
    return code > LIST ? this.#lists.value(code - LIST) : this.#dictionary.value(code);
  }

  clear(): void {
    this.#lists.clear();
  }
}

/** Codes of lists are above; ids stay below, for a dictionary has less than 2 GiB. */
const LIST = 2 ** 31;

function exactly(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
