import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileFilter } from '../../../src/engine/filter/compile-filter.js';
import type { ColumnType } from '../../../src/common/column-type.js';
import { compareNumeric } from '../../../src/common/string-compare.js';
import type { Filter } from '../../../src/query/native-query.js';
import { allRows, rowList } from '../../../src/vectors/selection.js';
import { buildSegment, type Cell, type Row } from '../../support/blocks.js';

/** Small domains, so that comparisons often hold. */
const TEXTS = ['', 'a', 'ab', 'b', '1', '2', '10', '2.0', 'x1', '日'];
const TYPES: Readonly<Record<string, ColumnType>> = {
  __time: 'LONG',
  s: 'STRING',
  m: 'STRING',
  l: 'LONG',
  w: 'LONG',
  d: 'DOUBLE',
  f: 'FLOAT',
};

const text = fc.constantFrom(...TEXTS);
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 4 });
const row: fc.Arbitrary<Row> = fc.record({
  __time: fc.integer({ min: 0, max: 20 }),
  s: orNull(text),
  m: fc.oneof(fc.array(orNull(text), { maxLength: 3 }), orNull(text)) as fc.Arbitrary<Cell>,
  l: orNull(fc.integer({ min: -3, max: 12 })),
  w: orNull(fc.constantFrom(2n ** 60n, 2n ** 60n + 1n, -(2n ** 62n), 1n, 2n, 10n)),
  d: orNull(fc.constantFrom(-1.5, 0, 1, 2, 2.5, 10)),
  f: orNull(fc.constantFrom(-1.5, 0, 1, 2, 2.5, 10)),
});

const column = fc.constantFrom('s', 'm', 'l', 'w', 'd', 'f', '__time', 'nope');
const number = fc.constantFrom(-2, 0, 1, 2, 10);
const typed = fc.oneof(
  fc.record({ type: fc.constant('STRING' as const), value: text }),
  fc.record({ type: fc.constant('LONG' as const), value: number.map(String) }),
  fc.record({ type: fc.constant('DOUBLE' as const), value: fc.constantFrom(-1.5, 0.5, 1, 2, 2.5) }),
);
const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ type: fc.constant('null' as const), column }),
  fc.record({ type: fc.constant('selector' as const), dimension: column, value: orNull(text) }),
  fc.record({ type: fc.constant('in' as const), dimension: column, values: fc.array(orNull(text), { maxLength: 4 }) }),
  fc
    .tuple(column, typed)
    .map(
      ([name, { type, value }]): Filter => ({ type: 'equals', column: name, matchValueType: type, matchValue: value }),
    ),
  fc.record({
    type: fc.constant('bound' as const),
    dimension: column,
    lower: orNull(text),
    upper: text,
    lowerStrict: fc.boolean(),
    upperStrict: fc.boolean(),
    ordering: fc.constantFrom('lexicographic' as const, 'numeric' as const),
  }),
  fc.tuple(column, fc.boolean(), fc.boolean(), number, number).map(
    ([name, lowerOpen, upperOpen, a, b]): Filter => ({
      type: 'range',
      column: name,
      matchValueType: 'LONG',
      lower: String(Math.min(a, b)),
      upper: String(Math.max(a, b)),
      lowerOpen,
      upperOpen,
    }),
  ),
  fc.record({
    type: fc.constant('like' as const),
    dimension: fc.constantFrom('s', 'm', 'nope'),
    pattern: fc.constantFrom('a%', '%1%', '_', 'a_', 'ab', '%'),
    escape: fc.constant(null),
  }),
  fc.constantFrom<Filter>({ type: 'true' }, { type: 'false' }),
);
const { tree } = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({
      type: fc.constantFrom('and' as const, 'or' as const),
      fields: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ type: fc.constant('not' as const), field: tie('tree') }),
  ),
}));

type Truth = boolean | null;

