import { afterEach, describe, expect, test } from 'vitest';
import type { ColumnType } from '../../../../src/common/column-type.js';
import { DenseRun } from '../../../../src/engine/dense/dense-run.js';
import { GroupedRun } from '../../../../src/engine/grouped/grouped-run.js';
import { mergePartials } from '../../../../src/engine/merge.js';
import type { LeafRun, RunContext, RunSegment } from '../../../../src/engine/run.js';
import type { GroupedLeaf, LeafPlan } from '../../../../src/plan/leaf-plan.js';
import type { AggregatorSpec } from '../../../../src/query/native-query.js';
import type { Block } from '../../../../src/vectors/block.js';
import type { Table } from '../../../../src/vectors/table.js';
import { buildSegment, type Row } from '../../../support/blocks.js';
import { rowsOf } from '../../../support/cells.js';
import { differences, FROM_MS } from '../../../support/dense-cases.js';
import { type PlaceOptions, placeSegment } from '../../../support/run-context.js';
import { count, dimension, groupedLeaf, runThreads } from '../../../support/run-leaf.js';
import { threadContexts, TrackedArena } from '../../../support/threads.js';

const arena = new TrackedArena(1);
afterEach(() => arena.freeAll());

const sum = (fieldName: string, kind: 'long' | 'double' = 'long'): AggregatorSpec => ({
  type: 'sum',
  kind,
  name: fieldName,
  fieldName,
});
const extreme = (type: 'min' | 'max', fieldName: string, kind: 'long' | 'double' = 'long'): AggregatorSpec => ({
  type,
  kind,
  name: fieldName,
  fieldName,
});

function place(
  types: Record<string, ColumnType>,
  rows: readonly Row[],
  blockRows = 65_536,
  options: PlaceOptions = {},
) {
  return placeSegment(buildSegment({ types, rows, blockRows }), [arena], options);
}

const create = (plan: LeafPlan, context: RunContext): LeafRun => DenseRun.create(plan as GroupedLeaf, context)!;
const general = (plan: LeafPlan, context: RunContext): LeafRun => new GroupedRun(plan as GroupedLeaf, context.segments);

function run(plan: GroupedLeaf, segments: readonly RunSegment[], threads = 1): Table {
  return mergePartials(plan, runThreads(plan, threadContexts([arena], segments, threads), create));
}

function expectGeneral(plan: GroupedLeaf, segments: readonly RunSegment[], threads: number): void {
  const expected = mergePartials(plan, runThreads(plan, threadContexts([arena], segments, 1), general));
  expect(differences(run(plan, segments, threads), expected, 1 + plan.dimensions.length)).toEqual([]);
}

/** A segment that says which columns of its blocks were asked for. */
function watched(segment: RunSegment): { segment: RunSegment; asked: Set<string> } {
  const asked = new Set<string>();
  const block = (index: number): Block => {
    const inner = segment.block(index);
    const note = <T>(read: (name: string) => T) => {
      return (name: string): T => {
        asked.add(name);
        return read(name);
      };
    };
    return { ...inner, column: note(inner.column), stored: note(inner.stored) };
  };
  return { segment: { ...segment, block }, asked };
}

describe('hashed groups', () => {
  const wide = (i: number): Row => ({
    __time: i,
    a: `a${i % 301}`,
    b: `b${(i * 7) % 299}`,
    c: `c${(i * 11) % 293}`,
    e: `e${(i * 13) % 283}`,
    l: i,
  });
  const types: Record<string, ColumnType> = {
    __time: 'LONG',
    a: 'STRING',
    b: 'STRING',
    c: 'STRING',
    e: 'STRING',
    l: 'LONG',
  };
  const rows = Array.from({ length: 6000 }, (_, i) => wide(i % 4000));

  test('keys of several words meet between threads', () => {
    const plan = groupedLeaf({
      dimensions: ['a', 'b', 'c', 'e'].map((name) => dimension(name)),
      aggregators: [count, sum('l'), extreme('min', 'l'), extreme('max', 'l')],
    });
    expectGeneral(plan, [place(types, rows, 1000)], 3);
  });

  test('more groups than a table holds at first', () => {
    const many = Array.from({ length: 140_000 }, (_, i) => ({
      __time: 0,
      a: `${i % 1000}`,
      b: `${Math.floor((i % 70_000) / 100)}`,
      l: i,
    }));
    const plan = groupedLeaf({ dimensions: [dimension('a'), dimension('b')], aggregators: [count, sum('l')] });
    expectGeneral(plan, [place({ __time: 'LONG', a: 'STRING', b: 'STRING', l: 'LONG' }, many, 30_000)], 2);
  });
});

