import { describe, expect, test } from 'vitest';
import { filterToJson } from '../../../src/query/aggregator-json.js';
import type { Filter } from '../../../src/query/native-query.js';
import { isDerivedColumn } from '../../../src/query/desugar/derived-columns.js';
import { parseFilter as parseInScope } from '../../../src/query/parse-filter.js';
import { QueryScope } from '../../../src/query/parse-scope.js';

const newScope = (): QueryScope =>
  new QueryScope({
    numFilters: 0,
    parseSubquery: () => {
      throw new Error('no subquery');
    },
  });
const parseFilter = (json: unknown): Filter => parseInScope(json, newScope());

test.each([
  [{ type: 'true' }, { type: 'true' }],
  [
    { type: 'selector', dimension: 'a', value: 1 },
    { type: 'selector', dimension: 'a', value: '1' },
  ],
  [
    { type: 'selector', dimension: 'a' },
    { type: 'selector', dimension: 'a', value: null },
  ],
  [
    { type: 'in', dimension: 'a', values: ['x', 1, null, 'x'] },
    { type: 'in', dimension: 'a', values: ['x', '1', null] },
  ],
  [
    { type: 'bound', dimension: 'a', lower: 5, alphaNumeric: true },
    {
      type: 'bound',
      dimension: 'a',
      lower: '5',
      upper: null,
      lowerStrict: false,
      upperStrict: false,
      ordering: 'alphanumeric',
    },
  ],
  [
    { type: 'bound', dimension: 'a', upper: 'b', upperStrict: 'true', ordering: { type: 'numeric' } },
    {
      type: 'bound',
      dimension: 'a',
      lower: null,
      upper: 'b',
      lowerStrict: false,
      upperStrict: true,
      ordering: 'numeric',
    },
  ],
  [
    { type: 'like', dimension: 'a', pattern: 'x%' },
    { type: 'like', dimension: 'a', pattern: 'x%', escape: null },
  ],
  [
    { type: 'null', column: 'a' },
    { type: 'null', column: 'a' },
  ],
  [
    { type: 'and', fields: [{ type: 'true' }, null, { type: 'not', field: { type: 'false' } }] },
    { type: 'and', fields: [{ type: 'true' }, { type: 'not', field: { type: 'false' } }] },
  ],
  [
    { type: 'interval', dimension: '__time', intervals: '2015/2016' },
    { type: 'interval', dimension: '__time', intervals: [{ startMs: Date.UTC(2015, 0), endMs: Date.UTC(2016, 0) }] },
  ],
  [
    { type: 'range', column: 'a', matchValueType: 'DOUBLE', lower: '1.5', lowerOpen: true },
    {
      type: 'range',
      column: 'a',
      matchValueType: 'DOUBLE',
      lower: 1.5,
      upper: null,
      lowerOpen: true,
      upperOpen: false,
    },
  ],
  [
    { type: 'inType', column: 'a', matchValueType: 'long', sortedValues: [1, '2', null] },
    { type: 'inType', column: 'a', matchValueType: 'LONG', values: ['1', '2', null] },
  ],
])('%j', (json, expected) => {
  expect(parseFilter(json)).toEqual(expected);
});

describe('literals of a type', () => {
  test.each([
    ['LONG', 9223372036854775807n, '9223372036854775807'],
    ['LONG', '-9223372036854775808', '-9223372036854775808'],
    ['LONG', 1.9, '1'],
    ['LONG', '+7', '7'],
    ['DOUBLE', '1e3', 1000],
    ['FLOAT', 0.1, 0.1],
    ['STRING', 1, '1'],
    ['STRING', 'x', 'x'],
  ])('%s %s', (matchValueType, matchValue, expected) => {
    expect(parseFilter({ type: 'equals', column: 'a', matchValueType, matchValue })).toMatchObject({
      matchValue: expected,
    });
  });

  test('that do not read as their type are refused', () => {
    expect(() => parseFilter({ type: 'equals', column: 'a', matchValueType: 'LONG', matchValue: 'x' })).toThrow(
      'matchValue cannot be null',
    );
    expect(() => parseFilter({ type: 'range', column: 'a', matchValueType: 'LONG', lower: 'x' })).toThrow(
      'lower bound [x] cannot be parsed',
    );
  });
});

test.each([
  [{ type: 'bound', dimension: 'a' }, 'at the same time'],
  [{ type: 'bound', dimension: 'a', lower: '1', ordering: 'size' }, 'Unknown string comparator[size]'],
  [{ type: 'like', dimension: 'a', pattern: 'x', escape: 'ab' }, 'single character'],
  [{ type: 'in', dimension: 'a' }, 'values cannot be null'],
  [{ type: 'in', dimension: 'a', values: [{}] }, 'from Object value'],
  [{ type: 'not' }, 'NOT operator requires at least one field'],
  [{ type: 'javascript', dimension: 'a', function: 'x' }, 'JavaScript is disabled'],
  [{ type: 'inType', column: 'a', matchValueType: 'LONG' }, 'exactly one'],
  [[], 'from Array value'],
])('%j is refused: %s', (json, problem) => {
  expect(() => parseFilter(json)).toThrow(problem);
});

test('Druid prints bounds with an ordering object and intervals as text', () => {
  const json = {
    type: 'or',
    fields: [
      { type: 'bound', dimension: 'a', lower: '1', ordering: 'numeric' },
      { type: 'interval', dimension: '__time', intervals: ['2015/2016'] },
    ],
  };
  expect(filterToJson(parseFilter(json))).toMatchObject({
    fields: [{ ordering: { type: 'numeric' } }, { intervals: ['2015-01-01T00:00:00.000Z/2016-01-01T00:00:00.000Z'] }],
  });
});

