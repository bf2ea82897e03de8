import type { DimensionList } from './dimension-list.js';
import type { RowValue } from './input-row.js';
import { InternedText, NumberMap, type TextSource } from './interned-text.js';
import { type BatchColumn, batchValue, type RowBatch } from './row-batch.js';
import { MAX_STAGED_ROWS } from './row-store.js';

const INITIAL_GROUPS = 1024;

/** Distinct values of one dimension among the open groups, as codes 1, 2, …; 0 is null. */
class Interner {
  readonly #codes = new Map<string | number | bigint, number>();
  readonly #values: RowValue[] = [null];
  readonly #interned = new NumberMap();
  readonly source: TextSource = {};
  /** All values are single texts. */
  onlyTexts = true;

  get size(): number {
    return this.#values.length - 1;
  }

  /** Codes of rows of a batch, each into its row's place. */
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
    if (typeof value !== 'string') this.onlyTexts = false;
    const code = this.#values.push(value) - 1;
    this.#codes.set(key, code);
    return code;
  }

  value(code: number): RowValue {
    return this.#values[code];
  }

  #codeOfInterned(value: InternedText): number {
    const known = this.#interned.get(value);
    if (known !== 0) return known;
    const code = this.codeOf(value.text);
    this.#interned.set(value, code);
    return code;
  }
}