describe('time buckets', () => {
  const HOUR = 3_600_000;
  const rows = Array.from({ length: 5000 }, (_, i) => ({ __time: FROM_MS + i * 20_000, s: `s${i % 3}`, l: i }));
  const types: Record<string, ColumnType> = { __time: 'LONG', s: 'STRING', l: 'LONG' };
  const hourly = { type: 'duration', durationMs: 4 * HOUR, originMs: 0 } as const;
  const filters = [
    null,
    { type: 'selector', dimension: 's', value: 's1' },
    {
      type: 'range',
      column: 'l',
      matchValueType: 'LONG',
      lower: '717',
      upper: '765',
      lowerOpen: false,
      upperOpen: false,
    },
  ] as const;

  test.each([0, 1, 2])('a sorted block is cut where buckets begin, whatever form the selection has (%d)', (i) => {
    for (const dimensions of [[], [dimension('s')]]) {
      const plan = groupedLeaf({
        granularity: hourly,
        filter: filters[i]!,
        dimensions,
        aggregators: [count, sum('l'), extreme('max', 'l')],
      });
      expectGeneral(plan, [place(types, rows)], 1);
    }
  });

  test('blocks within one bucket need no __time, and count(*) no column at all', () => {
    const { segment, asked } = watched(place(types, rows.slice(0, 100)));
    const plan = groupedLeaf({ granularity: hourly });
    expect(rowsOf(run(plan, [segment]))).toEqual([[FROM_MS, 100n]]);
    expect([...asked]).toEqual([]);
  });
});

describe('numbers', () => {
  test('the sum of longs wraps at 64 bits, over blocks, threads and segments', () => {
    const big = 2n ** 62n;
    const rows = Array.from({ length: 6 }, () => ({ __time: 0, s: 'a', l: big }));
    const types: Record<string, ColumnType> = { __time: 'LONG', s: 'STRING', l: 'LONG' };
    const segments = [place(types, rows, 2), place(types, rows, 4)];
    for (const dimensions of [[], [dimension('s')]]) {
      const cells = rowsOf(run(groupedLeaf({ dimensions, aggregators: [sum('l')] }), segments, 2));
      expect(cells.map((row) => row.at(-1))).toEqual([BigInt.asIntN(64, 12n * big)]);
    }
  });

  test('decimals of different scales add up within a thread and between threads', () => {
    const types: Record<string, ColumnType> = { __time: 'LONG', d: 'DOUBLE' };
    const of = (...values: number[]) =>
      place(
        types,
        values.map((d) => ({ __time: 0, d })),
        2,
        { narrow: true },
      );
    const segments = [of(1.5, 2.5, 0.25, 0.75), of(10.125, 3, 7, 1 / 3)];
    const aggregators = [sum('d', 'double'), extreme('min', 'd', 'double'), extreme('max', 'd', 'double')];
    for (const threads of [1, 2, 4]) {
      const [cells] = rowsOf(run(groupedLeaf({ aggregators }), segments, threads));
      expect(cells![1]).toBeCloseTo(1.5 + 2.5 + 1 + 10.125 + 10 + 1 / 3, 12);
      expect(cells!.slice(2)).toEqual([0.25, 10.125]);
    }
  });

  test('sums of scaled integers turn real before they could overflow', () => {
    const types: Record<string, ColumnType> = { __time: 'LONG', l: 'LONG' };
    const rows = Array.from({ length: 3000 }, (_, i) => ({ __time: 0, l: 2n ** 51n + BigInt(i % 2) }));
    const segments = [place(types, rows, 1000), place(types, rows, 700)];
    for (const threads of [1, 2]) {
      const [cells] = rowsOf(run(groupedLeaf({ aggregators: [sum('l', 'double')] }), segments, threads));
      expect(cells![1]).toBeCloseTo(6000 * 2 ** 51, -8);
    }
  });

  test('a whole block gives its extremes from the zone, without a look at the column', () => {
    const rows = [5, -3, null, 9].map((l) => ({ __time: 0, l, d: l === null ? null : l / 8 }));
    const placed = place({ __time: 'LONG', l: 'LONG', d: 'DOUBLE' }, rows, 65_536, { zones: true });
    const { segment, asked } = watched(placed);
    const plan = groupedLeaf({
      aggregators: [extreme('min', 'l'), extreme('max', 'l'), extreme('max', 'd', 'double'), count],
    });
    expect(rowsOf(run(plan, [segment]))).toEqual([[0, -3n, 9n, 9 / 8, 4n]]);
    expect([...asked]).toEqual([]);
  });

  test('no value gives null, and a group of only such rows is there', () => {
    const rows = [
      { __time: 0, s: 'a', l: null, d: null },
      { __time: 0, s: 'b', l: 1, d: 2 },
      { __time: 0, s: null, l: null, d: -1 },
    ];
    const segment = place({ __time: 'LONG', s: 'STRING', l: 'LONG', d: 'DOUBLE' }, rows);
    const aggregators = [sum('l'), extreme('min', 'd', 'double'), sum('nope', 'double'), count];
    const cells = rowsOf(run(groupedLeaf({ dimensions: [dimension('s')], aggregators }), [segment]));
    expect(cells.map((row) => row.slice(1))).toEqual([
      [null, null, -1, null, 1n],
      ['a', null, null, null, 1n],
      ['b', 1n, 2, null, 1n],
    ]);
  });
});

