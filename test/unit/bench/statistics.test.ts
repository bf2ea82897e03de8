import { describe, expect, test } from 'vitest';
import { geometricMean, isClean, median, percentile, summarize } from '../../../bench/lib/statistics.js';

describe('summaries of times', () => {
  test('the median of an even count is the lower middle one', () => {
    expect(median([4, 1, 3, 2])).toBe(2);
    expect(median([3, 1, 2])).toBe(2);
  });

  test('a percentile is a value that was measured', () => {
    const values = Array.from({ length: 200 }, (_, i) => i + 1);
    expect(percentile(values, 0.99)).toBe(198);
    expect(percentile(values, 1)).toBe(200);
    expect(percentile([7], 0.5)).toBe(7);
  });

  test('no value has no summary', () => {
    expect(() => median([])).toThrow('No value');
    expect(() => geometricMean([])).toThrow('No value');
  });

  test('the geometric mean of a ratio and its inverse is one', () => {
    expect(geometricMean([4, 0.25])).toBeCloseTo(1, 12);
  });

  test('a run is clean up to 5% of waiting, short runs up to 0.15 ms', () => {
    expect(isClean({ ms: 100, waitMs: 5 })).toBe(true);
    expect(isClean({ ms: 100, waitMs: 5.1 })).toBe(false);
    expect(isClean({ ms: 1, waitMs: 0.15 })).toBe(true);
    expect(isClean({ ms: 1, waitMs: undefined })).toBe(false);
  });

  test('the median is of clean runs, and of all where none is', () => {
    const disturbed = { ms: 9, waitMs: 5 };
    expect(summarize([{ ms: 2, waitMs: 0 }, disturbed, disturbed])).toEqual({
      medianMs: 2,
      minMs: 2,
      clean: 1,
      taken: 3,
    });
    expect(summarize([disturbed, disturbed])).toEqual({ medianMs: 9, minMs: 9, clean: 0, taken: 2 });
  });
});
