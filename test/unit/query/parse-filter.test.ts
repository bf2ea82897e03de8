import { describe, expect, test } from 'vitest';
import { filterToJson } from '../../../src/query/aggregator-json.js';
import { parseFilter } from '../../../src/query/parse-filter.js';

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
    ['FLOAT', 0.1, Math.fround(0.1)],
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
    expect(() => parseFilter({ type: 'equals', column: 'a', matchValueType: 'ARRAY<LONG>', matchValue: [1] })).toThrow(
      'lacks',
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
