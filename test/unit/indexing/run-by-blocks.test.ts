import { expect, test } from 'vitest';
import type { Interval } from '../../../src/common/interval.js';
import { SegmentPartials } from '../../../src/engine/cache/segment-partials.js';
import { runByBlocks } from '../../../src/indexing/answer/run-by-blocks.js';
import { BLOCK_ROWS, type BlockRef, type SegmentBlocks } from '../../../src/memory/block-ref.js';
import type { GroupedLeaf } from '../../../src/plan/leaf-plan.js';
import type { Table } from '../../../src/vectors/table.js';
import { rowsOf } from '../../support/cells.js';
import { count, groupedLeaf } from '../../support/run-leaf.js';

const USE = { use: true, populate: true };

/** Block i has one row at each ms of [1000 i, 1000 i + 999], as far as anybody can tell. */
function block(i: number, numRows = BLOCK_ROWS): BlockRef {
  const firstRow = i * BLOCK_ROWS;
  return { numRows, firstRow, minTimeMs: 1000 * i, maxTimeMs: 1000 * i + 999, sortedByTime: false, columns: {} };
}

function index(indexKey: string, blocks: readonly BlockRef[]): SegmentBlocks {
  return {
    segmentId: 's',
    dataSource: 'd',
    intervalStartMs: 0,
    intervalEndMs: 1e6,
    minTimeMs: 0,
    maxTimeMs: 1e6,
    columnTypes: { __time: 'LONG' },
    immutable: false,
    blocks: blocks.map((one, i) => (one.numRows < BLOCK_ROWS ? one : { ...one, key: `${indexKey}/b${i}` })),
  };
}

/** Counts the rows within the plan's interval, and notes which blocks were run. */
function engine(): { readonly ran: number[][]; run(plan: GroupedLeaf, of: readonly SegmentBlocks[]): Promise<Table> } {
  const ran: number[][] = [];
  const run = ({ intervals }: GroupedLeaf, of: readonly SegmentBlocks[]): Promise<Table> => {
    const blocks = of.flatMap((segment) => segment.blocks);
    ran.push(blocks.map(({ firstRow }) => firstRow / BLOCK_ROWS));
    const [{ startMs, endMs }] = intervals as [Interval];
    const rows = blocks.reduce((sum, { minTimeMs, maxTimeMs }) => {
      return sum + Math.max(0, Math.min(endMs, maxTimeMs + 1) - Math.max(startMs, minTimeMs));
    }, 0);
    const values = Float64Array.of(Math.max(startMs, 0));
    return Promise.resolve({
      numRows: 1,
      names: ['t', 'a0.count'],
      columns: [
        { type: 'DOUBLE', values, nulls: null },
        { type: 'LONG', values: BigInt64Array.of(BigInt(rows)), nulls: null },
      ],
    });
  };
  return { ran, run };
}

test('what is asked again over a sliding time runs only blocks that are new, not full or cut, and answers the same', async () => {
  const cache = new SegmentPartials(1e6);
  const { ran, run } = engine();
  const ask = async (startMs: number, segments: readonly SegmentBlocks[]): Promise<unknown[]> => {
    const plan = groupedLeaf({ intervals: [{ startMs, endMs: 20_000 }], aggregators: [count] });
    ran.length = 0;
    return rowsOf(await runByBlocks(plan, segments, cache, USE, run));
  };
  const first = index('rt/1/1', [block(0), block(1), block(2), block(3, 500)]);
  expect(await ask(500, [first])).toEqual([[500, 3500n]]);
  expect(ran).toEqual([[0, 1, 2, 3]]);
  expect(await ask(600, [first])).toEqual([[600, 3400n]]);
  expect(ran).toEqual([[0, 3], [2], [1]]);
  const later = index('rt/1/1', [block(0), block(1), block(2), block(3), block(4, 9)]);
  expect(await ask(1000, [later])).toEqual([[1000, 4000n]]);
  expect(ran).toEqual([[0, 4], [3]]);
  // Another index has rows of its own.
  expect(await ask(1000, [index('rt/1/2', [block(0), block(1)])])).toEqual([[1000, 1000n]]);
  expect(ran).toEqual([[0], [1]]);
});

test('when only one block is new, nothing else is run', async () => {
  const cache = new SegmentPartials(1e6);
  const { ran, run } = engine();
  const plan = groupedLeaf({ intervals: [{ startMs: 0, endMs: 20_000 }], aggregators: [count] });
  const ask = async (blocks: readonly BlockRef[]): Promise<unknown[]> => {
    ran.length = 0;
    return rowsOf(await runByBlocks(plan, [index('rt/1/1', blocks)], cache, USE, run));
  };
  await ask([block(0)]);
  await ask([block(0)]);
  expect(await ask([block(0), block(1)])).toEqual([[0, 2000n]]);
  expect(ran).toEqual([[1]]);
  expect(await ask([block(0), block(1)])).toEqual([[0, 2000n]]);
  expect(ran).toEqual([]);
});

