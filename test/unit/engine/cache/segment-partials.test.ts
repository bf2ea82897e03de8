import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Interval } from '../../../../src/common/interval.js';
import {
  type CacheSegment,
  type CacheSplit,
  inInterval,
  SegmentPartials,
} from '../../../../src/engine/cache/segment-partials.js';
import { mergePartials } from '../../../../src/engine/merge.js';
import { NodeSpaces } from '../../../../src/engine/spaces/node-spaces.js';
import { runRemapJob } from '../../../../src/engine/spaces/remap-job.js';
import type { GroupedLeaf } from '../../../../src/plan/leaf-plan.js';
import type { Table } from '../../../../src/vectors/table.js';
import { rowsOf } from '../../../support/cells.js';
import { count, dimension, groupedLeaf } from '../../../support/run-leaf.js';
import { DictionaryArena } from '../spaces/stored-dictionary.js';

const BOTH = { use: true, populate: true };

/** Segment i has ten rows at times 10i to 10i + 9; its value is i mod 3. */
const segments: CacheSegment[] = Array.from({ length: 12 }, (_, i) => ({
  id: `s${i}`,
  minTimeMs: 10 * i,
  maxTimeMs: 10 * i + 9,
}));

function planOf(intervals: readonly Interval[], parts: Partial<GroupedLeaf> = {}): GroupedLeaf {
  return groupedLeaf({ intervals, dimensions: [dimension('d')], aggregators: [count], ...parts });
}

/** What the engine would give. */
function run(plan: GroupedLeaf, of: readonly CacheSegment[]): Table {
  return mergePartials(plan, [...of.map((segment) => runOne(plan, segment)), EMPTY]);
}

function runOne({ intervals }: GroupedLeaf, { minTimeMs, maxTimeMs }: CacheSegment): Table {
  const stepMs = (maxTimeMs - minTimeMs + 1) / 10;
  const times = Array.from({ length: 10 }, (_, k) => minTimeMs + k * stepMs);
  const rows = times.filter((ms) => intervals.some(({ startMs, endMs }) => startMs <= ms && ms < endMs)).length;
  const met = intervals.filter(({ startMs, endMs }) => startMs <= maxTimeMs && minTimeMs < endMs);
  if (met.length === 0) return EMPTY;
  const startMs = Math.min(...met.map((interval) => Math.max(interval.startMs, minTimeMs)));
  return table([(minTimeMs / (10 * stepMs)) % 3], [BigInt(rows)], startMs);
}

function table(values: number[], counts: bigint[], startMs = 0): Table {
  return {
    numRows: values.length,
    names: ['t', 'd0', 'a0.count'],
    columns: [
      { type: 'DOUBLE', values: new Float64Array(values.length).fill(startMs), nulls: null },
      { type: 'STRING', ids: Int32Array.from(values), dictionary: ['x', 'y', 'z'] },
      { type: 'LONG', values: BigInt64Array.from(counts), nulls: null },
    ],
  };
}

const EMPTY = table([], []);

function query(
  cache: SegmentPartials,
  plan: GroupedLeaf,
  of = segments,
  cacheUse = BOTH,
): { split: CacheSplit; rows: unknown[] } {
  const split = cache.split(plan, of, cacheUse);
  const partials = split.found.map((known) => known.table);
  for (const place of split.separate) {
    const partial = run(plan, [of[place]!]);
    split.put(place, partial);
    partials.push(partial);
  }
  for (const { place, unknown, rest } of split.cut) {
    if (rest.length > 0) partials.push(run({ ...plan, intervals: rest }, [of[place]!]));
    for (const piece of unknown) {
      const partial = run({ ...plan, intervals: [piece] }, [of[place]!]);
      split.put(place, partial, piece);
      partials.push(inInterval(plan, of[place]!, partial));
    }
  }
  partials.push(
    run(
      plan,
      split.together.map((place) => of[place]!),
    ),
  );
  const merged = mergePartials(plan, partials);
  split.noteMerged(merged);
  return { split, rows: rowsOf(merged).map(String).sort() };
}

const upTo = (endMs: number, startMs = 0): Interval[] => [{ startMs, endMs }];

