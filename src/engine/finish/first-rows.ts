import { argsort, leastPositions, type SortKey } from './sort-words.js';

/** Below this share of all rows the kept ones are chosen first. */
const CHOOSE_SHARE = 4;

/**
 * The first `limit` of `rows` by keys, the most significant first, sorted; rows that are equal to every key keep their order. A key is asked
 * only for rows that the keys before it leave undecided.
 */
export function firstRows(rows: Uint32Array, keys: readonly SortKey[], limit: number): Uint32Array {
  if (limit <= 0) return new Uint32Array(0);
  if (limit * CHOOSE_SHARE >= rows.length) return sortRows(rows, keys).subarray(0, limit);
  return sortRows(takeOf(rows, leastOf(rows, keys, limit)), keys);
}

/** All row numbers of a table. */
export function everyRow(numRows: number): Uint32Array {
  const rows = new Uint32Array(numRows);
  for (let row = 0; row < numRows; row++) rows[row] = row;
  return rows;
}

/** `rows` by keys, the most significant first; rows that are equal to every key keep their order. */
export function sortRows(rows: Uint32Array, keys: Iterable<SortKey>): Uint32Array {
  const sorted = rows.slice();
  let ties: Ties = { rows: sorted.slice(), starts: new Uint32Array(rows.length) };
  for (const key of keys) {
    if (ties.rows.length === 0) break;
    ties = sortTies(ties, key, sorted);
  }
  return sorted;
}

/** Rows that are not in order yet: runs of equal ones, each from place `starts[i]` of the sorted rows on. */
interface Ties {
  readonly rows: Uint32Array;
  readonly starts: Uint32Array;
}

/** Puts each run in order by a key; gives the runs of rows that are equal to it too. */
function sortTies({ rows, starts }: Ties, key: SortKey, sorted: Uint32Array): Ties {
  const words = key.words(rows);
  const n = rows.length;
  const order = argsort([starts, ...words], n);
  const tiedRows = new Uint32Array(n);
  const tiedStarts = new Uint32Array(n);
  let numTied = 0;
  let place = 0;
  for (let i = 0; i < n; ) {
    const first = order[i]!;
    const start = starts[first]!;
    if (i === 0 || start !== starts[order[i - 1]!]!) place = start;
    let end = i + 1;
    while (end < n && starts[order[end]!] === start && areEqual(words, first, order[end]!)) end++;
    for (let k = i; k < end; k++) {
      const row = rows[order[k]!]!;
      sorted[place + k - i] = row;
      if (end - i === 1) continue;
      tiedRows[numTied] = row;
      tiedStarts[numTied++] = place;
    }
    place += end - i;
    i = end;
  }
  return { rows: tiedRows.subarray(0, numTied), starts: tiedStarts.subarray(0, numTied) };
}

function areEqual(words: readonly Uint32Array[], a: number, b: number): boolean {
  for (let k = 0; k < words.length; k++) if (words[k]![a] !== words[k]![b]) return false;
  return true;
}

/** Positions in `rows` of the first `limit`, ascending. */
function leastOf(rows: Uint32Array, keys: readonly SortKey[], limit: number): Uint32Array {
  const [key, ...others] = keys;
  if (key === undefined) return everyRow(limit);
  const { sure, tied } = leastPositions(key.words(rows), rows.length, limit);
  if (tied.length === 0) return sure;
  const chosen = takeOf(tied, leastOf(takeOf(rows, tied), others, limit - sure.length));
  const all = new Uint32Array(limit);
  all.set(sure);
  all.set(chosen, sure.length);
  return all.sort();
}

function takeOf(rows: Uint32Array, positions: Uint32Array): Uint32Array {
  const taken = new Uint32Array(positions.length);
  for (let i = 0; i < positions.length; i++) taken[i] = rows[positions[i]!]!;
  return taken;
}
