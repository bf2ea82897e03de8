import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileFilter } from '../../../../src/engine/filter/compile-filter.js';
import type { Filter } from '../../../../src/query/native-query.js';
import { allRows, rowList } from '../../../../src/vectors/selection.js';
import { buildSegment } from '../../../support/blocks.js';
import { row, tree, truth, TYPES } from '../../../support/filter-oracle.js';

describe.each([
  ['sorted dictionaries with index', { index: true }],
  ['sorted dictionaries', {}],
  ['real-time dictionaries', { unsorted: true }],
] as const)('%s', (_, options) => {
  test('a filter keeps exactly the rows that three-valued logic finds true', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 60 }),
        tree,
        fc.integer({ min: 1, max: 40 }),
        (rows, filter, blockRows) => {
          const { blocks } = buildSegment({ types: TYPES, rows, blockRows, ...options });
          const compiled = compileFilter(filter);
          const found: number[] = [];
          blocks.forEach((block, i) => {
            const selection = compiled.narrow(block, allRows(block.numRows));
            for (const at of rowList(selection).subarray(0, selection.count)) found.push(i * blockRows + at);
          });
          const expected = rows.flatMap((values, i) => (truth(filter, values) === true ? [i] : []));
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 600 },
    );
  });
});

test('rare values come from the index with the same answer as from the ids', () => {
  const rows = Array.from({ length: 5000 }, (_, i) => ({ __time: i, s: i % 997 === 0 ? `rare${i % 3}` : `v${i % 5}` }));
  const filter: Filter = { type: 'in', dimension: 's', values: ['rare0', 'rare2', 'missing'] };
  const expected = rows.flatMap((values, i) => (values.s === 'rare0' || values.s === 'rare2' ? [i] : []));
  for (const index of [true, false]) {
    const { blocks } = buildSegment({ types: { __time: 'LONG', s: 'STRING' }, rows, index });
    const selection = compileFilter(filter).narrow(blocks[0]!, allRows(5000));
    expect(Array.from(rowList(selection).subarray(0, selection.count))).toEqual(expected);
  }
});

describe('typed literals', () => {
  const types = { __time: 'LONG', s: 'STRING', l: 'LONG', w: 'LONG' } as const;
  const rows = [
    { __time: 1, s: '10', l: 10, w: 2n ** 60n },
    { __time: 2, s: '9', l: 9, w: 2n ** 60n + 1n },
    { __time: 3, s: 'b', l: null, w: 1n },
    { __time: 4, s: null, l: 100, w: -(2n ** 60n) },
  ];
  const { blocks } = buildSegment({ types, rows });
  const times = (filter: Filter): number[] => {
    const selection = compileFilter(filter).narrow(blocks[0]!, allRows(rows.length));
    return Array.from(rowList(selection).subarray(0, selection.count), (at) => rows[at]!['__time']);
  };
  const bounds = { lowerOpen: false, upperOpen: false };

  test('a string range compares text, a numeric range of a string column numbers', () => {
    expect(times({ type: 'range', column: 's', matchValueType: 'STRING', lower: '1', upper: '9', ...bounds })).toEqual([
      1, 2,
    ]);
    expect(times({ type: 'range', column: 's', matchValueType: 'LONG', lower: '9', upper: null, ...bounds })).toEqual([
      1, 2,
    ]);
    expect(times({ type: 'range', column: 'l', matchValueType: 'STRING', lower: '10', upper: '2', ...bounds })).toEqual(
      [1, 4],
    );
  });

  test('fractions bound longs from inside, and 64-bit bounds are exact', () => {
    expect(times({ type: 'range', column: 'l', matchValueType: 'DOUBLE', lower: 9.5, upper: 99.5, ...bounds })).toEqual(
      [1],
    );
    const wide = { type: 'range', column: 'w', matchValueType: 'LONG', lower: String(2n ** 60n), upper: null } as const;
    expect(times({ ...wide, lowerOpen: true, upperOpen: false })).toEqual([2]);
    expect(times({ ...wide, ...bounds })).toEqual([1, 2]);
  });

  test('a list of typed values matches what casts to them without loss', () => {
    const values = ['10', '9', null] as const;
    expect(times({ type: 'inType', column: 's', matchValueType: 'LONG', values })).toEqual([1, 2, 4]);
    expect(times({ type: 'inType', column: 'l', matchValueType: 'STRING', values })).toEqual([1, 2, 3]);
    expect(times({ type: 'inType', column: 'l', matchValueType: 'DOUBLE', values: [10, 9.5] })).toEqual([1]);
  });

  test('an interval filter is half-open, on time and on other numbers', () => {
    const intervals = [
      { startMs: 2, endMs: 4 },
      { startMs: 9, endMs: 10 },
    ];
    expect(times({ type: 'interval', dimension: '__time', intervals })).toEqual([2, 3]);
    expect(times({ type: 'interval', dimension: 'l', intervals })).toEqual([2]);
  });

  test('an escaped wildcard in a pattern is itself', () => {
    const like = (pattern: string, s: string) => {
      const one = buildSegment({ types: { __time: 'LONG', s: 'STRING' }, rows: [{ __time: 0, s }] });
      const filter: Filter = { type: 'like', dimension: 's', pattern, escape: '\\' };
      return compileFilter(filter).narrow(one.blocks[0]!, allRows(1)).count === 1;
    };
    expect(like('a\\%b\\_c', 'a%b_c')).toBe(true);
    expect(like('a\\%b\\_%', 'axb_c')).toBe(false);
    expect(like('a.c%', 'abcd')).toBe(false);
    expect(like('_x', '😀x')).toBe(true);
    expect(like('a%', 'a\nb')).toBe(true);
  });
});
