import { describe, expect, it } from 'vitest';
import { decimalScale } from '../../../../src/segments/column/decimal-scale.js';

const scaleOf = (...values: number[]) => decimalScale(Float64Array.from(values), undefined, values.length);

describe('decimal scale', () => {
  it('is the smallest number of digits that holds every value', () => {
    expect(scaleOf(1, 2, -3)).toBe(0);
    expect(scaleOf(1, 2.5)).toBe(1);
    expect(scaleOf(0.1, 0.07, 1234.56)).toBe(2);
    expect(scaleOf(0.123456789)).toBe(9);
  });

  it('does not exist where a value would come back changed', () => {
    expect(scaleOf(1 / 3)).toBeUndefined();
    expect(scaleOf(0.1 + 0.2)).toBeUndefined();
    expect(scaleOf(1, -0)).toBeUndefined();
    expect(scaleOf(1, Number.NaN)).toBeUndefined();
    expect(scaleOf(Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(scaleOf(2 ** 60)).toBeUndefined();
    expect(scaleOf(1e15 + 0.1, 0.01)).toBeUndefined();
  });

  it('does not depend on nulls', () => {
    expect(decimalScale(Float64Array.of(1.5, 1 / 3), Uint8Array.of(0, 1), 2)).toBe(1);
  });
});
