import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ColumnType } from '../../../src/common/column-type.js';
import { buildSegment, type Cell, type Row } from '../../support/blocks.js';
import { type PlainCell, rowsOf } from '../../support/cells.js';
import { dimension, groupedLeaf, runLeaf } from '../../support/run-leaf.js';

const TYPES: Readonly<Record<string, ColumnType>> = {
  __time: 'LONG',
  s: 'STRING',
  m: 'STRING',
  k: 'STRING',
  l: 'LONG',
  d: 'DOUBLE',
  f: 'FLOAT',
};
const text = fc.option(fc.constantFrom('', 'a', 'b', 'c', '7'), { nil: null });
const multi = fc.oneof(fc.array(text, { maxLength: 3 }), text) as fc.Arbitrary<Cell>;
const row: fc.Arbitrary<Row> = fc.record({
  __time: fc.integer({ min: -5_000, max: 5_000 }),
  s: text,
  m: multi,
  k: multi,
  l: fc.option(fc.oneof(fc.integer({ min: -2, max: 3 }), fc.constant(2n ** 60n)), { nil: null }),
  d: fc.option(fc.constantFrom(-0.5, 0, 1.25), { nil: null }),
  f: fc.option(fc.constantFrom(-0.5, 0, 1.25), { nil: null }),
});
const name = fc.constantFrom('s', 'm', 'k', 'l', 'd', 'f', 'nope');

/** A row's values of a dimension, as the output type shows them. */
function valuesOf(values: Row, dimensionName: string, type: ColumnType): PlainCell[] {
  const cell = dimensionName === 'nope' ? null : (values[dimensionName] ?? null);
  const list = (Array.isArray(cell) ? (cell.length === 0 ? [null] : cell) : [cell]) as (
    | string
    | number
    | bigint
    | null
  )[];
  return list.map((value) => cast(value, TYPES[dimensionName], type));
}

function cast(value: string | number | bigint | null, from: ColumnType | undefined, to: ColumnType): PlainCell {
  if (value === null) return null;
  if (to === 'STRING')
    return from !== 'LONG' && typeof value === 'number' && Number.isInteger(value) ? `${value}.0` : String(value);
  if (typeof value === 'string' && !/^\d+$/.test(value)) return null;
  return to === 'LONG' ? BigInt(typeof value === 'number' ? Math.trunc(value) : value) : Number(value);
}

function product(lists: readonly PlainCell[][]): PlainCell[][] {
  return lists.reduce<PlainCell[][]>(
    (tuples, list) => tuples.flatMap((tuple) => list.map((value) => [...tuple, value])),
    [[]],
  );
}

const key = (cells: readonly PlainCell[]): string => cells.map((cell) => `${typeof cell}:${String(cell)}`).join('|');

