import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDouble, formatFloat } from '../../../src/common/java-number.js';
import { MAX_JSON_DEPTH, parseJson, parseTypedJson } from '../../../src/common/json-read.js';
import { jsonString, jsonText } from '../../../src/common/json-write.js';

describe('strings', () => {
  test('are escaped as Jackson does', () => {
    expect(jsonString('a"b\\c\n\t\u0001\u001f/é中')).toBe('"a\\"b\\\\c\\n\\t\\u0001\\u001F/é中"');
    expect(jsonString('😀')).toBe('"\\uD83D\\uDE00"');
  });

  test('read back as they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(jsonString(text))).toBe(text);
      }),
    );
  });
});

test('plain data is written with bigint as integers', () => {
  expect(jsonText({ a: [1, 2n ** 63n, null, undefined], b: undefined, c: Number.NaN })).toBe(
    '{"a":[1,9223372036854775808,null,null],"c":"NaN"}',
  );
});

describe('whole doubles', () => {
  test('stay doubles from text to text, whatever their form, and integers stay integers', () => {
    const text = '{"a":1.0,"b":[2.50,-3.0e2,1E3],"c":1,"d":9007199254740993,"e":"1.0","f":1.5e-7}';
    expect(jsonText(parseTypedJson(text))).toBe(
      '{"a":1.0,"b":[2.5,-300.0,1000.0],"c":1,"d":9007199254740993,"e":"1.0","f":1.5E-7}',
    );
  });

  test('are plain numbers where nobody asks for their form', () => {
    expect(parseJson('[1.0,1e3]')).toEqual([1, 1000]);
    expect(JSON.stringify(parseTypedJson('[1.0]'))).toBe('[1]');
  });
});

describe('reading', () => {
  test('integers beyond 2^53 keep every digit, everything else is as JSON.parse says', () => {
    const text =
      '{"big":[9223372036854775807,-9007199254740993],"small":9007199254740991,"f":0.1234567890123456789,"s":"12345678901234567890 \\" 99999999999999999999","e":1e20}';
    expect(parseJson(text)).toEqual({
      big: [9223372036854775807n, -9007199254740993n],
      small: 9007199254740991,
      f: 0.12345678901234568,
      s: '12345678901234567890 " 99999999999999999999',
      e: 1e20,
    });
  });

  test('a string cannot pass for an integer', () => {
    expect(parseJson('["§int:1", 12345678901234567890]')).toEqual(['§int:1', 12345678901234567890n]);
  });

  test('differs from JSON.parse only in the type of large integers', () => {
    const asNumbers = (text: string): unknown =>
      JSON.parse(JSON.stringify(parseJson(text), (_key, value) => (typeof value === 'bigint' ? Number(value) : value)));
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(asNumbers(text)).toEqual(JSON.parse(JSON.stringify(JSON.parse(text))));
      }),
    );
  });

  test('deep nesting is refused', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(() => parseJson(nested(MAX_JSON_DEPTH))).not.toThrow();
    expect(() => parseJson(nested(MAX_JSON_DEPTH + 1))).toThrow('nests deeper than [200]');
    expect(() => parseJson(nested(100_000))).toThrow('nests deeper than [200]');
  });
});

describe('numbers', () => {
  test.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [100, '100.0'],
    [9999999, '9999999.0'],
    [1e7, '1.0E7'],
    [12345678.5, '1.23456785E7'],
    [1e20, '1.0E20'],
    [0.001, '0.001'],
    [0.00099, '9.9E-4'],
    [1e-5, '1.0E-5'],
    [-1.5e-300, '-1.5E-300'],
    [Number.NaN, '"NaN"'],
    [Number.NEGATIVE_INFINITY, '"-Infinity"'],
  ])('double %d is %s', (value, text) => {
    expect(formatDouble(value)).toBe(text);
  });

  test('floats have the digits of Java 17, which are not always the shortest', () => {
    expect(formatFloat(Math.fround(-74.33))).toBe('-74.33');
    expect(formatFloat(Math.fround(1.1e10))).toBe('1.10000005E10');
    expect(formatFloat(Math.fround(16777217))).toBe('1.6777216E7');
  });

  test('text of a finite double or float reads back as the same value', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(Number(formatDouble(x))).toBe(x);
      }),
    );
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(Math.fround(Number(formatFloat(x)))).toBe(x);
      }),
    );
  });
});
