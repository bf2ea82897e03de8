import { describe, expect, test } from 'vitest';
import { BlockSelector } from '../../../../src/engine/select/block-selector.js';
import type { Filter } from '../../../../src/query/native-query.js';
import { buildSegment, type Row } from '../../../support/blocks.js';
import { truth, TYPES } from '../../../support/filter-oracle.js';
import { EVER } from '../../../support/run-leaf.js';
import { placeSegment, TestArena, testContext } from '../../../support/run-context.js';

const home = new TestArena(1);
const other = new TestArena(2);
const ARENAS = [home, other];
const NUM_ROWS = 65_536 + 20_000;

/** Values that are rare, frequent, in runs, null now and then. */
const ROWS: readonly Row[] = Array.from({ length: NUM_ROWS }, (_, i) => {
  const mixed = (i * 2_654_435_761) % 2 ** 32;
  return {
    __time: i,
    s: i % 5000 === 7 ? 'rare' : i % 11 === 0 ? null : i % 3 === 0 ? 'often' : `v${mixed % 300}`,
    m: i % 4 === 0 ? [`run${i >>> 13}`, 'x'] : i % 4 === 1 ? [] : `run${i >>> 13}`,
    l: i % 13 === 0 ? null : mixed % 100_000,
    w: BigInt(mixed) * 2n ** 31n,
    d: i % 17 === 0 ? null : (mixed % 1000) / 100,
    f: (mixed % 64) / 4,
    p: `p${i >>> 12}`,
  };
});
const MADE = [true, false].map((index) => buildSegment({ types: { ...TYPES, p: 'STRING' }, rows: ROWS, index }));

const text = (dimension: string, ...values: (string | null)[]): Filter => ({ type: 'in', dimension, values });
const range = (column: string, lower: string | null, upper: string | null): Filter => ({
  type: 'range',
  column,
  matchValueType: 'LONG',
  lower,
  upper,
  lowerOpen: false,
  upperOpen: false,
});
const and = (...fields: Filter[]): Filter => ({ type: 'and', fields });
const or = (...fields: Filter[]): Filter => ({ type: 'or', fields });
const not = (field: Filter): Filter => ({ type: 'not', field });
const members = (column: string, step: number, count: number): Filter => ({
  type: 'inType',
  column,
  matchValueType: 'LONG',
  values: Array.from({ length: count }, (_, i) => String(i * step)),
});

const FILTERS: Readonly<Record<string, Filter>> = {
  'a rare value': text('s', 'rare'),
  'a frequent value': text('s', 'often'),
  'several values, rare and frequent': text('s', 'rare', 'often', 'v17'),
  'null among values': text('s', null, 'rare'),
  'values in runs, of lists': text('m', 'run0', 'run3'),
  'values in runs': text('p', 'p3', 'p18'),
  'null in lists': text('m', null),
  'two values of lists that share rows': text('m', 'run1', 'x'),
  'all but a rare value': not(text('s', 'rare')),
  'few rows, then more columns': and(range('l', '100', '600'), range('d', '3', null), not(text('s', 'often'))),
  'a rare value, then more columns': and(
    text('s', 'rare'),
    range('l', null, '50000'),
    or(text('m', 'run0'), range('d', '5', null)),
  ),
  'few rows, then either of two': and(range('l', '0', '900'), or(range('d', null, '2'), text('s', 'often'))),
  'few rows, then neither of two': and(
    range('l', '0', '900'),
    not(or(range('d', null, '2'), text('s', 'often', null))),
  ),
  'a list of longs': members('l', 7, 1000),
  'a short list of longs': members('l', 20_000, 4),
  'a list of decimals': members('d', 1, 9),
  'a list of doubles with fractions': {
    type: 'inType',
    column: 'd',
    matchValueType: 'DOUBLE',
    values: [0.01, 0.29, 0.58, 1.13, 2.27, 9.99, 0.005],
  },
  'a list of floats': { type: 'inType', column: 'f', matchValueType: 'DOUBLE', values: [0.25, 0.5, 7, 15.75, 3, 0.1] },
  'few rows of a list of longs': and(text('s', 'rare'), members('l', 3, 5000)),
  '64-bit values': range('w', String(2n ** 61n), null),
  'few rows of 64-bit values': and(text('s', 'rare'), range('w', String(2n ** 60n), String(2n ** 62n))),
  'a short list of 64-bit values': {
    type: 'inType',
    column: 'w',
    matchValueType: 'LONG',
    values: ['0', String(2_654_435_761n * 2n ** 31n)],
  },
  'a pattern': { type: 'like', dimension: 's', pattern: '%v1%', escape: null },
};