function exactly(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

/** The groups of an open rollup block, numbered from 0 in order of appearance: a hash table over (time, one code a dimension). */
export class GroupTable {
  readonly #dimensions: DimensionList;
  #interners: Interner[] = [];
  #times = new Float64Array(INITIAL_GROUPS);
  /** `#stride` codes a group. */
  #codes: Uint32Array;
  #stride: number;
  /** Group + 1, or 0. */
  #slots = new Uint32Array(INITIAL_GROUPS * 2);
  #hashes = new Int32Array(INITIAL_GROUPS);
  #size = 0;
  #key: Uint32Array;
  /** Of a batch: hashes by row, and codes row by row of one slot after another. */
  readonly #batchHashes = new Int32Array(MAX_STAGED_ROWS);
  #batchCodes = new Uint32Array(0);

  constructor(dimensions: DimensionList) {
    this.#dimensions = dimensions;
    this.#stride = Math.max(1, dimensions.size);
    this.#codes = new Uint32Array(INITIAL_GROUPS * this.#stride);
    this.#key = new Uint32Array(this.#stride);
  }

  get size(): number {
    return this.#size;
  }

  /** The group of a row, made when it is new. */
  find(timeMs: number, values: readonly RowValue[]): number {
    const hash = this.#encode(timeMs, values);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let found = this.#slots[slot]!; found !== 0; found = this.#slots[slot]!) {
      const group = found - 1;
      if (this.#hashes[group] === hash && this.#times[group] === timeMs && this.#equalsKey(group)) return group;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#size + 1;
    const group = this.#push(timeMs, hash);
    if (this.#size * 2 > this.#slots.length) this.#rehash();
    return group;
  }

  /** A new group for a row, whether or not there is an equal one. */
  append(timeMs: number, values: readonly RowValue[]): number {
    return this.#push(timeMs, this.#encode(timeMs, values));
  }

  /**
   * The groups of `n` rows of a batch, as `find` or, without rollup, `append` gives them.
   * @param times by row of the batch
   */
  addMany(
    batch: RowBatch,
    times: Float64Array,
    rows: Uint32Array,
    n: number,
    rollup: boolean,
    out: Uint32Array,
    outAt: number,
  ): void {
    this.#encodeMany(batch, times, rows, n);
    const hashes = this.#batchHashes;
    const codes = this.#batchCodes;
    const stride = this.#stride;
    for (let i = 0; i < n; i++) {
      const timeMs = times[rows[i]!]!;
      const hash = hashes[i]!;
      let slot = hash & (this.#slots.length - 1);
      let group = -1;
      for (let taken = rollup ? this.#slots[slot]! : 0; taken !== 0; taken = this.#slots[slot]!) {
        const found = taken - 1;
        if (this.#hashes[found] === hash && this.#times[found] === timeMs && this.#equalsBatch(found, i)) {
          group = found;
          break;
        }
        slot = (slot + 1) & (this.#slots.length - 1);
      }
      if (group < 0) {
        for (let at = 0; at < stride; at++) this.#key[at] = codes[at * MAX_STAGED_ROWS + i]!;
        if (rollup) this.#slots[slot] = this.#size + 1;
        group = this.#push(timeMs, hash);
        if (rollup && this.#size * 2 > this.#slots.length) this.#rehash();
      }
      out[outAt + i] = group;
    }
  }

  /** The values of a dimension by group as texts of a source of their own; undefined when not all are single texts. */
  texts(slot: number): BatchColumn | undefined {
    const interner = this.#interners[slot];
    if (slot >= this.#stride || interner === undefined || !interner.onlyTexts) return undefined;
    const numbers = new Uint32Array(this.#size);
    for (let group = 0; group < numbers.length; group++) numbers[group] = this.#codes[group * this.#stride + slot]!;
    const { source, size } = interner;
    return { kind: 'texts', numbers, texts: { source, size, text: (code) => interner.value(code) as string } };
  }

  timeMs(group: number): number {
    return this.#times[group]!;
  }

  value(group: number, slot: number): RowValue {
    return slot < this.#stride
      ? (this.#interners[slot]?.value(this.#codes[group * this.#stride + slot]!) ?? null)
      : null;
  }

  clear(): void {
    this.#size = 0;
    this.#slots.fill(0);
    this.#interners = [];
  }

  /** Fills `#key` and hashes it. */
  #encode(timeMs: number, values: readonly RowValue[]): number {
    if (this.#dimensions.size > this.#stride) this.#widen(this.#dimensions.size);
    const key = this.#key;
    let hash = firstHash(timeMs);
    for (let slot = 0; slot < key.length; slot++) {
      const interner = (this.#interners[slot] ??= new Interner());
      const code = slot < values.length ? interner.codeOf(values[slot]) : 0;
      key[slot] = code;
      hash = nextHash(hash, code);
    }
    return lastHash(hash);
  }

  /** Fills codes and hashes of a batch, which are as `#encode` makes them. */
  #encodeMany(batch: RowBatch, times: Float64Array, rows: Uint32Array, n: number): void {
    if (this.#dimensions.size > this.#stride) this.#widen(this.#dimensions.size);
    const stride = this.#stride;
    if (this.#batchCodes.length < stride * MAX_STAGED_ROWS)
      this.#batchCodes = new Uint32Array(stride * MAX_STAGED_ROWS);
    const hashes = this.#batchHashes;
    for (let i = 0; i < n; i++) hashes[i] = firstHash(times[rows[i]!]!);
    for (let slot = 0; slot < stride; slot++) {
      const codes = this.#batchCodes.subarray(slot * MAX_STAGED_ROWS, (slot + 1) * MAX_STAGED_ROWS);
      const column = batch.dimensions[slot];
      if (column === undefined) codes.fill(0, 0, n);
      else (this.#interners[slot] ??= new Interner()).codesOf(column, rows, n, codes);
      for (let i = 0; i < n; i++) hashes[i] = nextHash(hashes[i]!, codes[i]!);
    }
    for (let i = 0; i < n; i++) hashes[i] = lastHash(hashes[i]!);
  }

  #equalsBatch(group: number, row: number): boolean {
    const at = group * this.#stride;
    for (let slot = 0; slot < this.#stride; slot++) {
      if (this.#codes[at + slot] !== this.#batchCodes[slot * MAX_STAGED_ROWS + row]) return false;
    }
    return true;
  }

  #equalsKey(group: number): boolean {
    const at = group * this.#stride;
    for (let i = 0; i < this.#stride; i++) if (this.#codes[at + i] !== this.#key[i]) return false;
    return true;
  }

  #push(timeMs: number, hash: number): number {
    const group = this.#size++;
    if (group === this.#times.length) this.#grow();
    this.#times[group] = timeMs;
    this.#hashes[group] = hash;
    this.#codes.set(this.#key, group * this.#stride);
    return group;
  }

  #grow(): void {
    const capacity = this.#times.length * 2;
    const times = new Float64Array(capacity);
    times.set(this.#times);
    const hashes = new Int32Array(capacity);
    hashes.set(this.#hashes);
    const codes = new Uint32Array(capacity * this.#stride);
    codes.set(this.#codes);
    this.#times = times;
    this.#hashes = hashes;
    this.#codes = codes;
  }

  /** Discovery found a dimension: groups so far have null there. Hashes include every dimension, so all are made again. */
  #widen(stride: number): void {
    const codes = new Uint32Array(this.#times.length * stride);
    for (let group = 0; group < this.#size; group++) {
      codes.set(this.#codes.subarray(group * this.#stride, (group + 1) * this.#stride), group * stride);
    }
    this.#codes = codes;
    this.#stride = stride;
    this.#key = new Uint32Array(stride);
    for (let group = 0; group < this.#size; group++) this.#hashes[group] = this.#hashOf(group);
    this.#rehash();
  }

  #hashOf(group: number): number {
    const values: RowValue[] = [];
    for (let slot = 0; slot < this.#stride; slot++) values.push(this.value(group, slot));
    return this.#encode(this.#times[group]!, values);
  }

  #rehash(): void {
    // A power of two, for slots are found by a mask.
    const slots = new Uint32Array(this.#size * 2 > this.#slots.length ? this.#slots.length * 2 : this.#slots.length);
    const mask = slots.length - 1;
    for (let group = 0; group < this.#size; group++) {
      let slot = this.#hashes[group]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = group + 1;
    }
    this.#slots = slots;
  }
}

function firstHash(timeMs: number): number {
  return (timeMs | 0) ^ Math.imul((timeMs / 4_294_967_296) | 0, 0x27d4eb2f);
}

function nextHash(hash: number, code: number): number {
  return (Math.imul((hash << 13) | (hash >>> 19), 0x9e3779b1) + Math.imul(code, 0x85ebca6b)) | 0;
}

function lastHash(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
