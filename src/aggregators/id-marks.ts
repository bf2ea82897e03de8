import { rowList, type Selection } from '../vectors/selection.js';
import type { IdHashes } from './hashed-values.js';

/** Groups times values, a byte each: more are not marked. */
const MAX_MARKS = 32 * 2 ** 20;
/** Marks are worth a pass over all values of the dictionary when there is a row for so many of them. */
const VALUES_PER_ROW = 64;

/** Gives a sketch the hashes of what was marked: bytes 1 in `marks`, by id from `at` on. */
export type TakeMarks = (group: number, marks: Uint8Array, at: number, hashes: IdHashes) => void;

/**
 * Which values of a dictionary each group has seen, for sketches to which neither order nor number of values means anything: a row costs no more
 * than a mark, a value is added once. Holds marks of one dictionary at a time.
 */
export class IdMarks {
  #hashes: IdHashes | null = null;
  #marks = new Uint8Array(0);
  #stride = 0;
  #numGroups = 0;
  /** Rows of a dictionary. */
  #key = '';
  #rows = 0;

  /**
   * Prepares for rows of groups below `numGroups` with ids of a dictionary.
   * @param take gets what was marked of another dictionary before
   * @returns false when marks would not pay or take too much memory
   */
  open(hashes: IdHashes, count: number, numGroups: number, take: TakeMarks): boolean {
    const { key, size } = hashes;
    this.#rows = key === this.#key ? this.#rows + count : count;
    this.#key = key;
    if ((size + 1) * numGroups > MAX_MARKS || size > this.#rows * VALUES_PER_ROW) return false;
    if (this.#hashes?.key !== key || size >= this.#stride) {
      this.flush(take);
      this.#stride = size + 1;
      this.#numGroups = 0;
    }
    // A dictionary that grows: an older block shows less of it.
    if (this.#hashes === null || size > this.#hashes.size) this.#hashes = hashes;
    if (numGroups > this.#numGroups) {
      const needed = this.#stride * numGroups;
      if (needed > this.#marks.length) {
        const marks = new Uint8Array(Math.min(MAX_MARKS, Math.max(needed, 2 * this.#marks.length)));
        marks.set(this.#marks);
        this.#marks = marks;
      }
      this.#numGroups = numGroups;
    }
    return true;
  }

  addAll({ ids }: IdHashes, selection: Selection): void {
    const marks = this.#marks;
    const { rows, count } = selection;
    if (rows === null) for (let i = 0; i < count; i++) marks[ids[i]!] = 1;
    else for (let i = 0; i < count; i++) marks[ids[rows[i]!]!] = 1;
  }

  addEach({ ids }: IdHashes, selection: Selection, groups: Uint32Array): void {
    const marks = this.#marks;
    const stride = this.#stride;
    const rows = rowList(selection);
    const { count } = selection;
    for (let i = 0; i < count; i++) marks[groups[i]! * stride + ids[rows[i]!]!] = 1;
  }

  /** Marks one row's value. */
  add(group: number, id: number): void {
    this.#marks[group * this.#stride + id] = 1;
  }

  /** Hands over and clears all marks. */
  flush(take: TakeMarks): void {
    const hashes = this.#hashes;
    if (hashes === null) return;
    const stride = this.#stride;
    for (let group = 0; group < this.#numGroups; group++) take(group, this.#marks, group * stride, hashes);
    this.#marks.fill(0, 0, this.#numGroups * stride);
    this.#hashes = null;
  }
}
