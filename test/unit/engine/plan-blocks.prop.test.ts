import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockSelector } from '../../../src/engine/select/block-selector.js';
import { compileFilter } from '../../../src/engine/filter/compile-filter.js';
import { type BlockPlan, planBlocks, type SegmentFacts } from '../../../src/engine/plan-blocks.js';
import type { RunSegment } from '../../../src/engine/run.js';
import type { LeafPlan } from '../../../src/plan/leaf-plan.js';
import type { AggregatorSpec } from '../../../src/query/native-query.js';
import type { Block } from '../../../src/vectors/block.js';
import { allRows, rowList } from '../../../src/vectors/selection.js';
import { buildSegment, type Row } from '../../support/blocks.js';
import { row, tree, truth, TYPES } from '../../support/filter-oracle.js';
import { dimension, groupedLeaf } from '../../support/run-leaf.js';
import { placeSegment, TestArena, testContext } from '../../support/run-context.js';

const home = new TestArena(1);
const ARENAS = [home];

function factsOf(segment: RunSegment): SegmentFacts {
  return {
    numBlocks: segment.numBlocks,
    columnTypes: segment.columnTypes,
    blockTimeRange: (block) => segment.block(block),
    zone: (column, block) => segment.block(block).zone(column),
  };
}

function planOf(plan: LeafPlan, rows: readonly Row[], blockRows = 10): BlockPlan {
  const made = buildSegment({ types: TYPES, rows, blockRows });
  return planBlocks(plan, factsOf(placeSegment(made, ARENAS, { zones: true })));
}

/** The blocks in which a column is loaded; undefined when it is not planned for. */
function blocksOf(plan: BlockPlan, name: string, numBlocks: number): number[] | undefined {
  const all = plan.blocks === null ? Array.from({ length: numBlocks }, (_, i) => i) : Array.from(plan.blocks);
  const column = plan.columns.find((one) => one.name === name);
  return column === undefined ? undefined : column.blocks === null ? all : Array.from(column.blocks);
}

/** 4 blocks of 10 rows; l is 0..39, d is l / 4, s alternates. */
const PLAIN: readonly Row[] = Array.from({ length: 40 }, (_, i) => ({
  __time: i,
  s: i % 2 === 0 ? 'a' : 'b',
  m: null,
  l: i,
  w: BigInt(i),
  d: i / 4,
  f: 1,
}));
const range = (column: string, lower: string | null, upper: string | null) =>
  ({
    type: 'range',
    column,
    matchValueType: 'LONG',
    lower,
    upper,
    lowerOpen: false,
    upperOpen: false,
  }) as const;
const metric = (type: 'sum' | 'min' | 'max', fieldName: string): AggregatorSpec => ({
  type,
  kind: 'long',
  name: `${type}_${fieldName}`,
  fieldName,
});

describe('what is left out', () => {
  test('blocks outside of the intervals, and the times of blocks within', () => {
    const plan = planOf(groupedLeaf({ intervals: [{ startMs: 5, endMs: 30 }] }), PLAIN);
    expect(Array.from(plan.blocks!)).toEqual([0, 1, 2]);
    expect(blocksOf(plan, '__time', 4)).toEqual([0]);
  });

  test('blocks whose zones exclude the filter; its column where the whole block matches', () => {
    const plan = planOf(groupedLeaf({ filter: range('l', '15', null) }), PLAIN);
    expect(Array.from(plan.blocks!)).toEqual([1, 2, 3]);
    expect(blocksOf(plan, 'l', 4)).toEqual([1]);
  });

  test('a negated filter the other way round', () => {
    const plan = planOf(groupedLeaf({ filter: { type: 'not', field: range('l', '15', null) } }), PLAIN);
    expect(Array.from(plan.blocks!)).toEqual([0, 1]);
    expect(blocksOf(plan, 'l', 4)).toEqual([1]);
  });

  test('every column of a segment that no block is visited of', () => {
    const plan = planOf(groupedLeaf({ filter: range('l', '100', null), dimensions: [dimension('s')] }), PLAIN);
    expect(plan).toEqual({ blocks: new Int32Array(0), columns: [] });
  });

  test('times where a block lies in one bucket', () => {
    const granularity = { type: 'duration', durationMs: 20, originMs: 0 } as const;
    expect(blocksOf(planOf(groupedLeaf({ granularity }), PLAIN), '__time', 4)).toEqual([]);
    const odd = { ...granularity, originMs: 5 };
    expect(blocksOf(planOf(groupedLeaf({ granularity: odd }), PLAIN), '__time', 4)).toEqual([0, 2]);
  });

  test('a column whose extremes zones tell, unless a part of the block matches or its sum is asked', () => {
    const extremes = [metric('min', 'l'), metric('max', 'l')];
    const intervals = [{ startMs: 0, endMs: 35 }];
    expect(blocksOf(planOf(groupedLeaf({ intervals, aggregators: extremes }), PLAIN), 'l', 4)).toEqual([3]);
    const withSum = [...extremes, metric('sum', 'l')];
    expect(blocksOf(planOf(groupedLeaf({ intervals, aggregators: withSum }), PLAIN), 'l', 4)).toEqual([0, 1, 2, 3]);
    const grouped = groupedLeaf({ intervals, aggregators: extremes, dimensions: [dimension('s')] });
    expect(blocksOf(planOf(grouped, PLAIN), 'l', 4)).toEqual([0, 1, 2, 3]);
  });

  test('nothing of what a scan shows', () => {
    const scan = {
      kind: 'scan',
      virtualColumns: [],
      intervals: [{ startMs: 0, endMs: 40 }],
      maxRows: null,
      order: 'none',
    } as const;
    const all = planOf({ ...scan, filter: range('l', null, '12'), columns: [] }, PLAIN);
    expect(Array.from(all.blocks!)).toEqual([0, 1]);
    expect(all.columns.map(({ name }) => name)).toEqual(Object.keys(TYPES));
    for (const name of Object.keys(TYPES)) expect(blocksOf(all, name, 4)).toEqual([0, 1]);
    const one = planOf({ ...scan, filter: range('l', null, '12'), columns: ['s'] }, PLAIN);
    expect(blocksOf(one, 's', 4)).toEqual([0, 1]);
    expect(blocksOf(one, 'l', 4)).toEqual([1]);
    expect(blocksOf(one, '__time', 4)).toEqual([]);
  });

  test('the index of a column that zones decide', () => {
    const filter = { type: 'selector', dimension: 's', value: 'a' } as const;
    const indexOf = (one: BlockPlan) => one.columns.find(({ name }) => name === 's')!.index;
    expect(indexOf(planOf(groupedLeaf({ filter }), PLAIN))).toBe(true);
    expect(indexOf(planOf(groupedLeaf({ filter: { type: 'not', field: { type: 'null', column: 's' } } }), PLAIN))).toBe(
      false,
    );
  });
});