describe('a segment of which some blocks go the general way', () => {
  test('is not cut, for its best groups are not known', () => {
    const plain = Array.from({ length: 6 }, (_, i) => ({ __time: i, m: i < 2 ? 'x' : `y${i}`, l: i < 2 ? 1 : 5 }));
    const multi = Array.from({ length: 6 }, () => ({ __time: 9, m: ['x', 'z'], l: 100 }));
    const types: Record<string, ColumnType> = { __time: 'LONG', m: 'STRING', l: 'LONG' };
    const segments = [place(types, [...plain, ...multi], 6), place(types, plain, 6)];
    const plan = groupedLeaf({
      dimensions: [dimension('m')],
      aggregators: [sum('l')],
      segmentCut: { limit: 1, by: { aggregator: 0 }, descending: true },
    });
    for (const threads of [1, 2]) {
      const x = rowsOf(run(plan, segments, threads)).find(([, m]) => m === 'x');
      expect(x).toEqual([0, 'x', 602n]);
    }
  });
});

describe('threads', () => {
  test('states are handed on until one partial holds all; nothing of them is left in scratch', () => {
    const types: Record<string, ColumnType> = { __time: 'LONG', s: 'STRING', l: 'LONG' };
    const rows = Array.from({ length: 900 }, (_, i) => ({ __time: i, s: `s${i % 70}`, l: i }));
    const segments = [place(types, rows, 100)];
    const plan = groupedLeaf({ dimensions: [dimension('s')], aggregators: [count, sum('l')] });
    const contexts = threadContexts([arena], segments, 3);
    const runs = contexts.map((context) => create(plan, context));
    for (let b = 0; b < 9; b++) runs[b % 3]!.add(0, b);
    expect(runs.map((one) => one.leave())).toEqual([null, null, null]);
    const inUse = arena.piecesInUse;
    const table = runs[2]!.finish()!;
    expect(table.numRows).toBe(70);
    expect(arena.piecesInUse).toBeLessThan(inUse);
    expect(contexts[0]!.exchange.take()).toBeUndefined();
  });

  test('a task without rows gives an empty partial, or the empty buckets of a timeseries', () => {
    const segment = place({ __time: 'LONG' }, [{ __time: 5 }, { __time: 35 }]);
    const granularity = { type: 'duration', durationMs: 10, originMs: 0 } as const;
    const none = { ...segment, numBlocks: 0 };
    expect(run(groupedLeaf({ granularity }), [none]).numRows).toBe(0);
    const filled = rowsOf(run(groupedLeaf({ granularity, fillEmptyBuckets: true }), [none]));
    expect(filled).toEqual([
      [0, 0n],
      [10, 0n],
      [20, 0n],
      [30, 0n],
    ]);
  });
});
