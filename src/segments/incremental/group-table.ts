import type { DimensionList } from './dimension-list.js';
import { type GroupCodes, TextCodes, ValueCodes } from './group-codes.js';
import type { RowValue } from './input-row.js';
import type { RowBatch } from './row-batch.js';
import { MAX_STAGED_ROWS } from './row-store.js';
import type { Utf8Dictionary } from './utf8-dictionary.js';

const INITIAL_GROUPS = 1024;

/** The groups of an open rollup block, numbered from 0 in order of appearance: a hash table over (time, one code a dimension). */
export class GroupTable {
  readonly #dimensions: DimensionList;
  readonly #dictionaryOf: (slot: number) => Utf8Dictionary | undefined;
  readonly #codesOfSlots: GroupCodes[] = [];
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
  /** What `ids` answers. */
  #ids = new Uint32Array(0);

  /** @param dictionaryOf of a dimension whose values are texts or lists of them: codes are its ids */
  constructor(dimensions: DimensionList, dictionaryOf: (slot: number) => Utf8Dictionary | undefined) {
    this.#dimensions = dimensions;
    this.#dictionaryOf = dictionaryOf;
    this.#stride = Math.max(1, dimensions.size);
    this.#codes = new Uint32Array(INITIAL_GROUPS * this.#stride);
    this.#key = new Uint32Array(this.#stride);
  }

  get size(): number {
    return this.#size;
  }

  /** The group of a row, made when it is new. @throws ArenaFull, with nothing added */
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
    if (this.#size * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2);
    return group;
  }

  /** A new group for a row, whether or not there is an equal one. @throws ArenaFull, with nothing added */
  append(timeMs: number, values: readonly RowValue[]): number {
    return this.#push(timeMs, this.#encode(timeMs, values));
  }

  /** Finds the codes of `n` rows of a batch for `addEncoded`. @throws ArenaFull, with nothing added */
  encode(batch: RowBatch, times: Float64Array, rows: Uint32Array, n: number): void {
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
      else this.#codesOf(slot).codesOf(column, rows, n, codes);
      for (let i = 0; i < n; i++) hashes[i] = nextHash(hashes[i]!, codes[i]!);
    }
    for (let i = 0; i < n; i++) hashes[i] = lastHash(hashes[i]!);
  }

  /**
   * The groups of the `n` rows that were encoded last, as `find` or, without rollup, `append` gives them.
   * @param times by row of the batch
   */
  addEncoded(times: Float64Array, rows: Uint32Array, n: number, rollup: boolean, out: Uint32Array, at: number): void {
    this.#reserve(this.#size + n, rollup);
    const batchHashes = this.#batchHashes;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hashes = this.#hashes;
    const groupTimes = this.#times;
    for (let i = 0; i < n; i++) {
      const timeMs = times[rows[i]!]!;
      const hash = batchHashes[i]!;
      let slot = hash & mask;
      let group = -1;
      if (rollup) {
        for (let taken = slots[slot]!; taken !== 0; taken = slots[slot]!) {
          const found = taken - 1;
          if (hashes[found] === hash && groupTimes[found] === timeMs && this.#equalsBatch(found, i)) {
            group = found;
            break;
          }
          slot = (slot + 1) & mask;
        }
      }
      if (group < 0) {
        group = this.#size++;
        if (rollup) slots[slot] = group + 1;
        groupTimes[group] = timeMs;
        hashes[group] = hash;
        this.#keepBatch(group, i);
      }
      out[at + i] = group;
    }
  }

  /** Ids of a dimension by position in `groups`, in the dictionary that the table was given for it; undefined when not all values are single texts. */
  ids(slot: number, groups: Uint32Array): Uint32Array | undefined {
    const codes = this.#codesOfSlots[slot];
    if (slot >= this.#stride || !(codes instanceof TextCodes) || codes.hasLists) return undefined;
    if (this.#ids.length < groups.length) this.#ids = new Uint32Array(groups.length);
    const ids = this.#ids;
    const all = this.#codes;
    const stride = this.#stride;
    for (let i = 0; i < groups.length; i++) ids[i] = all[groups[i]! * stride + slot]!;
    return ids.subarray(0, groups.length);
  }

  timeMs(group: number): number {
    return this.#times[group]!;
  }

  value(group: number, slot: number): RowValue {
    return slot < this.#stride
      ? (this.#codesOfSlots[slot]?.value(this.#codes[group * this.#stride + slot]!) ?? null)
      : null;
  }

  clear(): void {
    this.#size = 0;
    this.#slots.fill(0);
    for (const codes of this.#codesOfSlots) codes.clear();
  }

  /** Fills `#key` and hashes it. */
  #encode(timeMs: number, values: readonly RowValue[]): number {
    if (this.#dimensions.size > this.#stride) this.#widen(this.#dimensions.size);
    const key = this.#key;
    let hash = firstHash(timeMs);
    for (let slot = 0; slot < key.length; slot++) {
      const code = slot < values.length ? this.#codesOf(slot).codeOf(values[slot]) : 0;
      key[slot] = code;
      hash = nextHash(hash, code);
    }
    return lastHash(hash);
  }

  #codesOf(slot: number): GroupCodes {
    let codes = this.#codesOfSlots[slot];
    if (codes === undefined) {
      const dictionary = this.#dictionaryOf(slot);
      codes = dictionary === undefined ? new ValueCodes() : new TextCodes(dictionary);
      this.#codesOfSlots[slot] = codes;
    }
    return codes;
  }

  #keepBatch(group: number, row: number): void {
    const at = group * this.#stride;
    for (let slot = 0; slot < this.#stride; slot++)
      this.#codes[at + slot] = this.#batchCodes[slot * MAX_STAGED_ROWS + row]!;
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
    if (group === this.#times.length) this.#grow(this.#times.length * 2);
    this.#times[group] = timeMs;
    this.#hashes[group] = hash;
    const at = group * this.#stride;
    for (let slot = 0; slot < this.#stride; slot++) this.#codes[at + slot] = this.#key[slot]!;
    return group;
  }

  /** Makes room for groups at once, so that none need look. */
  #reserve(numGroups: number, rollup: boolean): void {
    let capacity = this.#times.length;
    while (capacity < numGroups) capacity *= 2;
    if (capacity > this.#times.length) this.#grow(capacity);
    if (rollup && numGroups * 2 > this.#slots.length) this.#rehash(capacity * 2);
  }

  #grow(capacity: number): void {
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
    this.#rehash(this.#times.length * 2);
  }

  #hashOf(group: number): number {
    let hash = firstHash(this.#times[group]!);
    for (let slot = 0; slot < this.#stride; slot++) hash = nextHash(hash, this.#codes[group * this.#stride + slot]!);
    return lastHash(hash);
  }

  /** @param length a power of two, for slots are found by a mask */
  #rehash(length: number): void {
    const slots = new Uint32Array(length);
    const mask = length - 1;
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
