/** KLL sketches against images and answers recorded from datasketches-java (golden/README.md). */
import { describe, expect, it } from 'vitest';
import { KllSketch } from '../../../src/sketches/kll-sketch.js';
import { kllText } from '../../../src/sketches/sketch-texts.js';
import { golden } from './golden.js';

interface Entry {
  readonly type: 'doubles' | 'floats';
  readonly k: number;
  readonly n: number;
  readonly image: string;
  readonly quantiles: readonly number[];
  readonly cdf: readonly number[];
  readonly rank: number;
  readonly text: string;
}

const ENTRIES = golden('kll') as readonly Entry[];
const FRACTIONS = [0, 0.01, 0.25, 0.5, 0.75, 0.99, 1];
const half = (bound: number): number => Math.floor(bound / 2);

describe.each(ENTRIES)('KLL sketch of $n $type with k $k', ({ type, k, n, image, quantiles, cdf, rank, text }) => {
  const bytes = Buffer.from(image, 'base64');
  const sketch = KllSketch.fromBytes(bytes, type, half);

  it('reads and writes the same bytes', () => {
    expect(Buffer.from(sketch.toBytes()).toString('base64')).toBe(image);
    expect(sketch.n).toBe(n);
  });

  it('answers as the library does', () => {
    if (n === 0) {
      expect(sketch.quantile(0.5)).toBeNaN();
      expect(sketch.rank(1)).toBeNaN();
      return;
    }
    expect(FRACTIONS.map((fraction) => sketch.quantile(fraction))).toEqual(quantiles);
    expect(sketch.cdf([n / 4, n / 2])).toEqual(cdf);
    expect(sketch.rank(type === 'floats' ? Math.fround(n / 3) : n / 3)).toBe(rank);
  });

  it('prints the same text', () => {
    expect(kllText(sketch)).toBe(text);
  });

  it('has the same bytes when no value was dropped, and the same levels in any case', () => {
    const made = KllSketch.create(type, k, half);
    for (let i = 0; i < n; i++) made.update((i * 7919) % n);
    if (n <= k) expect(Buffer.from(made.toBytes()).toString('base64')).toBe(image);
    expect(made.state.levels).toEqual(sketch.state.levels);
  });
});
