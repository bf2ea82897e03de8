import { expect, test } from 'vitest';
import { blockRows, PART_ROWS } from '../../../src/memory/block-rows.js';
import { BumpArena } from '../../../src/memory/bump-arena.js';
import { DimensionList } from '../../../src/segments/incremental/dimension-list.js';
import { IncrementalIndex } from '../../../src/segments/incremental/incremental-index.js';
import { autoDimension, stringDimension } from '../../../src/segments/incremental/row-schema.js';
import { openBlock } from '../../../src/vectors/block-view.js';
import { readBlock } from '../segments/incremental/read-view.js';

const DIMENSIONS = [
  stringDimension('text'),
  stringDimension('texts'),
  { ...stringDimension('long'), type: 'LONG' as const },
  { ...stringDimension('wide'), type: 'LONG' as const },
  { ...stringDimension('double'), type: 'DOUBLE' as const },
  { ...stringDimension('float'), type: 'FLOAT' as const },
  { ...stringDimension('json'), type: 'JSON' as const },
  autoDimension('list'),
];

test('rows of a part of a block are those of the block, in columns of every kind', () => {
  const arena = BumpArena.create(64 << 20);
  const schema = { dimensions: DIMENSIONS, metrics: [], queryGranularity: { type: 'none' } as const, rollup: false };
  const identity = { segmentId: 'x', dataSource: 'x', intervalStartMs: 0, intervalEndMs: 1e6 };
  const index = new IncrementalIndex(schema, new DimensionList(DIMENSIONS), arena, identity, () => {
    throw new Error('no filter expected');
  });
  const rows = 3 * PART_ROWS + 77;
  for (let i = 0; i < rows; i++) {
    const isNull = i % 7 === 3;
    const values = [`t${i % 500}`, i % 5 === 0 ? [`a${i}`, 'b'] : 'b', i, 2n ** 60n + BigInt(i), i / 4, i / 8];
    const others = [JSON.stringify({ i }), i % 3 === 0 ? [i, i + 1] : [i]];
    index.add({ timestampMs: i, dimensions: [...values, ...others].map((v) => (isNull ? null : v)), inputs: [] });
  }
  const view = index.view();
  const names = Object.keys(view.columnTypes);
  const read = (block: (typeof view.blocks)[number]) =>
    readBlock(
      openBlock(block, () => arena.buffer),
      names,
    );
  const [block] = view.blocks;
  const all = read(block!);
  expect(all).toHaveLength(rows);
  for (const [start, end] of [
    [0, rows],
    [0, PART_ROWS],
    [PART_ROWS, 3 * PART_ROWS],
    [2 * PART_ROWS, rows],
    [3 * PART_ROWS, rows - 5],
  ] as const) {
    const part = blockRows(block!, start, end);
    expect([part.firstRow, part.numRows]).toEqual([start, end - start]);
    expect(read(part)).toEqual(all.slice(start, end));
  }
});
