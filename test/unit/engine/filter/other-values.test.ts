import { describe, expect, test } from 'vitest';
import { compileFilter } from '../../../../src/engine/filter/compile-filter.js';
import { DimensionPart } from '../../../../src/engine/grouped/key-part.js';
import { createDimensionValues } from '../../../../src/engine/grouped/dimension-values.js';
import type { Filter } from '../../../../src/query/native-query.js';
import { parseEquals, parseRange } from '../../../../src/query/parse-typed-filter.js';
import { ingestionScope } from '../../../../src/query/parse-scope.js';
import type { ArrayVector, BinaryVector, Block, ColumnVector } from '../../../../src/vectors/block.js';
import { allRows, rowList } from '../../../../src/vectors/selection.js';

/** null, [], [null], [1], [1,2], [5] */
const longs: ArrayVector = {
  kind: 'array',
  offsets: Uint32Array.of(0, 0, 0, 1, 2, 4, 5),
  nulls: Uint8Array.of(1, 0, 0, 0, 0, 0),
  elements: { kind: 'long', base: 0, values: Uint8Array.of(0, 1, 1, 2, 5), nulls: Uint8Array.of(1, 0, 0, 0, 0) },
};

function binaries(texts: readonly (string | null)[]): BinaryVector {
  const parts = texts.map((text) => Buffer.from(text ?? ''));
  const offsets = new Uint32Array(parts.length + 1);
  parts.forEach((part, i) => {
    offsets[i + 1] = offsets[i]! + part.length;
  });
  return {
    kind: 'binary',
    offsets,
    bytes: new Uint8Array(Buffer.concat(parts)),
    nulls: Uint8Array.from(texts, (text) => (text === null ? 1 : 0)),
  };
}

function rows(vector: ColumnVector, numRows: number, filter: Filter): number[] {
  const block = { numRows, minTimeMs: 0, maxTimeMs: 0, column: () => vector, zone: () => undefined };
  const found = compileFilter(filter).narrow(block as unknown as Block, allRows(numRows));
  return Array.from(rowList(found).subarray(0, found.count));
}

const bound = { lower: '1', upper: null, lowerStrict: false, upperStrict: false, ordering: 'lexicographic' } as const;
const textFilters: readonly Filter[] = [
  { type: 'selector', dimension: 'a', value: '1' },
  { type: 'in', dimension: 'a', values: ['1', '2'] },
  { type: 'like', dimension: 'a', pattern: '1%', escape: null },
  { type: 'regex', dimension: 'a', pattern: '1' },
  { type: 'search', dimension: 'a', query: { type: 'contains', value: '1', caseSensitive: true } },
  { type: 'bound', dimension: 'a', ...bound },
];

describe('arrays', () => {
  test.each(textFilters)('$type fails as Druid does', (filter) => {
    expect(() => rows(longs, 6, filter)).toThrow('Predicate does not support ARRAY types');
    try {
      rows(longs, 6, filter);
    } catch (error) {
      expect(error).toMatchObject({ status: 501, legacy: { error: 'Unsupported operation' } });
    }
  });

  test('nulls are found by every filter for nulls', () => {
    expect(rows(longs, 6, { type: 'selector', dimension: 'a', value: null })).toEqual([0]);
    expect(rows(longs, 6, { type: 'in', dimension: 'a', values: [null] })).toEqual([0]);
    expect(rows(longs, 6, { type: 'null', column: 'a' })).toEqual([0]);
  });

  const range = (fields: object): Filter =>
    parseRange({ column: 'a', matchValueType: 'LONG', ...fields }, ingestionScope());
  test('a bound of one value is the array of it', () => {
    expect(rows(longs, 6, range({ lower: 1 }))).toEqual([3, 4, 5]);
    expect(rows(longs, 6, range({ lower: 1, lowerOpen: true }))).toEqual([4, 5]);
    expect(rows(longs, 6, range({ upper: 1 }))).toEqual([1, 2, 3]);
    expect(rows(longs, 6, range({ upper: 1, upperOpen: true }))).toEqual([1, 2]);
    expect(rows(longs, 6, range({ matchValueType: 'DOUBLE', lower: 1.5 }))).toEqual([5]);
    expect(rows(longs, 6, { type: 'not', field: range({ lower: 1 }) })).toEqual([1, 2]);
  });

  test('a single value equals no array', () => {
    const equals = parseEquals({ column: 'a', matchValueType: 'LONG', matchValue: 1 }, ingestionScope());
    expect(rows(longs, 6, equals)).toEqual([]);
    expect(rows(longs, 6, { type: 'not', field: equals })).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('nested values', () => {
  const nested = binaries(['{"x":1,"y":[2,"z"]}', null, '{"y":[2,"z"],"x":1}', '{"x":2}', '1']);
  const equals = (matchValue: unknown, matchValueType = 'COMPLEX<json>'): Filter =>
    parseEquals({ column: 'j', matchValueType, matchValue }, ingestionScope());

  test('equal values are found whatever the order of their members', () => {
    expect(rows(nested, 5, equals({ y: [2, 'z'], x: 1 }))).toEqual([0, 2]);
    expect(rows(nested, 5, { type: 'not', field: equals({ x: 2 }) })).toEqual([0, 2, 4]);
    expect(rows(nested, 5, equals(1))).toEqual([4]);
  });

  test('other complex values, ranges and text match none, and are unknown for nulls only', () => {
    const sketches = binaries(['\u0000\u0001', null]);
    expect(rows(sketches, 2, equals({ x: 1 }))).toEqual([]);
    for (const filter of [
      equals('AAAA', 'COMPLEX<hyperUnique>'),
      parseRange({ column: 'j', matchValueType: 'COMPLEX<json>', lower: { x: 1 } }, ingestionScope()),
      { type: 'like', dimension: 'j', pattern: '%', escape: null } as const,
    ]) {
      expect(rows(nested, 5, filter)).toEqual([]);
      expect(rows(nested, 5, { type: 'not', field: filter })).toEqual([0, 2, 3, 4]);
    }
  });

  test('a text or number compares with plain columns', () => {
    const numbers: ColumnVector = { kind: 'long', base: 0, values: Uint8Array.of(1, 2) };
    expect(rows(numbers, 2, equals(2))).toEqual([1]);
    expect(rows(numbers, 2, equals('2'))).toEqual([1]);
    expect(rows(numbers, 2, equals({ x: 2 }))).toEqual([]);
  });
});

test('a dimension of arrays takes arrays only', () => {
  const values = createDimensionValues('ARRAY<STRING>');
  expect(values.ofArray('["a"]')).toBe(1);
  expect(() => values.ofText('a')).toThrow('Unable to convert object of type[java.lang.String]');
  expect(() => values.ofDouble(1)).toThrow('Unable to convert object of type[java.lang.Double]');
});

test('a topN or a search by name refuses arrays, a groupBy groups them', () => {
  const spec = { type: 'default', dimension: 'a', outputName: 'a', outputType: 'STRING' } as const;
  const block = { numRows: 6, column: () => longs } as unknown as Block;
  const part = (refusesArrays: boolean) => new DimensionPart(spec, createDimensionValues('STRING'), refusesArrays);
  expect(() => part(true).read(block, allRows(6))).toThrow('invalid type [ARRAY<LONG>]');
  const grouped = part(false);
  grouped.read(block, allRows(6));
  expect(Array.from(grouped.codes.subarray(0, 6))).toEqual([0, 1, 2, 3, 4, 5]);
});