describe('partials of segments', () => {
  test('a plan is run in one go at first, then segment by segment, then only what is new or cut', () => {
    const cache = new SegmentPartials(1e6);
    expect(query(cache, planOf(upTo(100))).split).toMatchObject({ found: [], separate: [], together: { length: 12 } });
    expect(query(cache, planOf(upTo(100))).split).toMatchObject({ found: [], separate: { length: 10 } });
    const { split } = query(cache, planOf(upTo(115, 5)));
    expect(split.found).toHaveLength(9);
    expect(split.separate).toEqual([10]);
    expect(split.together).toEqual([11, 0]);
  });

  test('answers are those without a cache, however the time slides', () => {
    const step = fc.record({
      start: fc.nat(60),
      length: fc.nat(90),
      other: fc.boolean(),
      use: fc.boolean(),
      populate: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.constantFrom(0, 1500, 1e6), (steps, budgetBytes) => {
        const cache = new SegmentPartials(budgetBytes);
        for (const { start, length, other, use, populate } of steps) {
          const intervals = upTo(start + length, start);
          const plan = planOf(other ? [...intervals, { startMs: 160, endMs: 200 }] : intervals);
          const rows = rowsOf(
            mergePartials(
              plan,
              segments.map((segment) => run(plan, [segment])),
            ),
          )
            .map(String)
            .sort();
          expect(query(cache, plan, segments, { use, populate }).rows).toEqual(rows);
          expect(cache.bytes).toBeLessThanOrEqual(budgetBytes);
        }
      }),
    );
  });

  test('of segments that an interval cuts, pieces are kept: answers are those without a cache', () => {
    const long = segments.map(({ id, minTimeMs, maxTimeMs }) => ({
      id,
      minTimeMs: 1000 * minTimeMs,
      maxTimeMs: 1000 * maxTimeMs + 999,
    }));
    let pieces = 0;
    const step = fc.record({ startMs: fc.nat(20_000), lengthMs: fc.nat(90_000) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 12 }), (steps) => {
        const cache = new SegmentPartials(1e6);
        for (const { startMs, lengthMs } of steps) {
          const plan = planOf(upTo(startMs + lengthMs, startMs));
          const rows = rowsOf(run(plan, long)).map(String).sort();
          const { split, rows: found } = query(cache, plan, long);
          expect(found).toEqual(rows);
          pieces += split.cut.length;
        }
      }),
    );
    expect(pieces).toBeGreaterThan(0);
    const cache = new SegmentPartials(1e6);
    for (let i = 0; i < 3; i++) query(cache, planOf(upTo(38_000, 3000)), long);
    // What a later window asks anew is what lies beside the pieces.
    const { cut } = cache.split(planOf(upTo(38_500, 3100)), long, BOTH);
    expect(cut.map(({ unknown }) => unknown.length)).toEqual([0, 0]);
    expect(cut.flatMap(({ rest }) => rest).every(({ startMs, endMs }) => endMs - startMs <= 1024)).toBe(true);
  });

  test('no pieces are kept of a topN that segments cut', () => {
    const cache = new SegmentPartials(1e6);
    const segmentCut = { limit: 2, by: { aggregator: 0 }, descending: true } as const;
    const long = [{ id: 'l', minTimeMs: 0, maxTimeMs: 99_999 }];
    for (let i = 0; i < 3; i++) {
      const split = cache.split(planOf(upTo(50_000), { segmentCut }), long, BOTH);
      expect(split).toMatchObject({ cut: [], together: [0] });
      split.noteMerged(table([0, 1], [1n, 1n]));
    }
  });

  test('other plans share nothing', () => {
    const cache = new SegmentPartials(1e6);
    for (let i = 0; i < 3; i++) query(cache, planOf(upTo(100)));
    const other = planOf(upTo(100), { filter: { type: 'selector', dimension: 'd', value: 'x' } });
    expect(cache.split(other, segments, BOTH).found).toEqual([]);
    expect(cache.split(planOf(upTo(100)), segments, BOTH).found).toHaveLength(10);
  });

  test('useCache and populateCache are kept', () => {
    const cache = new SegmentPartials(1e6);
    for (let i = 0; i < 3; i++) query(cache, planOf(upTo(100)), segments, { use: true, populate: false });
    expect(cache.bytes).toBe(0);
    for (let i = 0; i < 3; i++) query(cache, planOf(upTo(100)));
    expect(cache.split(planOf(upTo(100)), segments, { use: false, populate: false }).together).toHaveLength(12);
    expect(cache.split(planOf(upTo(100)), segments, { use: true, populate: false }).found).toHaveLength(10);
  });

  test('a large result is never split', () => {
    const cache = new SegmentPartials(1e9);
    const large: Table = {
      numRows: 2 ** 18,
      names: ['t'],
      columns: [{ type: 'DOUBLE', values: new Float64Array(2 ** 18), nulls: null }],
    };
    cache.split(planOf(upTo(100)), segments, BOTH).noteMerged(large);
    expect(cache.split(planOf(upTo(100)), segments, BOTH).together).toHaveLength(12);
  });

  test('ids of a shared space are kept as ids until the space is dropped', () => {
    const arena = new DictionaryArena(65_536);
    const cache = new SegmentPartials(1e6);
    const spaces = new NodeSpaces(65_536, (key) => cache.forgetSpace(key));
    const lease = spaces.acquire('w', 'd');
    runRemapJob(lease.job([arena.part(arena.store(['x']))]), () => arena.memory);
    query(cache, planOf(upTo(100)));
    const split = cache.split(planOf(upTo(100)), segments, BOTH);
    const ids = { type: 'IDS', ids: Uint32Array.of(1), space: lease.space } as const;
    const time = { type: 'DOUBLE', values: new Float64Array(1), nulls: null } as const;
    split.put(0, { numRows: 1, names: ['t', 'd0'], columns: [time, ids] });
    split.put(1, {
      numRows: 1,
      names: ['t', 'd0'],
      columns: [time, { ...ids, space: { key: 'k', size: 1, value: () => 'x' } }],
    });
    const types = (): unknown[] =>
      cache.split(planOf(upTo(20)), segments, BOTH).found.map((known) => known.table.columns[1]!.type);
    expect(types()).toEqual(['STRING', 'IDS']);
    lease.giveUp();
    expect(types()).toEqual(['STRING']);
  });
});