/** What a filter becomes, and the columns that it is over. */
function parsed(json: unknown): { readonly filter: Filter; readonly columns: readonly unknown[] } {
  const scope = newScope();
  const filter = parseInScope(json, scope);
  return { filter, columns: scope.derivedColumns.map(({ name: _name, ...definition }) => definition) };
}

describe('what is computed first becomes a column', () => {
  test.each([
    [
      { type: 'selector', dimension: 'a', value: 'X', extractionFn: { type: 'upper' } },
      { type: 'extraction', column: 'a', extractionFn: { type: 'upper' } },
      { type: 'selector', value: 'X' },
    ],
    [
      { type: 'extraction', dimension: 'a', value: 'X', dimExtractionFn: { type: 'strlen' } },
      { type: 'extraction', column: 'a', extractionFn: { type: 'strlen' } },
      { type: 'selector', value: 'X' },
    ],
    [
      { type: 'expression', expression: 'a > 1 || b' },
      { type: 'expression', expression: '!(!(a > 1 || b))', outputType: null },
      { type: 'selector', value: '1' },
    ],
    [
      {
        type: 'arrayContainsElement',
        column: 'a"b',
        elementMatchValueType: 'LONG',
        elementMatchValue: '4611686018427387904',
      },
      { type: 'expression', expression: `array_contains("a\\"b", 4611686018427387904)`, outputType: null },
      { type: 'selector', value: '1' },
    ],
    [
      { type: 'equals', column: 'a', matchValueType: 'ARRAY<STRING>', matchValue: ["it's", null] },
      { type: 'expression', expression: `"a" == ARRAY<STRING>['it\\'s', null]`, outputType: null },
      { type: 'selector', value: '1' },
    ],
  ])('%j', (json, column, filter) => {
    const { filter: got, columns } = parsed(json);
    expect(columns).toEqual([column]);
    expect(got).toMatchObject(filter);
    expect(isDerivedColumn((got as { dimension: string }).dimension)).toBe(true);
  });

  test('equal definitions share a column', () => {
    const extractionFn = { type: 'substring', index: 1 };
    const { columns } = parsed({
      type: 'or',
      fields: ['x', 'y'].map((value) => ({ type: 'selector', dimension: 'a', value, extractionFn })),
    });
    expect(columns).toHaveLength(1);
  });

  test('columns compare pairwise, and nulls are equal', () => {
    const { filter, columns } = parsed({ type: 'columnComparison', dimensions: ['a', 'b', 'c'] });
    expect(filter).toMatchObject({ type: 'istrue', field: { type: 'selector', value: '1' } });
    expect(columns).toMatchObject([{ expression: expect.stringContaining('array_overlap("b", "c")') }]);
  });

  test('an array range has both bounds', () => {
    const { columns } = parsed({
      type: 'range',
      column: 'a',
      matchValueType: 'ARRAY<LONG>',
      lower: [1, 2],
      upper: [3],
      upperOpen: true,
    });
    expect(columns).toMatchObject([{ expression: '"a" >= ARRAY<LONG>[1, 2]' }, { expression: '"a" < ARRAY<LONG>[3]' }]);
  });
});

test.each([
  [
    { type: 'regex', dimension: 'a', pattern: '^x' },
    { type: 'regex', dimension: 'a', pattern: '^x' },
  ],
  [
    { type: 'search', dimension: 'a', query: { type: 'fragment', values: ['x', 'y'], case_sensitive: true } },
    { type: 'search', dimension: 'a', query: { type: 'fragment', values: ['x', 'y'], caseSensitive: false } },
  ],
  [
    { type: 'isfalse', field: { type: 'true' } },
    { type: 'isfalse', field: { type: 'true' } },
  ],
  [
    { type: 'spatial', dimension: 'a', bound: { type: 'rectangular', minCoords: [1, '2'], maxCoords: [3, 4] } },
    { type: 'spatial', dimension: 'a', bound: { type: 'rectangular', minCoords: [1, 2], maxCoords: [3, 4] } },
  ],
])('%j is plain', (json, expected) => {
  expect(parseFilter(json)).toEqual(expected);
});

test.each([
  [{ type: 'regex', dimension: 'a', pattern: '(' }, 'Unclosed group near index 1'],
  [{ type: 'selector', dimension: 'a', extractionFn: { type: 'zzz' } }, "Could not resolve type id 'zzz'"],
  [{ type: 'extraction', dimension: 'a', value: 'x' }, 'extraction function must not be null'],
  [{ type: 'columnComparison', dimensions: ['a'] }, 'least 2 dimensions'],
  [{ type: 'istrue' }, 'IS TRUE operator requires a non-null filter'],
  [
    { type: 'spatial', dimension: 'a', bound: { type: 'radius', coords: [], radiusUnit: 'leagues' } },
    'radiusUnit [leagues]',
  ],
  [{ type: 'expression', expression: 'a +' }, '"this.right" is null'],
])('%j is refused with: %s', (json, problem) => {
  expect(() => parseFilter(json)).toThrow(problem);
});

test('a request with too many filters is refused', () => {
  const fields = Array.from({ length: 60_000 }, () => ({ type: 'true' }));
  expect(() => parseFilter({ type: 'or', fields })).toThrow('more than [50000] filters');
});

test('an expression that is too long is refused before it is read', () => {
  expect(() => parseFilter({ type: 'expression', expression: 'x'.repeat(300_000) })).toThrow('is longer than [200000]');
});
