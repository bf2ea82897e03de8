import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnBlockRef } from '../../../src/memory/block-ref.js';
import { ResidentSegment } from '../../../src/memory/resident-segment.js';
import type { UnboundColumn } from '../../../src/memory/segment-records.js';
import { type SegmentDefinition, sliceRows, sliceSize } from '../../../src/memory/segment-table.js';
import type { Slot } from '../../../src/memory/slot-cache.js';
import type { BitmapIndex, ColumnVector, Dictionary } from '../../../src/vectors/block.js';
import { openSegment } from '../../../src/vectors/segment-view.js';
import { EVERY_TYPE, NUM_ROWS } from '../segments/every-type.js';
import { OpenSegment, writeSegment } from '../segments/segment-fixture.js';

const NO_SLOT = undefined as unknown as Slot;

let directory: string;
let stored: OpenSegment;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-view-'));
  await writeSegment(directory, EVERY_TYPE);
  stored = await OpenSegment.open(directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** The segment of every type as records. */
function everyType(): ResidentSegment {
  const { descriptor } = stored;
  const blockTimes = new SharedArrayBuffer(16 * descriptor.numBlocks);
  const times = new Float64Array(blockTimes);
  for (let block = 0; block < descriptor.numBlocks; block++) {
    const { minTimeMs, maxTimeMs } = descriptor.blockTimeRange(block);
    times.set([minTimeMs, maxTimeMs], 2 * block);
  }
  const columnTypes = Object.fromEntries(descriptor.columns.map(({ name, type }) => [name, type]));
  const segment = new ResidentSegment(
    { ...emptyFacts(), columnTypes, numRows: NUM_ROWS, numBlocks: descriptor.numBlocks, blockTimes },
    0,
  );
  for (let block = 0; block < descriptor.numBlocks; block++) fillBlock(segment, block);
  return segment;
}

function fillBlock(segment: ResidentSegment, block: number): void {
  const { columns } = stored.blockRef(block);
  for (const { name, position } of stored.descriptor.columns) {
    const ref = columns[name]!;
    segment.fillBlock(position, block, unbound(ref), NO_SLOT);
    const ids = ref.kind === 'array' ? ref.elements : ref;
    if (ids.kind !== 'string' && ids.kind !== 'multiString') continue;
    segment.fillDictionary(position, ids.dictionary, NO_SLOT);
    if (ids.index !== undefined) segment.fillIndex(position, ids.index, NO_SLOT);
  }
}

function unbound(ref: ColumnBlockRef): UnboundColumn {
  if (ref.kind === 'array') return { ...ref, elements: unbound(ref.elements) };
  if (ref.kind !== 'string' && ref.kind !== 'multiString') return ref;
  const { dictionary: _dictionary, index: _index, ...rest } = ref;
  return rest;
}

/** The one arena that the fixture has. */
function memory(): ArrayBufferLike {
  const time = stored.block(0).column('__time') as Extract<ColumnVector, { kind: 'long' }>;
  return time.values.buffer;
}

/** What a vector holds, without how: arrays by their hashes, which compare faster. */
function contents(vector: ColumnVector | undefined): unknown {
  if (vector === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(vector).map(([name, part]: [string, unknown]) => {
      if (ArrayBuffer.isView(part)) return [name, [part.constructor.name, part.byteLength, hashOf(part)]];
      if (name === 'elements') return [name, contents(part as ColumnVector)];
      if (name === 'dictionary') return [name, firstValues(part as Dictionary)];
      return [name, name === 'index' ? (part as BitmapIndex).cardinality(0) : part];
    }),
  );
}

function hashOf(view: ArrayBufferView): string {
  return createHash('sha1')
    .update(Buffer.from(view.buffer, view.byteOffset, view.byteLength))
    .digest('hex');
}

function firstValues(dictionary: Dictionary): readonly string[] {
  return Array.from({ length: Math.min(dictionary.size, 50) }, (_, i) => dictionary.value(i + 1));
}

describe('slice of a stored segment', () => {
  it('shows every type of column as it lies in memory', () => {
    const segment = everyType();
    // As a thread gets it: records are shared, the rest is copied.
    const definition = structuredClone(segment.definition);
    const view = openSegment({ definition, blocks: null, spaces: null }, memory);
    expect(view.numBlocks).toBe(3);
    for (let b = 0; b < view.numBlocks; b++) {
      const [block, expected] = [view.block(b), stored.block(b)];
      for (const { name } of EVERY_TYPE) {
        expect(contents(block.column(name)), `${name} of block ${b}`).toEqual(contents(expected.column(name)));
      }
      expect(block).toMatchObject({
        numRows: expected.numRows,
        firstRow: expected.firstRow,
        minTimeMs: expected.minTimeMs,
        maxTimeMs: expected.maxTimeMs,
      });
    }
  });

  it('visits the blocks of the slice, numbers them from 0, and counts their rows', () => {
    const { definition } = everyType();
    const slice = { definition, blocks: Int32Array.of(1, 2), spaces: null };
    expect([sliceSize(slice), sliceRows(slice)]).toEqual([2, NUM_ROWS - 65_536]);
    const view = openSegment(slice, memory);
    expect([view.numBlocks, view.block(1).firstRow, view.block(1).numRows]).toEqual([2, 131_072, 1000]);
    expect(sliceRows({ ...slice, blocks: Int32Array.of(0) })).toBe(65_536);
  });

  it('takes what was loaded anew, and refuses what went', () => {
    const segment = everyType();
    const view = openSegment({ definition: segment.definition, blocks: null, spaces: null }, memory);
    const u8 = stored.descriptor.column('u8')!.position;
    const before = view.block(0).stored('u8');
    expect(view.block(0).stored('u8')).toMatchObject(before!);
    segment.fillBlock(u8, 0, { kind: 'long', base: 7, width: 'constant', values: nowhere() }, NO_SLOT);
    expect(view.block(0).stored('u8')).toMatchObject({ kind: 'ints', type: null, base: 7 });
    segment.records.clearColumn(u8, 0);
    expect(() => view.block(0).stored('u8')).toThrow('is not in memory');
    expect(view.block(0).stored('nowhere')).toBeUndefined();
  });

  it('gives back zones of each kind, the ends of longs included', () => {
    const segment = new ResidentSegment(emptyFacts(), 0);
    const zones = [
      { kind: 'long', min: -(2n ** 63n), max: 2n ** 63n - 1n, nullCount: 3 },
      { kind: 'double', min: -0.5, max: Infinity, nullCount: 0 },
      { kind: 'ids', min: 1, max: 4_000_000_000, nullCount: 65_536 },
      { kind: 'null', nullCount: 65_536 },
    ] as const;
    zones.forEach((zone, block) => segment.records.writeZone(1, block, zone));
    const view = openSegment({ definition: segment.definition, blocks: null, spaces: null }, () => new ArrayBuffer(0));
    expect(zones.map((_, block) => view.block(block).zone('a'))).toEqual(zones);
    expect([view.block(4).zone('a'), view.block(0).zone('__time'), view.block(0).zone('b')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

function nowhere() {
  return { arena: 0, offset: 0, length: 0 };
}

function emptyFacts(): Omit<SegmentDefinition, 'id' | 'records'> {
  return {
    segmentId: 's',
    dataSource: 'd',
    intervalStartMs: 0,
    intervalEndMs: 1,
    minTimeMs: 0,
    maxTimeMs: 0,
    columnTypes: { __time: 'LONG', a: 'LONG' },
    numRows: 5 * 65_536,
    numBlocks: 5,
    blockTimes: new SharedArrayBuffer(80),
  };
}