/** Kleene logic, written from the reference's tables row by row. */
function truth(filter: Filter, values: Row): Truth {
  switch (filter.type) {
    case 'true':
    case 'false':
      return filter.type === 'true';
    case 'not': {
      const inner = truth(filter.field, values);
      return inner === null ? null : !inner;
    }
    case 'and': {
      const all = filter.fields.map((field) => truth(field, values));
      return all.includes(false) ? false : all.includes(null) ? null : true;
    }
    case 'or': {
      const all = filter.fields.map((field) => truth(field, values));
      return all.includes(true) ? true : all.includes(null) ? null : false;
    }
    default: {
      const name = 'column' in filter ? filter.column : filter.dimension;
      if (filter.type === 'in' && filter.values.length === 0) return false;
      const cell = name === 'nope' ? null : (values[name] ?? null);
      const list = Array.isArray(cell) ? (cell.length === 0 ? [null] : cell) : [cell];
      const all = list.map((value) =>
        compare(filter, value as string | number | bigint | null, TYPES[name] ?? 'STRING'),
      );
      // Any value of a row may match; an unknown one leaves it open.
      return all.includes(true) ? true : all.includes(null) ? null : false;
    }
  }
}

function compare(filter: Filter, value: string | number | bigint | null, type: ColumnType): Truth {
  if (value === null) return ofNull(filter, type);
  const shown = typeof value === 'number' && type !== 'LONG' && Number.isInteger(value) ? `${value}.0` : String(value);
  switch (filter.type) {
    case 'null':
      return false;
    case 'selector':
      return filter.value !== null && sameAs(filter.value, value, type);
    case 'in':
      return filter.values.some((candidate) => candidate !== null && sameAs(candidate, value, type));
    case 'equals': {
      const match =
        filter.matchValueType === 'DOUBLE' && Number.isInteger(filter.matchValue)
          ? `${filter.matchValue}.0`
          : String(filter.matchValue);
      return type === 'STRING' ? shown === match : sameAs(match, value, type);
    }
    case 'like':
      return new RegExp(`^${filter.pattern.replaceAll('%', '.*').replaceAll('_', '.')}$`, 'su').test(shown);
    case 'range':
      return type === 'STRING'
        ? between(
            compareNumeric,
            shown,
            filter.lower as string,
            filter.lowerOpen,
            filter.upper as string,
            filter.upperOpen,
          )
        : between(byNumber, shown, filter.lower as string, filter.lowerOpen, filter.upper as string, filter.upperOpen);
    case 'bound': {
      const order = filter.ordering === 'lexicographic' ? byText : compareNumeric;
      return between(order, shown, filter.lower, filter.lowerStrict, filter.upper, filter.upperStrict);
    }
    default:
      throw new Error(filter.type);
  }
}

function ofNull(filter: Filter, _type: ColumnType): Truth {
  if (filter.type === 'null') return true;
  if (filter.type === 'selector') return filter.value === null ? true : null;
  if (filter.type === 'in') return filter.values.includes(null) ? true : null;
  if (filter.type === 'bound') return filter.lower === null && _type === 'STRING' ? true : null;
  return null;
}

/** A string literal against a typed value: equal as text for strings, as number for numbers (longs need a whole one). */
function sameAs(literal: string, value: string | number | bigint, type: ColumnType): boolean {
  if (type === 'STRING') return literal === value;
  if (!/^-?\d+(\.\d+)?$/.test(literal)) return false;
  if (type !== 'LONG') return Number(literal) === value;
  return Number.isInteger(Number(literal)) && BigInt(Number(literal)) === BigInt(value as number | bigint);
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byNumber = (a: string, b: string): number => {
  if (!a.includes('.') && !b.includes('.')) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;
  return Number(a) - Number(b);
};

function between(
  order: (a: string, b: string) => number,
  value: string,
  low: string | null,
  lowOpen: boolean,
  high: string | null,
  highOpen: boolean,
): boolean {
  const above = low === null || order(value, low) > 0 || (order(value, low) === 0 && !lowOpen);
  return above && (high === null || order(value, high) < 0 || (order(value, high) === 0 && !highOpen));
}

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
