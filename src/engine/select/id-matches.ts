import { zero } from '../../memory/zero.js';
import { checkStop } from '../../common/stop-check.js';
import type { Dictionary, Utf8Values } from '../../vectors/block.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import { idRange } from '../filter/id-range.js';
import { prefixEnd } from '../../common/like-pattern.js';
import type { ValuePredicate } from '../filter/value-predicate.js';
import { keepMatches, knownMatches } from '../filter/known-matches.js';
import { markLike } from './text-search.js';
import type { Verdict } from '../filter/filter-verdict.js';
import type { Workspace } from './workspace.js';

/** So many matching ids are remembered one by one. */
export const MAX_LISTED = 64;
/** Values of larger dictionaries are decoded without being kept. */
const MAX_KEPT = 65_536;

/**
 * Which ids of one dictionary match, null (0) included. Matching ids without gaps need no more than their ends; else there is a table, a
 * byte per id, in the home arena. Follows a dictionary that grows.
 */
export class IdMatches {
  /** The smallest and largest matching id; low > high when none does. */
  low = 1;
  high = 0;
  /** Matching ids, and all that are decided. */
  count = 0;
  size = -1;
  /** How many single values were looked at instead of deciding all. */
  singles = 0;
  /** The matching ids, ascending, while they are few. */
  readonly listed: number[] = [];
  readonly #predicate: ValuePredicate;
  readonly #nullHit: boolean;
  readonly #workspace: Workspace;
  #table: Uint8Array | undefined;
  #pointer: Pointer = 0;
  #capacity = 0;

  constructor(predicate: ValuePredicate, nullHit: boolean, workspace: Workspace) {
    this.#predicate = predicate;
    this.#nullHit = nullHit;
    this.#workspace = workspace;
  }

  /** Whether the matching ids have no gap between them. */
  get isRange(): boolean {
    return this.high - this.low + 1 === this.count;
  }

  /** The table: u8 per id 0..size. */
  get table(): Pointer {
    if (this.#table === undefined) {
      const table = this.#makeTable();
      // Without a table the ids are a range, or listed.
      if (this.isRange) table.fill(1, this.low, this.high + 1);
      else for (const id of this.listed) table[id] = 1;
    }
    return this.#pointer;
  }

  has(id: number): boolean {
    if (id < this.low || id > this.high) return false;
    return this.isRange || this.marks[id] === 1;
  }

