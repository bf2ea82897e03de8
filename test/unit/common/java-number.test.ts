import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDouble, formatFloat } from '../../../src/common/java-number.js';

describe('formatDouble', () => {
  // Printed by Java 17.
  test.each([
    [8998941308990928896, '8.9989413089909289E18'],
    [2e23, '1.9999999999999998E23'],
    [1e23, '9.999999999999999E22'],
    [2 ** -44, '5.6843418860808015E-14'],
    [5e-324, '4.9E-324'],
    [2.2250738585072014e-308, '2.2250738585072014E-308'],
    [0.002, '0.002'],
    [0.00002, '2.0E-5'],
    [1e7, '1.0E7'],
    [9999999.999999998, '9999999.999999998'],
    [123456789012345680000, '1.2345678901234568E20'],
    [-0, '-0.0'],
    [100, '100.0'],
    [0.1 + 0.2, '0.30000000000000004'],
    [Number.NaN, '"NaN"'],
    [Number.NEGATIVE_INFINITY, '"-Infinity"'],
  ])('%d as Java prints it', (value, text) => {
    expect(formatDouble(value)).toBe(text);
  });

  test('its text reads as the same double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(formatDouble(value))).toBe(value);
      }),
    );
  });
});

describe('formatFloat', () => {
  // Printed by Java 17.
  test.each([
    [-74.33, '-74.33'],
    [7262.65625, '7262.6562'],
    [6491681627216347136, '6.4916816E18'],
    [4.9744084e25, '4.9744084E25'],
    [1.4e-45, '1.4E-45'],
    [16777216, '1.6777216E7'],
    [0.001, '0.001'],
  ])('%d as Java prints it', (value, text) => {
    expect(formatFloat(value)).toBe(text);
  });

  test('its text reads as the same float', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(Number(formatFloat(value)))).toBe(value);
      }),
    );
  });
});
