import fc from 'fast-check';
import roaring from 'roaring';
import { expect, test } from 'vitest';
import { bitmapCardinality, containerCardinality, containerValues } from '../../../src/vectors/roaring-container.js';

/** Ranges and single values over a few containers: arrays, bitsets and runs all come up. */
const pieces = fc.array(
  fc.oneof(
    fc.record({ from: fc.nat(6 * 65_536), length: fc.constant(1) }),
    fc.record({ from: fc.nat(6 * 65_536), length: fc.integer({ min: 1, max: 70_000 }) }),
  ),
  { maxLength: 30 },
);

function build(
  ranges: readonly { from: number; length: number }[],
  step: number,
  runs: boolean,
): roaring.RoaringBitmap32 {
  const bitmap = new roaring.RoaringBitmap32();
  for (const { from, length } of ranges) {
    for (let value = from; value < from + length; value += step) bitmap.add(value);
  }
  if (runs) bitmap.runOptimize();
  else bitmap.removeRunCompression();
  return bitmap;
}

test('each container of a portable bitmap gives the values that the roaring package put there', () => {
  fc.assert(
    fc.property(pieces, fc.constantFrom(1, 2, 7), fc.boolean(), fc.nat(9), (ranges, step, runs, padding) => {
      const bitmap = build(ranges, step, runs);
      const image = bitmap.serialize('portable');
      const bytes = new Uint8Array(image.length + padding + 5);
      bytes.set(image, padding);
      const end = padding + image.length;
      expect(bitmapCardinality(bytes, padding, end)).toBe(bitmap.size);
      const all = bitmap.toArray();
      for (let key = 0; key < 8; key++) {
        const expected = all.filter((value) => value >>> 16 === key).map((value) => value & 0xffff);
        expect(Array.from(containerValues(bytes, padding, end, key))).toEqual(expected);
        expect(containerCardinality(bytes, padding, end, key)).toBe(expected.length);
      }
    }),
    { numRuns: 60 },
  );
});

test('no bytes are an empty bitmap', () => {
  expect(containerValues(new Uint8Array(4), 2, 2, 0)).toHaveLength(0);
  expect(bitmapCardinality(new Uint8Array(4), 2, 2)).toBe(0);
});

test('bytes that are no bitmap are refused', () => {
  expect(() => containerValues(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 0, 8, 0)).toThrow(/cookie/);
});
