import { describe, expect, it } from 'vitest';
import { QuantilesDoublesSketch } from '../../../src/sketches/quantiles-doubles.js';
import { base64, fromBase64, golden, javaRandom, type RecordedBytes, sameBytes } from './golden.js';

interface RecordedSketch extends RecordedBytes {
  readonly retained: number;
  readonly min?: number;
  readonly max?: number;
  readonly quantiles?: readonly number[];
  readonly cdf?: readonly number[];
  readonly pmf?: readonly number[];
}

interface Recorded {
  readonly sketches: readonly (RecordedSketch & { readonly k: number; readonly n: number })[];
  readonly unions: readonly (RecordedSketch & {
    readonly maxK: number;
    readonly parts: readonly (readonly [k: number, n: number])[];
    readonly k: number;
    readonly n: number;
  })[];
  readonly updatable: readonly string[];
  readonly compact: readonly string[];
}

const FRACTIONS = [0, 0.01, 0.25, 0.5, 0.75, 0.99, 1];
const SPLITS = [-600, -100.5, 0, 1, 250];
const recorded = golden('quantiles') as Recorded;

/** Value i of the recorded stream. */
function valueAt(i: number): number {
  return (((i * 7919) % 10007) - 5000) / 8;
}

function ofStream(k: number, from: number, count: number, random = javaRandom(42)): QuantilesDoublesSketch {
  const sketch = QuantilesDoublesSketch.create(k, random);
  for (let i = from; i < from + count; i++) sketch.update(valueAt(i));
  return sketch;
}

function expectRecorded(sketch: QuantilesDoublesSketch, expected: RecordedSketch): void {
  expect(sketch.retained).toBe(expected.retained);
  if (expected.quantiles !== undefined) {
    expect([sketch.min, sketch.max]).toEqual([expected.min, expected.max]);
    expect(FRACTIONS.map((fraction) => sketch.quantile(fraction))).toEqual(expected.quantiles);
    expect(sketch.cdf(SPLITS)).toEqual(expected.cdf);
    expect(sketch.pmf(SPLITS)).toEqual(expected.pmf);
  }
  expect(sameBytes(sketch.toBytes(), expected)).toBe(true);
  const read = QuantilesDoublesSketch.fromBytes(sketch.toBytes(), javaRandom(1));
  expect(base64(read.toBytes())).toBe(base64(sketch.toBytes()));
}

describe('quantiles against DataSketches 4.2 with the same random bits', () => {
  it.each(recorded.sketches)('gives the same answers and bytes for k $k and $n values', (expected) => {
    const sketch = ofStream(expected.k, 0, expected.n);
    expect(sketch.n).toBe(expected.n);
    expectRecorded(sketch, expected);
  });

  it.each(recorded.unions)('unites $parts at k $maxK alike', (expected) => {
    const random = javaRandom(7);
    const union = QuantilesDoublesSketch.create(expected.maxK, random);
    let from = 0;
    for (const [k, n] of expected.parts) {
      union.merge(ofStream(k, from, n, random));
      from += n;
    }
    expect([union.k, union.n]).toEqual([expected.k, expected.n]);
    expectRecorded(union, expected);
  });

  it('reads updatable images', () => {
    recorded.updatable.forEach((image, i) => {
      const sketch = QuantilesDoublesSketch.fromBytes(fromBase64(image), javaRandom(1));
      expect(base64(sketch.toBytes())).toBe(recorded.compact[i]);
    });
  });
});

describe('a quantiles sketch', () => {
  const random = javaRandom(3);

  it('knows nothing when empty', () => {
    const sketch = QuantilesDoublesSketch.create(128, random);
    expect([sketch.n, sketch.min, sketch.max, sketch.quantile(0.5), sketch.rank(1)]).toEqual([
      0,
      Number.NaN,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    expect(sketch.histogram([1])).toEqual([Number.NaN, Number.NaN]);
  });

  it('ignores NaN', () => {
    const sketch = QuantilesDoublesSketch.create(128, random);
    sketch.update(Number.NaN);
    sketch.update(4);
    expect([sketch.n, sketch.min]).toEqual([1, 4]);
  });

  it('counts values into equal intervals', () => {
    const sketch = QuantilesDoublesSketch.create(128, random);
    for (let i = 0; i <= 100; i++) sketch.update(i);
    const points = sketch.equallySpacedPoints(4);
    expect(points).toEqual([25, 50, 75]);
    const counts = sketch.histogram(points);
    expect(counts.map(Math.round)).toEqual([26, 25, 25, 25]);
  });

  it('merges with itself', () => {
    const sketch = ofStream(16, 0, 1000, random);
    sketch.merge(sketch);
    expect(sketch.n).toBe(2000);
    expect(sketch.rank(Number.POSITIVE_INFINITY)).toBe(1);
  });

  it('leaves the merged sketch as it was', () => {
    const source = ofStream(16, 0, 1000, random);
    const before = base64(source.toBytes());
    const target = QuantilesDoublesSketch.create(16, random);
    target.merge(source);
    for (let i = 0; i < 1000; i++) target.update(i);
    expect(base64(source.toBytes())).toBe(before);
  });

  it('refuses ranks and split points that make no sense', () => {
    const sketch = ofStream(16, 0, 100, random);
    expect(() => sketch.quantile(1.01)).toThrow('A normalized rank must be >= 0 and <= 1.0');
    expect(() => sketch.cdf([2, 1])).toThrow('Values must be unique, monotonically increasing and not NaN.');
    expect(() => sketch.pmf([1, 1])).toThrow('Values must be unique, monotonically increasing and not NaN.');
  });

  it.each([0, 1, 3, 65536])('refuses k %i', (k) => {
    expect(() => QuantilesDoublesSketch.create(k, random)).toThrow('K must be >= 2 and <= 32768 and a power of 2');
  });

  it('refuses bytes that are no quantiles sketch', () => {
    const image = ofStream(16, 0, 1000, random).toBytes();
    expect(() => QuantilesDoublesSketch.fromBytes(image.subarray(0, 6), random)).toThrow(/Not a quantiles sketch/);
    expect(() => QuantilesDoublesSketch.fromBytes(new Uint8Array(64), random)).toThrow(/Not a quantiles sketch/);
    expect(() => QuantilesDoublesSketch.fromBytes(image.subarray(0, 100), random)).toThrow(/cut short/);
  });
});
