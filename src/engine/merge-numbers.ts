import { WordPairTable } from './grouped/word-pair-table.js';

/** One part of the group key of several tables: row numbers by value, equal values the same number. */
export interface KeyNumbers {
  /** Numbers are below this. */
  readonly size: number;
  /** Per table, one number a row. */
  readonly numbers: readonly Uint32Array[];
}

/** Rows of several tables met as groups. */
export interface MetGroups {
  readonly size: number;
  /** Per table, the group of each row: 0, 1, 2… in order of first appearance. */
  readonly groups: readonly Uint32Array[];
  /** Of each group, its first row, counted over all tables. */
  readonly firstRows: Uint32Array;
}

/** Up to this many codes an array of all of them is always cheap. */
const ALWAYS_DENSE = 65_536;
/** Codes per row up to which an array is cheaper than a hash table. */
const DENSE_CODES_PER_ROW = 8;

/** Rows with equal numbers in every part become one group. */
export function meetGroups(parts: readonly KeyNumbers[], rowCounts: readonly number[]): MetGroups {
  const numRows = rowCounts.reduce((sum, count) => sum + count, 0);
  const limit = Math.max(ALWAYS_DENSE, DENSE_CODES_PER_ROW * numRows);
  const [first, ...others] = parts;
  let codes = first?.numbers ?? rowCounts.map((count) => new Uint32Array(count));
  let size = first?.size ?? 1;
  for (const part of others) {
    if (size * part.size <= limit) {
      codes = codes.map((code, i) => combined(code, part.numbers[i]!, part.size));
      size *= part.size;
    } else {
      const table = new WordPairTable();
      codes = codes.map((code, i) => interned(table, code, part.numbers[i]!));
      size = table.size;
    }
  }
  if (size > limit) {
    const table = new WordPairTable();
    codes = codes.map((code) => interned(table, code, code));
    size = table.size;
  }
  return numberCodes(codes, size, numRows);
}

function combined(high: Uint32Array, low: Uint32Array, lowSize: number): Uint32Array {
  const codes = new Uint32Array(high.length);
  for (let row = 0; row < codes.length; row++) codes[row] = high[row]! * lowSize + low[row]!;
  return codes;
}

function interned(table: WordPairTable, high: Uint32Array, low: Uint32Array): Uint32Array {
  const codes = new Uint32Array(high.length);
  table.internAll(high, low, high.length, codes);
  return codes;
}

function numberCodes(codes: readonly Uint32Array[], size: number, numRows: number): MetGroups {
  const groupOf = new Uint32Array(size);
  const firstRows = new Uint32Array(Math.min(size, numRows));
  const groups: Uint32Array[] = [];
  let numGroups = 0;
  let base = 0;
  for (const code of codes) {
    const group = new Uint32Array(code.length);
    numGroups = numberTable(code, groupOf, group, firstRows, numGroups, base);
    groups.push(group);
    base += code.length;
  }
  return { size: numGroups, groups, firstRows: firstRows.subarray(0, numGroups) };
}

/** @param groupOf group + 1 by code, 0 where there is none yet. @returns the number of groups afterwards */
function numberTable(
  codes: Uint32Array,
  groupOf: Uint32Array,
  groups: Uint32Array,
  firstRows: Uint32Array,
  numGroups: number,
  base: number,
): number {
  let next = numGroups;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    let group = groupOf[code]!;
    if (group === 0) {
      firstRows[next++] = base + row;
      group = next;
      groupOf[code] = group;
    }
    groups[row] = group - 1;
  }
  return next;
}