describe('group by', () => {
  test('groups, counts and sums are those of a plain loop over the rows, however they are split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(row, { maxLength: 40 }), { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(name, fc.constantFrom<ColumnType>('STRING', 'LONG', 'DOUBLE')), { maxLength: 4 }),
        fc.constantFrom(0, 1000),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        (segments, columns, bucketMs, blockRows, threads, unsorted) => {
          const dimensions = columns.map(([column, type]) => dimension(column, type));
          const plan = groupedLeaf({
            dimensions,
            granularity: bucketMs === 0 ? { type: 'all' } : { type: 'duration', durationMs: bucketMs, originMs: 0 },
            aggregators: [
              { type: 'count', name: 'n' },
              { type: 'sum', kind: 'long', name: 'x', fieldName: 'l' },
            ],
          });
          const built = segments.map((rows) => buildSegment({ types: TYPES, rows, blockRows, unsorted }));
          const expected = new Map<string, [bigint, bigint | null]>();
          for (const values of segments.flat()) {
            const time = bucketMs === 0 ? 0 : Math.floor(Number(values['__time']) / bucketMs) * bucketMs;
            for (const tuple of product(columns.map(([column, type]) => valuesOf(values, column, type)))) {
              const at = key([time, ...tuple]);
              const [n, sum] = expected.get(at) ?? [0n, null];
              const l = values['l'] as number | bigint | null;
              expected.set(at, [n + 1n, l === null ? sum : BigInt.asIntN(64, (sum ?? 0n) + BigInt(l))]);
            }
          }
          const found = rowsOf(runLeaf(plan, built, threads)).map(([t, ...cells]): [string, PlainCell[]] => [
            key([bucketMs === 0 ? 0 : t!, ...cells.slice(0, columns.length)]),
            cells.slice(columns.length),
          ]);
          expect(found).toHaveLength(expected.size);
          expect(new Map(found)).toEqual(expected);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('many wide dimensions that fit no array of all keys still group exactly', () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => ({
      __time: i,
      a: `a${i % 3001}`,
      b: `b${i % 2999}`,
      c: `c${i % 1999}`,
      e: `e${(i * 7) % 4001}`,
    }));
    const types: Record<string, ColumnType> = { __time: 'LONG', a: 'STRING', b: 'STRING', c: 'STRING', e: 'STRING' };
    const plan = groupedLeaf({ dimensions: ['a', 'b', 'c', 'e'].map((column) => dimension(column)) });
    const twice = [buildSegment({ types, rows }), buildSegment({ types, rows, blockRows: 7000, unsorted: true })];
    const found = rowsOf(runLeaf(plan, twice, 2));
    expect(found).toHaveLength(30_000);
    expect(found.every((cells) => cells.at(-1) === 2n)).toBe(true);
  });

  test('a granularity with far more buckets than rows costs no more than the rows', () => {
    const rows = [0, 1, 400 * 86_400_000].map((__time) => ({ __time }));
    const plan = groupedLeaf({ granularity: { type: 'period', period: 'PT1S', timeZone: 'UTC', originMs: null } });
    const found = rowsOf(runLeaf(plan, [buildSegment({ types: { __time: 'LONG' }, rows })]));
    expect(found).toEqual([
      [0, 2n],
      [400 * 86_400_000, 1n],
    ]);
  });

  test('empty buckets between the first and last row of a segment are filled, not those between segments', () => {
    const at = (...times: number[]) =>
      buildSegment({ types: { __time: 'LONG' }, rows: times.map((__time) => ({ __time })) });
    const plan = groupedLeaf({
      granularity: { type: 'duration', durationMs: 10, originMs: 0 },
      fillEmptyBuckets: true,
    });
    const found = rowsOf(runLeaf(plan, [at(5, 35), at(105)]));
    expect(found.sort(([a], [b]) => Number(a) - Number(b))).toEqual([
      [0, 1n],
      [10, 0n],
      [20, 0n],
      [30, 1n],
      [100, 1n],
    ]);
  });

  test('granularity all carries the earliest data time within the intervals', () => {
    const rows = [100, 200, 300].map((__time) => ({ __time }));
    const segment = buildSegment({ types: { __time: 'LONG' }, rows });
    const t = (startMs: number, endMs: number) =>
      rowsOf(runLeaf(groupedLeaf({ intervals: [{ startMs, endMs }] }), [segment]))[0];
    expect(t(0, 1000)).toEqual([100, 3n]);
    expect(t(150, 1000)).toEqual([150, 2n]);
  });

  test('rows outside the intervals do not count, in sorted and unsorted blocks', () => {
    for (const times of [
      [1, 2, 3, 4, 5, 6],
      [6, 3, 1, 5, 2, 4],
    ]) {
      const segment = buildSegment({ types: { __time: 'LONG' }, rows: times.map((__time) => ({ __time })) });
      const plan = groupedLeaf({
        intervals: [
          { startMs: 2, endMs: 4 },
          { startMs: 6, endMs: 9 },
        ],
      });
      expect(rowsOf(runLeaf(plan, [segment])).map(([, n]) => n)).toEqual([3n]);
    }
  });

  test('several values in a row are refused where they must not be unnested', () => {
    const plan = groupedLeaf({ dimensions: [dimension('m')], refusesMultiValues: true });
    const segmentOf = (m: Cell): ReturnType<typeof buildSegment> =>
      buildSegment({
        types: TYPES,
        rows: [
          { __time: 0, m: ['a'] },
          { __time: 1, m },
          { __time: 2, m: [] },
        ],
      });
    expect(rowsOf(runLeaf(plan, [segmentOf(['b'])]))).toHaveLength(3);
    expect(() => runLeaf(plan, [segmentOf(['b', 'c'])])).toThrow('Encountered multi-value dimension [m]');
  });
});
