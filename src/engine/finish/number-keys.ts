import type { TableColumn } from '../../vectors/table.js';
import type { SortKey } from './sort-words.js';

type NumberColumn = TableColumn & { readonly type: 'LONG' | 'DOUBLE' | 'FLOAT' };

const SIGN = 0x80000000;
const GREATEST = 0xffffffff;

/** Numbers by value, null first, NaN last, -0 before 0. */
export function numberKey(column: NumberColumn): SortKey {
  return {
    words: (rows) => {
      const words = valueWords(column, rows);
      return column.nulls === null ? words : [notNullWord(column.nulls, rows, words), ...words];
    },
  };
}

/** Bucket starts in order. */
export function timeKey(timesMs: Float64Array): SortKey {
  return numberKey({ type: 'DOUBLE', values: timesMs, nulls: null });
}

/** The other way round. */
export function reversed(key: SortKey): SortKey {
  return {
    words: (rows) =>
      key.words(rows).map((word) => {
        const inverted = new Uint32Array(word.length);
        for (let i = 0; i < inverted.length; i++) inverted[i] = ~word[i]!;
        return inverted;
      }),
  };
}

/** Rows for which something does not hold, before those for which it holds. */
export function flagKey(holds: (row: number) => boolean): SortKey {
  return {
    words: (rows) => {
      const word = new Uint32Array(rows.length);
      for (let i = 0; i < word.length; i++) word[i] = holds(rows[i]!) ? 1 : 0;
      return [word];
    },
  };
}

/** 1 for values, 0 for nulls, whose value words become equal. */
function notNullWord(nulls: Uint8Array, rows: Uint32Array, words: readonly Uint32Array[]): Uint32Array {
  const notNull = new Uint32Array(rows.length);
  for (let i = 0; i < notNull.length; i++) {
    if (nulls[rows[i]!] === 0) notNull[i] = 1;
    else for (const word of words) word[i] = 0;
  }
  return notNull;
}

function valueWords(column: NumberColumn, rows: Uint32Array): Uint32Array[] {
  if (column.type === 'FLOAT') return [floatWord(column.values, rows)];
  const { values } = column;
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const high = new Uint32Array(rows.length);
  const low = new Uint32Array(rows.length);
  if (column.type === 'LONG') longWords(source, rows, high, low);
  else doubleWords(column.values, source, rows, high, low);
  return [high, low];
}

function longWords(source: Uint32Array, rows: Uint32Array, high: Uint32Array, low: Uint32Array): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    high[i] = source[2 * row + 1]! ^ SIGN;
    low[i] = source[2 * row]!;
  }
}

/** A double's bits ascend with it when those of negative ones are turned over. */
function doubleWords(
  values: Float64Array,
  source: Uint32Array,
  rows: Uint32Array,
  high: Uint32Array,
  low: Uint32Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const bits = source[2 * row + 1]!;
    if (Number.isNaN(values[row]!)) {
      high[i] = GREATEST;
      low[i] = GREATEST;
    } else if (bits >= SIGN) {
      high[i] = ~bits;
      low[i] = ~source[2 * row]!;
    } else {
      high[i] = bits ^ SIGN;
      low[i] = source[2 * row]!;
    }
  }
}

function floatWord(values: Float32Array, rows: Uint32Array): Uint32Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const word = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const bits = source[row]!;
    word[i] = Number.isNaN(values[row]!) ? GREATEST : bits >= SIGN ? ~bits : bits ^ SIGN;
  }
  return word;
}