test('a column that widens makes other partials', async () => {
  const cache = new SegmentPartials(1e6);
  const { ran, run } = engine();
  const plan = groupedLeaf({ intervals: [{ startMs: 0, endMs: 20_000 }], aggregators: [count] });
  const before = index('rt/1/1', [block(0)]);
  for (let i = 0; i < 3; i++) await runByBlocks(plan, [before], cache, USE, run);
  expect(ran).toEqual([[0], [0]]);
  ran.length = 0;
  await runByBlocks(plan, [{ ...before, columnTypes: { __time: 'LONG', x: 'STRING' } }], cache, USE, run);
  expect(ran).toEqual([[0]]);
});

/** Counts rows, and notes which of them were run: [first, first after]. */
function rowCounter(): {
  readonly ran: [number, number][];
  run(plan: GroupedLeaf, of: readonly SegmentBlocks[]): Promise<Table>;
} {
  const ran: [number, number][] = [];
  const run = (_: GroupedLeaf, of: readonly SegmentBlocks[]): Promise<Table> => {
    const blocks = of.flatMap((segment) => segment.blocks);
    ran.push(...blocks.map(({ firstRow, numRows }): [number, number] => [firstRow, firstRow + numRows]));
    const rows = blocks.reduce((sum, { numRows }) => sum + numRows, 0);
    return Promise.resolve({
      numRows: 1,
      names: ['t', 'a0.count'],
      columns: [
        { type: 'DOUBLE', values: Float64Array.of(0), nulls: null },
        { type: 'LONG', values: BigInt64Array.of(BigInt(rows)), nulls: null },
      ],
    });
  };
  return { ran, run };
}

/** One block of so many rows, which takes more until it is full. */
function growing(numRows: number): SegmentBlocks {
  const whole = index('rt/1/1', []);
  const one = { ...block(0, numRows), key: 'rt/1/1/b0' };
  return { ...whole, blocks: [numRows < BLOCK_ROWS ? { ...one, mayGrow: true } : one] };
}

test('of a block that takes rows those are run that came since its partial, and that is made anew from time to time', async () => {
  const cache = new SegmentPartials(1e6);
  const { ran, run } = rowCounter();
  const plan = groupedLeaf({ intervals: [{ startMs: 0, endMs: 20_000 }], aggregators: [count] });
  const ask = async (numRows: number): Promise<unknown[]> => {
    ran.length = 0;
    return rowsOf(await runByBlocks(plan, [growing(numRows)], cache, USE, run));
  };
  expect(await ask(20_100)).toEqual([[0, 20_100n]]);
  expect(ran).toEqual([[0, 20_100]]);
  expect(await ask(20_200)).toEqual([[0, 20_200n]]);
  expect(ran).toEqual([
    [19_456, 20_200],
    [0, 19_456],
  ]);
  expect(await ask(30_000)).toEqual([[0, 30_000n]]);
  expect(ran).toEqual([[19_456, 30_000]]);
  expect(await ask(40_960)).toEqual([[0, 40_960n]]);
  expect(ran).toEqual([[19_456, 40_960]]);
  // A view that was taken before.
  expect(await ask(35_000)).toEqual([[0, 35_000n]]);
  expect(await ask(41_000)).toEqual([[0, 41_000n]]);
  expect(ran).toEqual([[40_960, 41_000]]);
  // Full: from now on as any other block.
  expect(await ask(BLOCK_ROWS)).toEqual([[0, BigInt(BLOCK_ROWS)]]);
  expect(ran).toEqual([[40_960, BLOCK_ROWS]]);
  expect(await ask(BLOCK_ROWS)).toEqual([[0, BigInt(BLOCK_ROWS)]]);
  expect(ran).toEqual([]);
});

test('a block that takes rows is run whole where its time is cut', async () => {
  const cache = new SegmentPartials(1e6);
  const { ran, run } = rowCounter();
  const ask = (startMs: number, numRows: number): Promise<Table> => {
    ran.length = 0;
    const plan = groupedLeaf({ intervals: [{ startMs, endMs: 20_000 }], aggregators: [count] });
    return runByBlocks(plan, [growing(numRows)], cache, USE, run);
  };
  for (let i = 0; i < 3; i++) await ask(0, 20_480);
  expect(ran).toEqual([]);
  await ask(500, 20_500);
  expect(ran).toEqual([[0, 20_500]]);
});
