import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoaringBitmap32 } from 'roaring';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOCK_ROWS } from '../../../../src/memory/block-ref.js';
import type { LongVector, MultiStringVector, StringVector } from '../../../../src/vectors/block.js';
import type { WrittenSegment } from '../../../../src/segments/format/segment-schema.js';
import { SegmentWriter } from '../../../../src/segments/format/segment-writer.js';
import { verifySegment } from '../../../../src/segments/format/verify.js';
import { EVERY_TYPE, NUM_ROWS } from '../every-type.js';
import { INFO, OpenSegment, type PlainColumn, withDirectory, writeSegment } from '../segment-fixture.js';

const TIME: PlainColumn = { name: '__time', type: 'LONG', values: [1n, 2n, 2n] };

describe('a segment of several blocks', () => {
  let directory: string;
  let written: WrittenSegment;
  let opened: OpenSegment;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-segment-'));
    written = await writeSegment(directory, EVERY_TYPE);
    opened = await OpenSegment.open(directory);
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('reads back every type, null and stored form', async () => {
    expect(written).toMatchObject({ numRows: NUM_ROWS, dimensions: ['page'], metrics: ['added'] });
    expect(written.sizeBytes).toBe(written.files.reduce((sum, file) => sum + file.sizeBytes, 0));
    const descriptor = await verifySegment(directory);
    expect(descriptor.info).toEqual(INFO);
    for (const { name, values } of EVERY_TYPE) {
      // Comparing text is much faster than toEqual over 130,000 values.
      const text = (cells: readonly unknown[]) => cells.map(String).join('\n');
      expect(text(opened.values(name)) === text(values), name).toBe(true);
    }
    expect(descriptor.numBlocks).toBe(3);
    expect(descriptor.blockTimeRange(1)).toEqual({
      minTimeMs: 1_700_000_000_000 + BLOCK_ROWS * 37,
      maxTimeMs: 1_700_000_000_000 + (2 * BLOCK_ROWS - 1) * 37,
    });
  });

  it('holds longs in memory as narrowly as each block allows', async () => {
    const block = opened.block(1);
    const form = (name: string) => {
      const { base, values, nulls } = block.column(name) as LongVector;
      return [base, values.constructor.name, nulls !== undefined];
    };
    expect(form('u8')).toEqual([0, 'Uint8Array', false]);
    expect(form('i8')).toEqual([-128, 'Uint8Array', true]);
    expect(form('u32')).toEqual([0, 'Uint32Array', false]);
    expect(form('i64')).toEqual([0, 'BigInt64Array', true]);
    expect(form('__time')).toEqual([1_700_000_000_000 + BLOCK_ROWS * 37, 'Uint32Array', false]);
  });

  it('indexes the rows of every id, null included, and leaves out an index as large as the ids', async () => {
    for (const name of ['unique', 'fewNull']) expect(opened.descriptor.column(name)!.index, name).toBeUndefined();
    for (const name of ['few', 'tags', 'allNull']) {
      const values = EVERY_TYPE.find((column) => column.name === name)!.values;
      for (const b of [0, 2]) {
        const { index, dictionary } = opened.block(b).column(name) as StringVector | MultiStringVector;
        for (const id of [0, 1, 2, dictionary.size].filter((candidate) => candidate <= dictionary.size)) {
          const wanted = id === 0 ? null : dictionary.value(id);
          const holds = (row: number) => {
            const cell = values[row]!;
            if (!Array.isArray(cell)) return cell === wanted;
            return cell.includes(wanted) || (wanted === null && cell.length === 0);
          };
          const rows = values.map((_, row) => row).filter(holds);
          const inBlock = rows.filter((row) => Math.floor(row / BLOCK_ROWS) === b).map((row) => row % BLOCK_ROWS);
          expect([...index!.rowsOf(id, b)], `${name} ${id}`).toEqual(inBlock);
          expect(index!.cardinality(id)).toBe(rows.length);
        }
      }
    }
  });

  it('keeps zone maps and the decimal scale of every block', async () => {
    const { descriptor } = opened;
    const zone = (name: string, block: number) => descriptor.zone(descriptor.column(name)!, block);
    expect(zone('u32', 1).range).toEqual({
      kind: 'long',
      min: BigInt(BLOCK_ROWS * 30_000),
      max: BigInt((2 * BLOCK_ROWS - 1) * 30_000),
    });
    expect(zone('fewNull', 0)).toMatchObject({ nullCount: 9363, range: { kind: 'ids', min: 1, max: 255 } });
    expect(zone('decimal', 0)).toMatchObject({ decimalScale: 2, range: { kind: 'double', min: 0, max: 99.99 } });
    expect(zone('double', 0).decimalScale).toBeUndefined();
    expect(zone('allNull', 2)).toEqual({ nullCount: 1000, numElements: 1000, elementNulls: 0 });
  });

  it('gives bounds for planning only where they are the extreme values themselves', () => {
    const { descriptor } = opened;
    const zone = (name: string, block: number) => descriptor.zoneRef(descriptor.column(name)!, block);
    expect(zone('decimal', 0)).toEqual({ kind: 'double', min: 0, max: 99.99, nullCount: 0 });
    expect(zone('i8', 0)).toEqual({ kind: 'long', min: -128n, max: 127n, nullCount: 9363 });
    expect(zone('few', 0)).toEqual({ kind: 'ids', min: 1, max: 4, nullCount: 0 });
    expect(zone('allNull', 2)).toEqual({ kind: 'null', nullCount: 1000 });
    for (const name of ['tags', 'doubles', 'json']) expect(zone(name, 0), name).toBeUndefined();
  });

  it('gives kernels the bytes of every column, which mean the same as the plain views', () => {
    for (const block of [0, 2]) {
      for (const { name } of EVERY_TYPE) {
        const read = opened.storedCells(name, block);
        if (read !== undefined) expect(read.join() === opened.blockCells(name, block).join(), name).toBe(true);
      }
    }
    expect(opened.block(2).stored('allNull')).toMatchObject({ kind: 'ids', width: null, constant: 0 });
    expect(opened.block(1).stored('decimal')).toMatchObject({ kind: 'ints', type: 'u16', scale: 2, logical: 'double' });
    expect(opened.block(1).stored('nope')).toBeUndefined();
  });
});

