import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDescriptor } from '../../../../src/segments/format/descriptor.js';
import { loadColumnBlock, planColumnBlock } from '../../../../src/segments/format/loading.js';
import { SegmentCorruption } from '../../../../src/segments/format/segment-corruption.js';
import { verifySegment } from '../../../../src/segments/format/verify.js';
import { type PlainColumn, withDirectory, writeSegment } from '../segment-fixture.js';

const ROWS = Array.from({ length: 500 }, (_, i) => i);
const COLUMNS: readonly PlainColumn[] = [
  { name: '__time', type: 'LONG', values: ROWS.map((i) => BigInt(i)) },
  { name: 'page', type: 'STRING', indexed: true, values: ROWS.map((i) => (i % 9 === 0 ? null : `page ${i % 7}`)) },
  { name: 'tags', type: 'STRING', multiValue: true, indexed: true, values: ROWS.map((i) => [`t${i % 3}`, 'all']) },
  { name: 'price', type: 'DOUBLE', values: ROWS.map((i) => i / 4) },
];
const FILES = ['data.arrow', 'index.roaring', 'segment.bin'];

describe('a damaged segment', () => {
  it('is noticed whichever bit of whichever file was flipped', async () => {
    await withDirectory(async (directory) => {
      await writeSegment(directory, COLUMNS);
      const originals = await Promise.all(FILES.map((name) => readFile(join(directory, name))));
      const flip = fc.record({
        file: fc.nat({ max: 2 }),
        at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        bit: fc.nat({ max: 7 }),
      });
      await fc.assert(
        fc.asyncProperty(flip, async ({ file, at, bit }) => {
          const damaged = Buffer.from(originals[file]!);
          damaged[Math.floor(at * damaged.length)]! ^= 1 << bit;
          const path = join(directory, FILES[file]!);
          await writeFile(path, damaged);
          const error = await verifySegment(directory).catch((thrown: unknown) => thrown);
          await writeFile(path, originals[file]!);
          expect(error).toBeInstanceOf(SegmentCorruption);
          expect((error as SegmentCorruption).file).toBe(FILES[file]);
        }),
        { numRuns: 400 },
      );
      await verifySegment(directory);
    });
  });

  it('is noticed when a file is cut or absent', async () => {
    await withDirectory(async (directory) => {
      await writeSegment(directory, COLUMNS);
      for (const name of FILES) {
        const path = join(directory, name);
        const original = await readFile(path);
        await writeFile(path, original.subarray(0, original.length - 1));
        await expect(verifySegment(directory)).rejects.toBeInstanceOf(SegmentCorruption);
        await writeFile(path, original);
      }
    });
  });

  it('names the file, the offset and both checksums when a block is loaded', async () => {
    await withDirectory(async (directory) => {
      await writeSegment(directory, COLUMNS);
      const descriptor = parseDescriptor(await readFile(join(directory, 'segment.bin')));
      const column = descriptor.column('price')!;
      const plan = planColumnBlock(descriptor, column, 0);
      const data = await readFile(join(directory, 'data.arrow'));
      data[plan.offset + 20]! ^= 1;
      const bytes = data.subarray(plan.offset, plan.offset + plan.length);
      const ref = { arena: 0, offset: 0, length: plan.memoryBytes };
      const load = () => loadColumnBlock(descriptor, column, 0, bytes, new Uint8Array(plan.memoryBytes), ref);
      expect(load).toThrow(
        new RegExp(
          `\\[data.arrow\\] is corrupt at offset \\[${plan.offset}\\]: expected \\[[0-9a-f]{16}\\], found \\[[0-9a-f]{16}\\]`,
        ),
      );
    });
  });
});
