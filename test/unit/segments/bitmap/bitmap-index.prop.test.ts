import fc from 'fast-check';
import { RoaringBitmap32 } from 'roaring';
import { describe, expect, it } from 'vitest';
import { BitmapIndexBuilder } from '../../../../src/segments/bitmap/bitmap-index-builder.js';
import { serializeIndex } from '../../../../src/segments/bitmap/bitmap-index-serializer.js';

const SIZE = 5;
const ROWS = 3000;

/** Rows of a block in stretches of one id, so that every kind of container comes up. */
const block = fc
  .array(
    fc.record({ id: fc.nat({ max: SIZE }), length: fc.integer({ min: 1, max: ROWS }), step: fc.nat({ max: 2 }) }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((stretches) =>
    Uint8Array.from(
      stretches.flatMap(({ id, length, step }) => Array.from({ length }, (_, i) => (id + step * i) % (SIZE + 1))),
    ).subarray(0, 65_536),
  );

function bitmapsOf(builder: BitmapIndexBuilder): RoaringBitmap32[] | undefined {
  const image = builder.finish();
  if (image === undefined) return undefined;
  const bytes = Buffer.concat([...serializeIndex(image)].map((piece) => Buffer.from(piece)));
  expect(bytes.length).toBe(image.sizeBytes);
  const offsets = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (SIZE + 2) * 4));
  const bitmaps = bytes.subarray((SIZE + 2) * 4);
  return Array.from({ length: SIZE + 1 }, (_, id) =>
    RoaringBitmap32.deserialize(bitmaps.subarray(offsets[id], offsets[id + 1]), 'portable'),
  );
}

describe('bitmap index', () => {
  it('holds for each id exactly the rows that have it', () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 6 }), (blocks) => {
        const builder = new BitmapIndexBuilder(SIZE);
        const expected = Array.from({ length: SIZE + 1 }, () => new Set<number>());
        blocks.forEach((ids, b) => {
          builder.addBlock(b, ids, ids.length);
          ids.forEach((id, row) => expected[id]!.add(b * 65_536 + row));
        });
        const bitmaps = bitmapsOf(builder);
        bitmaps?.forEach((bitmap, id) => expect(bitmap.toSet()).toEqual(expected[id]));
      }),
      { numRuns: 60 },
    );
  });

  it('counts a row of a list once for each id, and a row without ids as null', () => {
    const builder = new BitmapIndexBuilder(SIZE);
    const rows = Array.from({ length: 1000 }, (_, i) => (i % 4 === 0 ? [] : [2, 2, 0, 2]));
    const offsets = Uint32Array.from({ length: 1001 }, (_, i) => rows.slice(0, i).flat().length);
    builder.addListBlock(0, Uint8Array.from(rows.flat()), offsets, 1000);
    const bitmaps = bitmapsOf(builder)!;
    expect(bitmaps[2]!.size).toBe(750);
    expect(bitmaps[0]!.size).toBe(1000);
    expect(bitmaps[1]!.size).toBe(0);
  });

  it('uses every kind of container where it is smallest', () => {
    const ids = Uint8Array.from({ length: 65_536 }, (_, row) => {
      if (row < 30_000) return 1;
      if (row % 2 === 0) return 2;
      return row % 101 === 0 ? 3 : 4 + ((row >> 1) % 2);
    });
    const builder = new BitmapIndexBuilder(SIZE);
    builder.addBlock(0, ids, ids.length);
    const [, runs, bitset, array] = bitmapsOf(builder)!;
    expect(runs!.getSerializationSizeInBytes('portable')).toBeLessThan(30);
    expect(bitset!.statistics()).toMatchObject({ bitsetContainers: 1 });
    expect(array!.statistics()).toMatchObject({ arrayContainers: 1 });
  });
});