describe('index.roaring', () => {
  it('holds bitmaps that other implementations of the format read', async () => {
    await withDirectory(async (directory) => {
      const values = Array.from({ length: 70_000 }, (_, i) => (i < 66_000 ? 'run' : `v${i % 3}`));
      const alternating = values.map((_, i) => (i % 2 === 0 ? 'even' : `odd ${i % 5}`));
      await writeSegment(directory, [
        { ...TIME, values: values.map(() => 0n) },
        { name: 'x', type: 'STRING', indexed: true, values },
        { name: 'y', type: 'STRING', indexed: true, values: alternating },
      ]);
      const opened = await OpenSegment.open(directory);
      for (const [name, column] of [
        ['x', values],
        ['y', alternating],
      ] as const) {
        const vector = opened.block(0).column(name) as StringVector;
        for (let id = 1; id <= vector.dictionary.size; id++) {
          const bitmap = RoaringBitmap32.deserialize(opened.bitmapBytes(name, id), 'portable');
          const rows = column.flatMap((value, row) => (value === vector.dictionary.value(id) ? [row] : []));
          expect(bitmap.isEqual(new RoaringBitmap32(rows))).toBe(true);
        }
      }
    });
  });
});

describe('segment writer', () => {
  it('refuses a block after a short one, times that descend, and ids beyond the dictionary', async () => {
    await withDirectory(async (directory) => {
      await writeSegment(join(directory, 'good'), [TIME]);
      await expect(writeSegment(join(directory, 'a'), [{ ...TIME, values: [2n, 1n] }])).rejects.toThrow('ascend');
      const writer = await SegmentWriter.create(join(directory, 'b'), {
        columns: [{ name: '__time', type: 'LONG', multiValue: false, indexed: false }],
      });
      const vector: LongVector = { kind: 'long', base: 0, values: Uint8Array.of(1) };
      await writer.writeBlock({ numRows: 1, columns: [vector] });
      await expect(writer.writeBlock({ numRows: 1, columns: [vector] })).rejects.toThrow('stage [full]');
      await writer.abort();
      expect((await readdir(directory)).sort()).toEqual(['a', 'good']);
    });
  });

  it('refuses a long outside the stated range', async () => {
    await withDirectory(async (directory) => {
      const long = { type: 'LONG', multiValue: false, indexed: false } as const;
      const writer = await SegmentWriter.create(directory, {
        columns: [
          { name: '__time', ...long },
          { name: 'x', ...long, range: { min: 0n, max: 255n } },
        ],
      });
      const time: LongVector = { kind: 'long', base: 0, values: Uint8Array.of(1) };
      const x: LongVector = { kind: 'long', base: 256, values: Uint8Array.of(0) };
      await expect(writer.writeBlock({ numRows: 1, columns: [time, x] })).rejects.toThrow('exceed [u8]');
      await expect(writer.finish(INFO)).rejects.toThrow('stage [broken]');
      await writer.abort();
    });
  });

  it('replaces what an earlier attempt left in the directory', async () => {
    await withDirectory(async (directory) => {
      await mkdir(directory, { recursive: true });
      for (const name of ['data.arrow', 'index.roaring', 'segment.bin']) await writeFile(join(directory, name), 'junk');
      await writeSegment(directory, [TIME]);
      expect((await verifySegment(directory)).numRows).toBe(3);
    });
  });
});
