import type { BitmapIndex, Block, Dictionary, MultiStringVector, StringVector } from '../../vectors/block.js';
import { markRows, selectIdsAll, selectIdsRows, selectMarked, selectMultiIds } from '../../vectors/kernels/select.js';
import { NO_ROWS, rowList, type Selection } from '../../vectors/selection.js';
import { idRange } from './id-range.js';
import type { ValuePredicate } from './value-predicate.js';

const BLOCK_ROWS = 65_536;
/** More ids than this are looked up row by row, not in the bitmap index. */
const MAX_INDEX_IDS = 32;
/** The index is used when it gives fewer than one row in so many. */
const INDEX_SHARE = 16;
/** Dictionaries whose matches are remembered. */
const MAX_TABLES = 64;

/** Which ids of a dictionary match: 1 per matching id, null (0) included. */
interface IdTable {
  table: Uint8Array;
  /** Ids up to here are decided. */
  size: number;
  /** The matching ids while they are few. */
  readonly ids: number[];
  numMatching: number;
}

/** Evaluates a predicate once per dictionary value, then selects rows by id, or from the bitmap index where few rows match. */
export class DictionaryMatcher {
  readonly #predicate: ValuePredicate;
  readonly #nullHit: boolean;
  readonly #tables = new Map<string, IdTable>();
  #out = new Uint16Array(BLOCK_ROWS);
  #marks: Uint8Array | undefined;

  constructor(predicate: ValuePredicate, nullHit: boolean) {
    this.#predicate = predicate;
    this.#nullHit = nullHit;
  }

  narrow(vector: StringVector | MultiStringVector, block: Block, selection: Selection): Selection {
    const matching = this.#tableOf(vector.dictionary);
    if (matching.numMatching === 0) return NO_ROWS;
    // A dictionary that grew since may have decided ids beyond this block's size; they cannot occur in it.
    if (matching.numMatching === matching.size + 1) return selection;
    if (vector.index !== undefined && matching.numMatching <= MAX_INDEX_IDS) {
      const found = this.#fromIndex(vector.index, matching.ids, block, selection);
      if (found !== undefined) return found;
    }
    return this.#scan(vector, matching.table, selection);
  }

  #scan(vector: StringVector | MultiStringVector, table: Uint8Array, selection: Selection): Selection {
    const n = selection.count;
    const rows = selection.rows;
    if (this.#out.length < n) this.#out = new Uint16Array(n);
    const out = this.#out;
    let count: number;
    if (vector.kind === 'multiString') {
      count = selectMultiIds(vector.ids)(vector.ids, vector.offsets, table, rowList(selection), n, out);
    } else if (rows === null) {
      count = selectIdsAll(vector.ids)(vector.ids, table, n, out);
    } else {
      count = selectIdsRows(vector.ids)(vector.ids, table, rows, n, out);
    }
    return count === n ? selection : { rows: out, count };
  }

  #fromIndex(index: BitmapIndex, ids: readonly number[], block: Block, selection: Selection): Selection | undefined {
    const blockIndex = Math.floor(block.firstRow / BLOCK_ROWS);
    let expected = 0;
    for (const id of ids) expected += index.rowCount(id, blockIndex);
    if (expected === 0) return NO_ROWS;
    if (expected * INDEX_SHARE >= selection.count) return undefined;
    const [only] = ids;
    if (selection.rows === null && ids.length === 1 && only !== undefined) {
      return { rows: index.rowsOf(only, blockIndex), count: expected };
    }
    const marks = (this.#marks ??= new Uint8Array(BLOCK_ROWS));
    const lists = ids.map((id) => index.rowsOf(id, blockIndex));
    for (const list of lists) markRows(list, list.length, marks, 1);
    if (this.#out.length < selection.count) this.#out = new Uint16Array(selection.count);
    const count = selectMarked(marks, rowList(selection), selection.count, this.#out);
    for (const list of lists) markRows(list, list.length, marks, 0);
    return { rows: this.#out, count };
  }

  #tableOf(dictionary: Dictionary): IdTable {
    let known = this.#tables.get(dictionary.key);
    if (known === undefined) {
      if (this.#tables.size >= MAX_TABLES) this.#tables.clear();
      known = { table: Uint8Array.of(this.#nullHit ? 1 : 0), size: 0, ids: [], numMatching: 0 };
      if (this.#nullHit) add(known, 0);
      this.#tables.set(dictionary.key, known);
    }
    if (known.size < dictionary.size) this.#extend(known, dictionary);
    return known;
  }

  #extend(known: IdTable, dictionary: Dictionary): void {
    const table = new Uint8Array(dictionary.size + 1);
    table.set(known.table);
    known.table = table;
    const [from, to] = [known.size + 1, dictionary.size];
    known.size = to;
    const hint = this.#predicate.hint;
    if (hint?.kind === 'values' && hint.values.length < to) {
      for (const value of hint.values) {
        const id = dictionary.idOf(value);
        if (id >= from) add(known, id);
      }
      return;
    }
    const [first, last] = hint?.kind === 'range' && dictionary.sorted ? idRange(dictionary, hint) : [from, to];
    const isDecided = hint?.kind === 'range' && dictionary.sorted;
    for (let id = Math.max(first, from); id <= last; id++) {
      if (isDecided || this.#predicate.text(dictionary.value(id))) add(known, id);
    }
  }
}

function add(matching: IdTable, id: number): void {
  matching.table[id] = 1;
  matching.numMatching++;
  if (matching.ids.length < MAX_INDEX_IDS) matching.ids.push(id);
}