/** A block that holds only what was planned: anything else that is read is an error. */
function planned(block: Block, loaded: ReadonlySet<string>, known: ReadonlySet<string>): Block {
  const check = (name: string): void => {
    if (known.has(name) && !loaded.has(name)) throw new Error(`Column [${name}] is read but was not planned`);
  };
  const { numRows, firstRow, minTimeMs, maxTimeMs, sortedByTime } = block;
  return {
    numRows,
    firstRow,
    minTimeMs,
    maxTimeMs,
    sortedByTime,
    column: (name) => (loaded.has(name) || !known.has(name) ? block.column(name) : undefined),
    stored(name) {
      check(name);
      return block.stored(name);
    },
    zone: (name) => block.zone(name),
  };
}

const interval = fc.tuple(fc.integer({ min: -5, max: 25 }), fc.integer({ min: 1, max: 20 }));

test('running reads nothing that was left out, and the rows are the same', () => {
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 40 }),
      tree,
      interval,
      fc.integer({ min: 1, max: 12 }),
      (unsorted, filter, [startMs, length], blockRows) => {
        const rows = unsorted.toSorted((a, b) => Number(a['__time']) - Number(b['__time']));
        const intervals = [{ startMs, endMs: startMs + length }];
        const made = buildSegment({ types: TYPES, rows, blockRows, index: true });
        const segment = placeSegment(made, ARENAS, { zones: true, narrow: true });
        const plan = planBlocks(groupedLeaf({ intervals, filter }), factsOf(segment));
        const selector = new BlockSelector({ intervals, filter }, testContext(ARENAS, [segment]));
        const general = compileFilter(filter);
        const known = new Set(Object.keys(TYPES));
        const found: number[] = [];
        for (let i = 0; i < segment.numBlocks; i++) {
          if (plan.blocks !== null && !plan.blocks.includes(i)) continue;
          const names = [...known].filter((name) => blocksOf(plan, name, segment.numBlocks)?.includes(i));
          const block = planned(segment.block(i), new Set(names), known);
          const { rows: list, count } = selector.toRows(selector.select(segment, block));
          for (let at = 0; at < count; at++) found.push(i * blockRows + (list?.[at] ?? at));
          // The filters on views read what is missing as null at most where zones decide anyway.
          const narrowed = general.narrow(block, allRows(block.numRows));
          const expected = rows.slice(i * blockRows, i * blockRows + block.numRows);
          expect(Array.from(rowList(narrowed).subarray(0, narrowed.count))).toEqual(
            expected.flatMap((values, at) => (truth(filter, values) === true ? [at] : [])),
          );
        }
        const expected = rows.flatMap((values, i) => {
          const time = Number(values['__time']);
          return time >= startMs && time < startMs + length && truth(filter, values) === true ? [i] : [];
        });
        expect(found).toEqual(expected);
      },
    ),
    { numRuns: 1000 },
  );
});
