import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { everyRow, firstRows, sortRows } from '../../../../src/engine/finish/first-rows.js';
import { numberKey, reversed } from '../../../../src/engine/finish/number-keys.js';
import type { SortKey } from '../../../../src/engine/finish/sort-words.js';
import { naturalKey, textKey } from '../../../../src/engine/finish/text-keys.js';
import type { TableColumn } from '../../../../src/vectors/table.js';

/** A key over words that it holds for every row. */
function keyOf(columns: readonly (readonly number[])[]): SortKey {
  return { words: (rows) => columns.map((values) => Uint32Array.from(rows, (row) => values[row]!)) };
}

const word = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constant(0x40000000),
);

describe('first rows', () => {
  test('are the start of the whole order, rows equal to every key in the order that they came in', () => {
    const cases = fc.integer({ min: 0, max: 400 }).chain((n) => {
      const column = fc.array(word, { minLength: n, maxLength: n });
      const key = fc.array(column, { minLength: 1, maxLength: 3 });
      return fc.record({
        keys: fc.array(key, { maxLength: 3 }),
        limit: fc.integer({ min: 0, max: n + 1 }),
        n: fc.constant(n),
      });
    });
    fc.assert(
      fc.property(cases, ({ keys, limit, n }) => {
        const expected = Array.from({ length: n }, (_, row) => row)
          .sort((a, b) => {
            for (const values of keys.flat()) if (values[a] !== values[b]) return values[a]! - values[b]!;
            return a - b;
          })
          .slice(0, limit);
        expect([...firstRows(everyRow(n), keys.map(keyOf), limit)]).toEqual(expected);
      }),
    );
  });

  test('only undecided rows are asked for the next key', () => {
    const asked: number[] = [];
    const first = keyOf([Array.from({ length: 1000 }, (_, row) => Math.floor(row / 10))]);
    const second: SortKey = {
      words: (rows) => {
        asked.push(rows.length);
        return [rows.map((row) => 1000 - row)];
      },
    };
    expect([...firstRows(everyRow(1000), [first, second], 12)]).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 19, 18]);
    expect(Math.max(...asked)).toBe(12);
  });
});

function sorted(column: TableColumn, n: number, key: SortKey = naturalKey(column)): number[] {
  return [...sortRows(everyRow(n), [key])];
}

describe('keys', () => {
  test('doubles as Java compares them, null first', () => {
    const values = Float64Array.of(Number.NaN, 1, -0, 0, -1, Infinity, -Infinity, 7, 5e-324, -5e-324);
    const column = { type: 'DOUBLE', values, nulls: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0, 0) } as const;
    expect(sorted(column, 10)).toEqual([7, 6, 4, 9, 2, 3, 8, 1, 5, 0]);
    expect(sorted(column, 10, reversed(numberKey(column)))).toEqual([0, 5, 1, 8, 3, 2, 9, 4, 6, 7]);
    const floats = { type: 'FLOAT', values: Float32Array.from(values), nulls: null } as const;
    expect(sorted(floats, 7)).toEqual([6, 4, 2, 3, 1, 5, 0]);
  });

  test('longs to both ends of 64 bits', () => {
    const values = BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), -1n, 0n, 2n ** 32n, 2n ** 32n - 1n);
    expect(sorted({ type: 'LONG', values, nulls: null }, 6)).toEqual([1, 2, 3, 5, 4, 0]);
  });

  test('text by UTF-16 code units, whatever its length and ending', () => {
    const texts = fc.uniqueArray(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 12 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\uffff', '\ue000', '\u{1f600}'), maxLength: 12 }),
      ),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(texts, (dictionary) => {
        const column = { type: 'STRING', ids: Int32Array.from(dictionary, (_, id) => id), dictionary } as const;
        const expected = dictionary.map((_, id) => id).sort((a, b) => (dictionary[a]! < dictionary[b]! ? -1 : 1));
        expect(sorted(column, dictionary.length)).toEqual(expected);
      }),
    );
  });

  test('text in another order: what compares equal keeps its order', () => {
    const dictionary = ['10', '9', '1e1', 'x', '010'];
    const column = { type: 'STRING', ids: Int32Array.of(0, 1, 2, -1, 3, 4), dictionary } as const;
    expect(sorted(column, 6, textKey(column, 'numeric'))).toEqual([3, 4, 1, 0, 2, 5]);
  });
});
