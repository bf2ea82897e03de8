import type { FlatColumn } from './flat-column.js';

/** The place of each row's value among the distinct values of its column: equal values have equal ranks, null has the lowest. */
export interface Ranks {
  readonly ranks: Uint8Array | Uint16Array | Uint32Array;
  /** All ranks are below it. */
  readonly bound: number;
}

/** Values further apart than this are ranked by sorting them. */
const MAX_SPAN = 2 ** 32 - 2;

/** @param rows row numbers of the column, in the order in which ranks are wanted */
export function rankRows(column: FlatColumn, rows: Uint32Array): Ranks {
  switch (column.kind) {
    case 'string':
      return { ranks: takeIds(column.ids, rows), bound: column.dictionary.size + 1 };
    case 'long':
      return rankLongs(column.values, column.nulls, rows);
    case 'wide':
      return rankNumbers(column.values, column.nulls, rows);
    case 'double':
    case 'float':
      return rankNumbers(column.values, column.nulls, rows);
    case 'multiString':
    case 'binary':
    case 'array':
      return rankKeys(rows, keyReader(column));
  }
}

function takeIds(ids: Uint8Array | Uint16Array | Uint32Array, rows: Uint32Array): Uint32Array {
  const ranks = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) ranks[i] = ids[rows[i]!]!;
  return ranks;
}

function rankLongs(values: Float64Array, nulls: Uint8Array | null, rows: Uint32Array): Ranks {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (nulls !== null && nulls[row] === 1) continue;
    const value = values[row]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (max - min > MAX_SPAN) return rankNumbers(values, nulls, rows);
  const ranks = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    ranks[i] = nulls !== null && nulls[row] === 1 ? 0 : values[row]! - min + 1;
  }
  return { ranks, bound: max >= min ? max - min + 2 : 1 };
}

function rankNumbers(
  values: Float64Array | Float32Array | BigInt64Array,
  nulls: Uint8Array | null,
  rows: Uint32Array,
): Ranks {
  const sorted = values.slice().sort();
  let size = 0;
  for (let i = 0; i < sorted.length; i++) if (size === 0 || sorted[i] !== sorted[size - 1]) sorted[size++] = sorted[i]!;
  const ranks = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (nulls !== null && nulls[row] === 1) continue;
    const value = values[row]!;
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // NaN, sorted last, is less than nothing.
      if (sorted[middle]! >= value) high = middle;
      else low = middle + 1;
    }
    ranks[i] = low + 1;
  }
  return { ranks, bound: size + 2 };
}

/** A text for each row's value, '' only for null: equal values have equal texts, and texts sort as values should. */
function keyReader(column: FlatColumn): (row: number) => string {
  switch (column.kind) {
    case 'multiString':
      return (row) => listKey(column.ids.subarray(column.offsets[row], column.offsets[row + 1]));
    case 'binary':
      return (row) => {
        if (column.nulls !== null && column.nulls[row] === 1) return '';
        return `b${Buffer.from(column.bytes.buffer, column.bytes.byteOffset + column.offsets[row]!, column.offsets[row + 1]! - column.offsets[row]!).toString('latin1')}`;
      };
    case 'array': {
      const { ranks } = rankRows(column.elements, identity(rowsOf(column.elements)));
      return (row) => {
        if (column.nulls !== null && column.nulls[row] === 1) return '';
        return `a${listKey(ranks.subarray(column.offsets[row], column.offsets[row + 1]))}`;
      };
    }
    default:
      return () => '';
  }
}

/** Two UTF-16 units an id: order of texts is order of lists. */
function listKey(ids: Uint8Array | Uint16Array | Uint32Array): string {
  let key = '';
  for (let i = 0; i < ids.length; i++) key += String.fromCharCode(ids[i]! >>> 16, ids[i]! & 0xffff);
  return key;
}

function rankKeys(rows: Uint32Array, keyOf: (row: number) => string): Ranks {
  const codes = new Uint32Array(rows.length);
  const distinct = new Map<string, number>([['', 0]]);
  for (let i = 0; i < rows.length; i++) {
    const key = keyOf(rows[i]!);
    let code = distinct.get(key);
    if (code === undefined) {
      code = distinct.size;
      distinct.set(key, code);
    }
    codes[i] = code;
  }
  const rankOfCode = new Uint32Array(distinct.size);
  [...distinct.keys()].sort().forEach((key, rank) => {
    rankOfCode[distinct.get(key)!] = rank;
  });
  for (let i = 0; i < codes.length; i++) codes[i] = rankOfCode[codes[i]!]!;
  return { ranks: codes, bound: distinct.size };
}

function rowsOf(column: FlatColumn): number {
  switch (column.kind) {
    case 'string':
      return column.ids.length;
    case 'multiString':
    case 'binary':
    case 'array':
      return column.offsets.length - 1;
    default:
      return column.values.length;
  }
}

/** 0, 1, … n - 1. */
export function identity(n: number): Uint32Array {
  const rows = new Uint32Array(n);
  for (let i = 0; i < n; i++) rows[i] = i;
  return rows;
}
