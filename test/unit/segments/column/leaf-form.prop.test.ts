import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColumnBlockRef } from '../../../../src/memory/block-ref.js';
import { columnLayout } from '../../../../src/segments/column/column-layout.js';
import { loadColumn } from '../../../../src/segments/column/column-loader.js';
import { encodeColumn } from '../../../../src/segments/column/column-encoder.js';
import { sharedScale } from '../../../../src/segments/column/leaf-form.js';
import { physicalType } from '../../../../src/segments/column/physical-type.js';
import { bindColumnBlock } from '../../../../src/segments/column/stored-column.js';
import type { SegmentColumn } from '../../../../src/segments/format/segment-schema.js';
import type { ColumnVector } from '../../../../src/vectors/block.js';
import { openColumn } from '../../../../src/vectors/block-view.js';

type Cell = number | bigint | null;

const DOUBLE: SegmentColumn = { name: 'd', type: 'DOUBLE', multiValue: false, indexed: false };
const LONG: SegmentColumn = { name: 'l', type: 'LONG', multiValue: false, indexed: false };

function vectorOf(cells: readonly Cell[], column: SegmentColumn): ColumnVector {
  const nulls = Uint8Array.from(cells, (cell) => (cell === null ? 1 : 0));
  return column.type === 'DOUBLE'
    ? { kind: 'double', values: Float64Array.from(cells, (cell) => Number(cell ?? 77)), nulls }
    : { kind: 'long', base: 0, values: BigInt64Array.from(cells, (cell) => BigInt(cell ?? 77n)), nulls };
}

/** Writes and loads blocks of one column as the segment would. */
function load(column: SegmentColumn, blocks: readonly (readonly Cell[])[]) {
  const physical = physicalType(column, false);
  const encoded = blocks.map((cells) => encodeColumn(vectorOf(cells, column), cells.length, column, physical));
  const scale = column.type === 'DOUBLE' ? sharedScale(encoded.map(({ zone }) => zone)) : undefined;
  return encoded.map(({ zone, buffers }, b) => {
    const numRows = blocks[b]!.length;
    const layout = columnLayout(column.type, physical, zone, numRows, scale);
    const target = new Uint8Array(layout.bytes).fill(0xa5);
    const read = layout.isRead ? buffers : [];
    const { type } = column;
    const arrow = { type, physical, buffers: read, numRows, numElements: zone.numElements };
    const ref = bindColumnBlock(loadColumn(arrow, layout, target, { arena: 0, offset: 0, length: layout.bytes }));
    const vector = openColumn(ref, numRows, () => target.buffer);
    return { ref, isRead: layout.isRead, cells: cellsOf(vector, numRows) };
  });
}

function cellsOf(vector: ColumnVector, n: number): Cell[] {
  if (vector.kind !== 'long' && vector.kind !== 'double') throw new Error(vector.kind);
  return Array.from({ length: n }, (_, i) => {
    if (vector.nulls?.[i] === 1) return null;
    return vector.kind === 'double' ? vector.values[i]! : BigInt(vector.base) + BigInt(vector.values[i]!);
  });
}

function formOf(ref: ColumnBlockRef): string {
  return 'width' in ref ? `${ref.kind} ${ref.width}` : ref.kind;
}

const decimal = fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 2 ** 26 })).chain(([k, reach]) =>
  fc
    .tuple(
      fc.maxSafeInteger(),
      fc.array(fc.option(fc.nat({ max: reach }), { freq: 9 }), { minLength: 1, maxLength: 40 }),
    )
    .map(
      // Numbers near each other anywhere in the range that doubles hold exactly.
      ([from, steps]) => steps.map((step) => (step === null ? null : (Math.trunc(from / 8) + step) / 10 ** k)),
    ),
);
const anyDouble = fc.array(fc.option(fc.double(), { freq: 9 }), { minLength: 1, maxLength: 20 });
const anyLong = fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { freq: 9 }), {
  minLength: 1,
  maxLength: 20,
});
const nearLongs = fc
  .tuple(fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }), fc.bigInt({ min: 0n, max: 2n ** 34n }))
  .chain(([from, reach]) =>
    fc.array(fc.option(fc.bigInt({ min: from, max: from + reach }), { freq: 9 }), { minLength: 1, maxLength: 20 }),
  );

describe('a column block in memory', () => {
  it('gives back every double, bit for bit, whatever the blocks beside it hold', () => {
    const blocks = fc.array(fc.oneof(decimal, anyDouble), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(blocks, (cells) => {
        const loaded = load(DOUBLE, cells);
        loaded.forEach((block, b) => {
          expect(block.cells.length).toBe(cells[b]!.length);
          block.cells.forEach((cell, i) => expect(Object.is(cell, cells[b]![i])).toBe(true));
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('gives back every long', () => {
    fc.assert(
      fc.property(fc.oneof(anyLong, nearLongs), (cells) => {
        expect(load(LONG, [cells])[0]!.cells).toEqual(cells);
      }),
      { numRuns: 500 },
    );
  });

  it('holds decimals of all blocks in the same unit where each then fits 32 bits', () => {
    const same = load(DOUBLE, [[1, 200], [0.05, 0.06], [null, 1000.5], [1 / 3]]);
    expect(same.map(({ ref }) => formOf(ref))).toEqual(['decimal u16', 'decimal u8', 'decimal constant', 'double']);
    expect(same.flatMap(({ ref }) => (ref.kind === 'decimal' ? [ref.scale] : []))).toEqual([2, 2, 2]);
    // 90,000,000 needs 33 bits in hundredths.
    const apart = load(DOUBLE, [
      [1, 90_000_000],
      [0.05, 0.06],
    ]);
    expect(apart.map(({ ref }) => (ref.kind === 'decimal' ? ref.scale : -1))).toEqual([0, 2]);
  });

  it('keeps as doubles what is no decimal, or too far apart', () => {
    const forms = load(DOUBLE, [
      [-0, 1],
      [Number.NaN, 1],
      [0.5, 1e10],
      [2 ** 52, 2 ** 52 + 1],
    ]);
    expect(forms.map(({ ref }) => ref.kind)).toEqual(['double', 'double', 'double', 'double']);
  });

  it('needs no byte of the file where all rows are the same, and only which are null where some are', () => {
    const forms = (column: SegmentColumn, blocks: readonly (readonly Cell[])[]) =>
      load(column, blocks).map(({ ref, isRead }) => [formOf(ref), isRead]);
    expect(
      forms(LONG, [
        [7n, 7n],
        [7n, null],
        [null, null],
        [2n ** 60n, 2n ** 60n],
      ]),
    ).toEqual([
      ['long constant', false],
      ['long constant', true],
      ['long constant', false],
      ['long i64', true],
    ]);
    expect(
      forms(DOUBLE, [
        [0.25, 0.25],
        [0.25, null],
        [null, null],
        [1 / 3, 1 / 3],
      ]),
    ).toEqual([
      ['decimal constant', false],
      ['decimal constant', true],
      ['decimal constant', false],
      ['double', true],
    ]);
  });
});
