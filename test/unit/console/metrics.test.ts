import { describe, expect, test } from 'vitest';
import { parseMetrics, quantile, rate, type Reading, total } from '../../../src/console/home/metrics.js';

const reading = (atMs: number, text: string): Reading => ({ atMs, samples: parseMetrics(text) });

describe('metrics', () => {
  test('samples are added up over labels, and comments are no samples', () => {
    const text = '# HELP x {a} 3\n\nx{a="1",b="p q"} 2\nx{a="2"} 3.5\ny 1e3\n';
    expect(total(reading(0, text), 'x')).toBe(5.5);
    expect(total(reading(0, text), 'x', 'a="1"')).toBe(2);
    expect(total(reading(0, text), 'y')).toBe(1000);
    expect(total(reading(0, text), 'z')).toBeUndefined();
  });

  test('a rate is per second, and unknown when a counter began anew', () => {
    expect(rate(reading(1000, 'x 10'), reading(3000, 'x 30'), 'x')).toBe(10);
    expect(rate(reading(1000, 'x 30'), reading(3000, 'x 10'), 'x')).toBeUndefined();
    expect(rate(reading(1000, ''), reading(2000, 'x 10'), 'x')).toBe(10);
  });

  test('a quantile counts only what came between the readings', () => {
    const buckets = (a: number, b: number, c: number): string =>
      `t_bucket{le="0.1",type="sql"} ${a}\nt_bucket{le="1",type="sql"} ${b}\nt_bucket{le="+Inf",type="sql"} ${c}`;
    const before = reading(0, buckets(1000, 1000, 1000));
    expect(quantile(before, reading(1, buckets(1000, 1010, 1010)), 't', 0.5)).toBeCloseTo(0.55);
    expect(quantile(before, reading(1, buckets(1010, 1010, 1010)), 't', 0.95)).toBeCloseTo(0.095);
    expect(quantile(before, reading(1, buckets(1000, 1000, 1010)), 't', 0.95)).toBe(1);
    expect(quantile(before, before, 't', 0.95)).toBeUndefined();
  });
});
