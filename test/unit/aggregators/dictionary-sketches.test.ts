import { describe, expect, test } from 'vitest';
import { createAggregator } from '../../../src/aggregators/create-aggregator.js';
import { compileFilter } from '../../../src/engine/filter/compile-filter.js';
import type { AggregatorSpec } from '../../../src/query/native-query.js';
import { DataSketchesHasher, DruidHasher } from '../../../src/sketches/hashers.js';
import { HllSketch } from '../../../src/sketches/hll-sketch.js';
import { HllUnion } from '../../../src/sketches/hll-union.js';
import { HyperUnique } from '../../../src/sketches/hyper-unique.js';
import { ThetaUnion } from '../../../src/sketches/theta-union.js';
import { allRows, type Selection } from '../../../src/vectors/selection.js';
import { buildSegment, type Row } from '../../support/blocks.js';

const BLOCK_ROWS = 4000;
const NUM_GROUPS = 3;
const WORDS = ['', 'ä', '日本', '😀', 'plain'];
const field = { type: 'default', dimension: 's', outputName: 's', outputType: 'STRING' } as const;

/** Each value several times, in an order of its own in each block; some rows are null. */
function rowsOf(numRows: number, numValues: number): Row[] {
  let state = 7;
  return Array.from({ length: numRows }, (_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const value = Math.floor((state / 2 ** 32) * numValues);
    return { __time: i, s: value % 50 === 49 ? null : `${WORDS[value % WORDS.length]}${value === 0 ? '' : value}` };
  });
}

/** Values by block that belong to a group. */
function blocksOf(rows: readonly Row[], take: (i: number) => boolean): string[][] {
  const blocks: string[][] = [];
  rows.forEach((row, i) => {
    const block = Math.floor(i / BLOCK_ROWS);
    blocks[block] ??= [];
    if (take(i) && row['s'] !== null) blocks[block].push(row['s'] as string);
  });
  return blocks;
}

const hasher = new DataSketchesHasher();
const druidHasher = new DruidHasher();

function hll(blocks: readonly string[][], lgK: number, encoding: 'utf8' | 'utf16le'): Uint8Array {
  const union = new HllUnion(lgK);
  const sketches = blocks.map((values) => {
    const sketch = HllSketch.create(lgK, 'HLL_4');
    for (const value of values) {
      const hash = encoding === 'utf8' ? hasher.utf8(value) : hasher.chars(value);
      if (hash !== null) sketch.update(hash);
    }
    return sketch;
  });
  const filled = sketches.filter((sketch) => !sketch.isEmpty);
  if (filled.length === 1) return filled[0]!.toBytes();
  for (const sketch of filled) union.merge(sketch);
  return union.result('HLL_4').toBytes();
}

function theta(blocks: readonly string[][], size: number): Uint8Array {
  const union = new ThetaUnion(size);
  for (const value of blocks.flat()) {
    const hash = hasher.utf8(value);
    if (hash !== null) union.update(hash);
  }
  return union.toBytes();
}

function hyperUnique(blocks: readonly string[][], encoding: 'utf8' | 'utf16le'): Uint8Array {
  const sketch = new HyperUnique();
  for (const value of blocks.flat())
    sketch.add(encoding === 'utf8' ? druidHasher.utf8(value) : druidHasher.chars(value));
  return sketch.toBytes();
}

const SHOWN = { name: 'x', fieldName: 's', shouldFinalize: true, round: false };
type Expected = (blocks: readonly string[][]) => Uint8Array;
const CASES: readonly (readonly [string, AggregatorSpec, Expected])[] = [
  ...(['utf8', 'utf16le'] as const).flatMap((stringEncoding) =>
    [6, 12].map((lgK): readonly [string, AggregatorSpec, Expected] => [
      `HLL ${lgK} ${stringEncoding}`,
      { ...SHOWN, type: 'HLLSketchBuild', lgK, tgtHllType: 'HLL_4', stringEncoding },
      (blocks) => hll(blocks, lgK, stringEncoding),
    ]),
  ),
  ...[16, 1024].map((size): readonly [string, AggregatorSpec, Expected] => [
    `theta ${size}`,
    { ...SHOWN, type: 'thetaSketch', size, isInputThetaSketch: false, errorBoundsStdDev: null },
    (blocks) => theta(blocks, size),
  ]),
  [
    'hyperUnique',
    { ...SHOWN, type: 'hyperUnique', isInputHyperUnique: false },
    (blocks) => hyperUnique(blocks, 'utf8'),
  ],
  [
    'cardinality',
    { ...SHOWN, type: 'cardinality', fields: [field], byRow: false },
    (blocks) => hyperUnique(blocks, 'utf16le'),
  ],
];

describe.each(CASES)('%s of a dictionary', (_, spec, expected) => {
  test.each([
    ['one block', 3000, 2500],
    ['few values', 4 * BLOCK_ROWS, 40],
    ['many values', 5 * BLOCK_ROWS, 6000],
  ])('is the sketch of its values one by one: %s', (_name, numRows, numValues) => {
    const rows = rowsOf(numRows, numValues);
    const { blocks } = buildSegment({ types: { __time: 'LONG', s: 'STRING' }, rows, blockRows: BLOCK_ROWS });
    const all = createAggregator(spec, compileFilter);
    const grouped = createAggregator(spec, compileFilter);
    const odd = createAggregator(spec, compileFilter);
    blocks.forEach((block, number) => {
      all.ensure(1);
      all.aggregate(block, allRows(block.numRows), null);
      grouped.ensure(NUM_GROUPS);
      const groups = Uint32Array.from({ length: block.numRows }, (__, i) => (number * BLOCK_ROWS + i) % NUM_GROUPS);
      grouped.aggregate(block, allRows(block.numRows), groups);
      odd.ensure(1);
      odd.aggregate(block, oddRows(block.numRows), null);
    });
    expect(imageOf(all, 0)).toEqual(Buffer.from(expected(blocksOf(rows, () => true))));
    expect(imageOf(odd, 0)).toEqual(Buffer.from(expected(blocksOf(rows, (i) => i % 2 === 1))));
    for (let group = 0; group < NUM_GROUPS; group++) {
      expect(imageOf(grouped, group)).toEqual(Buffer.from(expected(blocksOf(rows, (i) => i % NUM_GROUPS === group))));
    }
  });
});

function oddRows(numRows: number): Selection {
  const rows = Uint16Array.from({ length: Math.floor(numRows / 2) }, (_, i) => 2 * i + 1);
  return { rows, count: rows.length };
}

function imageOf(aggregator: ReturnType<typeof createAggregator>, group: number): Buffer {
  const [column] = aggregator.exportState();
  if (column?.type !== 'BINARY') throw new Error('A sketch is an image');
  return Buffer.from(column.bytes.subarray(column.offsets[group], column.offsets[group + 1]));
}