describe.each([
  ['with index', MADE[0]!, {}],
  ['without index', MADE[1]!, { narrow: true }],
  ['with index and zones', MADE[0]!, { narrow: true, zones: true }],
  ['with index, in another arena', MADE[0]!, { narrow: true, arenaOf: () => other }],
] as const)('%s', (_, made, options) => {
  const segment = placeSegment(made, ARENAS, options);

  test.each(Object.entries(FILTERS))('%s', (__, filter) => {
    const expected = ROWS.flatMap((values, i) => (truth(filter, values) === true ? [i] : []));
    expect(expected.length).toBeGreaterThan(0);
    const selector = new BlockSelector({ intervals: EVER, filter }, testContext(ARENAS, [segment]));
    // Twice: what was learned about a column changes the way, never the rows.
    for (let round = 0; round < 2; round++) {
      const found: number[] = [];
      for (let i = 0; i < segment.numBlocks; i++) {
        const { rows, count } = selector.toRows(selector.select(segment, segment.block(i)));
        for (let at = 0; at < count; at++) found.push(i * 65_536 + (rows?.[at] ?? at));
      }
      expect(found).toEqual(expected);
    }
  });

  test.each([
    ['short', 70, 900],
    ['long', 300, 60_000],
    ['of both blocks', 65_000, 66_000],
  ])('an interval, %s, and a filter', (__, startMs, endMs) => {
    const filter = and(range('l', '1000', '60000'), not(text('s', 'often')));
    const selector = new BlockSelector({ intervals: [{ startMs, endMs }], filter }, testContext(ARENAS, [segment]));
    const found: number[] = [];
    for (let i = 0; i < segment.numBlocks; i++) {
      const { rows, count } = selector.toRows(selector.select(segment, segment.block(i)));
      for (let at = 0; at < count; at++) found.push(i * 65_536 + (rows?.[at] ?? at));
    }
    const isIn = (i: number): boolean => i >= startMs && i < endMs;
    expect(found).toEqual(ROWS.flatMap((values, i) => (isIn(i) && truth(filter, values) === true ? [i] : [])));
  });
});

test('a large dictionary that few rows need is looked at by value, and as a whole once many do', () => {
  const rows = Array.from({ length: 131_072 }, (_, i) => ({
    __time: i,
    s: i % 1000 === 0 ? null : `${i * 7919} comment ${i % 7 === 0 ? 'special' : 'regular'} requests`,
    l: i < 65_536 ? i % 4096 : i % 3,
  }));
  const types = { __time: 'LONG', s: 'STRING', l: 'LONG' } as const;
  const made = buildSegment({ types, rows });
  const segment = placeSegment(made, ARENAS);
  const like: Filter = { type: 'like', dimension: 's', pattern: '%special%', escape: null };
  for (const pattern of [like, not(like), { ...like, pattern: '_%special%' }]) {
    const filter = and(range('l', '0', '1'), pattern);
    const selector = new BlockSelector({ intervals: EVER, filter }, testContext(ARENAS, [segment]));
    const found: number[] = [];
    for (let i = 0; i < segment.numBlocks; i++) {
      const selected = selector.toRows(selector.select(segment, segment.block(i)));
      for (let at = 0; at < selected.count; at++) found.push(i * 65_536 + (selected.rows?.[at] ?? at));
    }
    expect(found).toEqual(rows.flatMap((values, i) => (truth(filter, values) === true ? [i] : [])));
  }
});
