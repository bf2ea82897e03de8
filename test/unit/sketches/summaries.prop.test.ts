import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApproximateHistogram } from '../../../src/sketches/approximate-histogram.js';
import { BreaksHistogram } from '../../../src/sketches/breaks-histogram.js';
import { FixedBucketsHistogram, type FixedBucketsSpec } from '../../../src/sketches/fixed-buckets-histogram.js';
import { KllSketch } from '../../../src/sketches/kll-sketch.js';
import { base64 } from './golden.js';

/** A repeatable sequence of numbers below a bound. */
function lots(seed: number): (bound: number) => number {
  let state = seed | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

const value = fc.integer({ min: -400, max: 400 }).map((n) => n / 4);
const values = fc.array(value, { maxLength: 120 });

describe('KLL sketches', () => {
  it('rank within the error that they state, after any merges', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.integer(), (parts, seed) => {
        const random = lots(seed);
        const total = KllSketch.create('doubles', 200, random);
        let next = 0;
        for (const size of parts) {
          const part = KllSketch.create('doubles', 200, random);
          for (let i = 0; i < size; i++) part.update(next++);
          total.merge(KllSketch.fromBytes(part.toBytes(), 'doubles', random));
        }
        expect(total.n).toBe(next);
        if (next === 0) return;
        expect([total.min, total.max]).toEqual([0, next - 1]);
        // Stated for one rank at 99 %: three times that leaves no room for chance.
        for (const share of [0.1, 0.5, 0.9]) {
          expect(Math.abs(total.rank(share * next) - share)).toBeLessThan(3 * 0.0133 + 1 / next);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('keep as many values as they stand for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer(), (n, seed) => {
        const sketch = KllSketch.create('floats', 8, lots(seed));
        for (let i = 0; i < n; i++) sketch.update(i);
        const { levels } = sketch.state;
        const weight = levels.slice(1).reduce((sum, end, level) => sum + (end - levels[level]!) * 2 ** level, 0);
        expect(weight).toBe(n);
      }),
    );
  });
});

describe('histograms', () => {
  const SPEC: FixedBucketsSpec = { lowerLimit: -50, upperLimit: 50, numBuckets: 9, outlierHandlingMode: 'overflow' };

  it('of fixed buckets count every value once, whatever the split', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [whole, left, right] = [0, 1, 2].map(() => new FixedBucketsHistogram(SPEC));
        for (const one of [...a, ...b]) whole!.add(one);
        for (const one of a) left!.add(one);
        for (const one of b) right!.add(one);
        left!.merge(FixedBucketsHistogram.fromBytes(right!.toBytes()));
        expect(base64(left!.toBytes())).toBe(base64(whole!.toBytes()));
        expect(whole!.count + whole!.lowerOutliers + whole!.upperOutliers).toBe(a.length + b.length);
      }),
    );
  });

  it('of given breaks count as a plain count does', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [left, right] = [new BreaksHistogram([-10, 0, 25]), new BreaksHistogram([-10, 0, 25])];
        for (const one of a) left.add(one);
        for (const one of b) right.add(one);
        left.merge(BreaksHistogram.fromBytes(right.toBytes()));
        const within = (from: number, to: number): number =>
          [...a, ...b].filter((one) => one > from && one <= to).length;
        expect([...left.counts]).toEqual([within(-10, 0), within(0, 25)]);
      }),
    );
  });

  it('that approximate keep their counts and bounds, and are read as they were written', () => {
    fc.assert(
      fc.property(values, values, fc.integer({ min: 4, max: 60 }), (a, b, size) => {
        const [left, right] = [new ApproximateHistogram(size), new ApproximateHistogram(size)];
        for (const one of a) left.add(one);
        for (const one of b) right.add(one);
        left.merge(ApproximateHistogram.fromBytes(right.toBytes()));
        const all = [...a, ...b];
        expect(left.count).toBe(all.length);
        if (all.length === 0) return;
        expect([left.min, left.max]).toEqual([Math.min(...all), Math.max(...all)]);
        expect(left.sum(left.max)).toBe(all.length);
        expect(left.sum(left.min - 1)).toBe(0);
        const image = left.toBytes();
        expect(base64(ApproximateHistogram.fromBytes(image).toBytes())).toBe(base64(image));
      }),
    );
  });

  it('that approximate are exact while every value has a bin', () => {
    fc.assert(
      fc.property(fc.uniqueArray(value, { minLength: 1, maxLength: 20 }), (distinct) => {
        const histogram = new ApproximateHistogram(50);
        for (const one of distinct) histogram.add(one);
        for (const one of distinct) {
          expect(histogram.sum(one)).toBe(distinct.filter((other) => other <= one).length);
        }
      }),
    );
  });
});