  /** The table as this thread sees it. */
  get marks(): Uint8Array {
    if (this.#table === undefined) void this.table;
    return this.#table!;
  }

  /** What holds for all ids in [min, max]. */
  verdict(min: number, max: number): Verdict {
    if (this.count === 0 || this.high < min || this.low > max) return 'none';
    if (this.isRange) return this.low <= min && this.high >= max ? 'all' : 'some';
    const marks = this.marks;
    const part = Buffer.from(marks.buffer, marks.byteOffset + min, Math.min(max, this.size) + 1 - min);
    if (part.indexOf(1) < 0) return 'none';
    return max <= this.size && part.indexOf(0) < 0 ? 'all' : 'some';
  }

  /** Takes over what an earlier query found out of a dictionary. */
  recall(dictionary: Dictionary): void {
    const { key } = this.#predicate;
    if (this.size >= 0 || key === undefined) return;
    const known = knownMatches(key, dictionary);
    if (known === undefined) return;
    this.size = Math.min(known.size, dictionary.size);
    const { ids } = known;
    if (this.#nullHit) this.#add(0);
    if (ids.length > MAX_LISTED) void this.table;
    for (let i = 0; i < ids.length && ids[i]! <= this.size; i++) this.#add(ids[i]!);
  }

  /** Decides the ids of a dictionary up to its size. */
  decide(dictionary: Dictionary): void {
    this.recall(dictionary);
    if (dictionary.size <= this.size) return;
    this.#decide(dictionary);
    const { key } = this.#predicate;
    if (key !== undefined) keepMatches(key, dictionary, { ids: this.#ids(), size: this.size });
  }

  /** The matching ids but null. */
  #ids(): Uint32Array {
    const ids = new Uint32Array(this.count - (this.#nullHit ? 1 : 0));
    if (this.count <= MAX_LISTED) return Uint32Array.from(this.listed.filter((id) => id > 0));
    const { marks } = this;
    let count = 0;
    for (let id = 1; id <= this.size; id++) if (marks[id] === 1) ids[count++] = id;
    return ids;
  }

  #decide(dictionary: Dictionary): void {
    const from = this.size + 1;
    const to = dictionary.size;
    this.size = to;
    if (this.#table !== undefined) this.#extendTable(from);
    if (from === 0 && this.#nullHit) this.#add(0);
    const first = Math.max(from, 1);
    const { hint } = this.#predicate;
    if (hint?.kind === 'values' && hint.values.length < to) this.#addValues(dictionary, hint.values, first);
    else if (hint?.kind === 'range' && dictionary.sorted) {
      const [low, high] = idRange(dictionary, hint);
      this.#addRange(Math.max(low, first), high);
    } else this.#search(dictionary, first, to);
  }

  #addValues(dictionary: Dictionary, values: readonly string[], first: number): void {
    const ids = values.map((value) => dictionary.idOf(value)).filter((id) => id >= first);
    if (this.count + ids.length > MAX_LISTED) void this.table;
    for (const id of ids.sort((a, b) => a - b)) this.#add(id);
  }

  #addRange(first: number, last: number): void {
    if (first > last) return;
    const isNext = this.count === 0 || first === this.high + 1;
    if (!isNext || !this.isRange) void this.table;
    this.#table?.fill(1, first, last + 1);
    for (let id = first; id <= last && this.listed.length < MAX_LISTED; id++) this.listed.push(id);
    if (this.count === 0) this.low = first;
    this.high = last;
    this.count += last + 1 - first;
  }

  /** Looks at each value: at the stored bytes where the predicate can. */
  #search(dictionary: Dictionary, first: number, to: number): void {
    const { like, text } = this.#predicate;
    const { utf8 } = dictionary;
    const marks = this.marks;
    if (like !== undefined && utf8 !== undefined) {
      const range = dictionary.sorted && like.prefix !== '' ? prefixRange(dictionary, like.prefix) : [first, to];
      markLike(like, utf8, Math.max(first, range[0]!), Math.min(to, range[1]!), marks);
    } else {
      const valueOf = to > MAX_KEPT && utf8 !== undefined ? decoder(utf8) : (id: number) => dictionary.value(id);
      for (let id = first; id <= to; id++) {
        checkStop();
        if (text(valueOf(id))) marks[id] = 1;
      }
    }
    for (let id = first; id <= to; id++) if (marks[id] === 1) this.#add(id);
  }

  /** @param id greater than all before */
  #add(id: number): void {
    if (this.#table !== undefined) this.#table[id] = 1;
    else if (this.listed.length >= MAX_LISTED) this.marks[id] = 1;
    if (this.count === 0) this.low = id;
    this.high = id;
    this.count++;
    if (this.listed.length < MAX_LISTED) this.listed.push(id);
  }

  #makeTable(): Uint8Array {
    this.#capacity = this.size + 1;
    this.#pointer = this.#workspace.take(this.#capacity);
    this.#table = zero(this.#workspace.bytes(this.#pointer, this.#capacity));
    return this.#table;
  }

  #extendTable(from: number): void {
    const old = this.#table!;
    const [pointer, capacity] = [this.#pointer, this.#capacity];
    if (this.size + 1 > capacity) {
      // Room to grow, so that a real-time dictionary does not move with every block.
      this.#capacity = Math.max(this.size + 1, capacity * 2);
      this.#pointer = this.#workspace.take(this.#capacity);
      this.#table = this.#workspace.bytes(this.#pointer, this.#capacity);
      this.#table.set(old);
      this.#workspace.give(pointer, capacity);
    }
    this.#table!.fill(0, from);
  }

  /** Gives the table back; the object is not used again. */
  free(): void {
    if (this.#table !== undefined) this.#workspace.give(this.#pointer, this.#capacity);
    this.#table = undefined;
  }
}

function prefixRange(dictionary: Dictionary, prefix: string): readonly [number, number] {
  return idRange(dictionary, { kind: 'range', low: prefix, lowOpen: false, high: prefixEnd(prefix), highOpen: true });
}

function decoder({ offsets, bytes }: Utf8Values): (id: number) => string {
  return (id) => bytes.toString('utf8', offsets[id - 1], offsets[id]);
}
