import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { DenseRun } from '../../../../src/engine/dense/dense-run.js';
import { GroupedRun } from '../../../../src/engine/grouped/grouped-run.js';
import { mergePartials } from '../../../../src/engine/merge.js';
import type { LeafRun, RunContext } from '../../../../src/engine/run.js';
import type { GroupedLeaf, LeafPlan, SegmentCut } from '../../../../src/plan/leaf-plan.js';
import type { Table } from '../../../../src/vectors/table.js';
import { takeRows } from '../../../../src/vectors/take-rows.js';
import { buildSegment } from '../../../support/blocks.js';
import { cellOf } from '../../../support/cells.js';
import { differences, seededRows, TYPES, withSpaces } from '../../../support/dense-cases.js';
import { placeSegment } from '../../../support/run-context.js';
import { count, dimension, groupedLeaf, runThreads } from '../../../support/run-leaf.js';
import { threadContexts, TrackedArena } from '../../../support/threads.js';

const arena = new TrackedArena(1);
afterEach(() => arena.freeAll());

const create = (plan: LeafPlan, context: RunContext): LeafRun => DenseRun.create(plan as GroupedLeaf, context)!;
const general = (plan: LeafPlan, context: RunContext): LeafRun => new GroupedRun(plan as GroupedLeaf, context.segments);

/** What one segment need give by the rule: each bucket's best, ties with the last included; nulls last. */
function best(partial: Table, cut: SegmentCut): Table {
  const buckets = new Map<number, number[]>();
  for (let row = 0; row < partial.numRows; row++) {
    const t = Number(cellOf(partial.columns[0]!, row));
    buckets.set(t, [...(buckets.get(t) ?? []), row]);
  }
  const column = partial.columns[cut.by === 'dimension' ? 1 : 2 + cut.by.aggregator]!;
  const kept = [...buckets.values()].flatMap((rows) => {
    const found = rows.filter((row) => cellOf(column, row) !== null).sort((a, b) => compare(a, b) || a - b);
    const last = found[cut.limit - 1];
    if (cut.by === 'dimension') {
      return [...rows.filter((row) => cellOf(column, row) === null), ...found.slice(0, cut.limit)];
    }
    return last === undefined ? rows : found.filter((row) => compare(row, last) <= 0);
  });
  return takeRows(partial, Uint32Array.from(kept));

  function compare(a: number, b: number): number {
    const [x, y] = [cellOf(column, a)!, cellOf(column, b)!];
    return x === y ? 0 : x < y === cut.descending ? 1 : -1;
  }
}

describe('the cut of a topN', () => {
  test('every segment gives its best groups with their whole values, and no others', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ seed: fc.nat(), hasNulls: fc.boolean(), blockRows: fc.constantFrom(40, 1000) }), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.record({
          limit: fc.constantFrom(1, 3, 8),
          by: fc.constantFrom('dimension' as const, ...[0, 1, 2, 3, 4].map((aggregator) => ({ aggregator }))),
          descending: fc.boolean(),
        }),
        fc.constantFrom(0, 5 * 86_400_000),
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        (shapes, cut, bucketMs, isShared, threads, isWhole) => {
          const placed = shapes.map(({ seed, blockRows, hasNulls }) => {
            const rows = seededRows(seed, {
              numRows: 150,
              numValues: 40,
              isSorted: seed % 3 > 0,
              hasNulls,
              isMulti: false,
              without: [],
            });
            return placeSegment(buildSegment({ types: TYPES, rows, blockRows }), [arena], { narrow: seed % 2 === 0 });
          });
          // One segment alone keeps the ids of its space, whose order means nothing: it gives all.
          const segments = isShared && shapes.length > 1 ? withSpaces(placed, ['s'], () => arena) : placed;
          const plan = groupedLeaf({
            granularity: bucketMs === 0 ? { type: 'all' } : { type: 'duration', durationMs: bucketMs, originMs: 0 },
            dimensions: [dimension('s')],
            aggregators: [
              count,
              { type: 'sum', kind: 'long', name: 'l', fieldName: 'l' },
              { type: 'sum', kind: 'double', name: 'd', fieldName: 'd' },
              { type: 'max', kind: 'double', name: 'e', fieldName: 'e' },
              {
                type: 'filtered',
                name: 'y',
                filter: { type: 'selector', dimension: 't', value: 't1' },
                aggregator: { type: 'min', kind: 'long', name: 'y', fieldName: 'l' },
              },
            ],
            segmentCut: cut,
          });
          const contexts = threadContexts([arena], segments, threads);
          const found = mergePartials(
            plan,
            runThreads(plan, contexts, create, (s, b) => (isWhole ? s : s + b)),
          );
          const whole = segments.map(
            (_, i) => runThreads(plan, threadContexts([arena], segments, 1), onlySegment(i))[0]!,
          );
          const expected = mergePartials(
            plan,
            whole.map((partial) => best(partial, cut)),
          );
          expect(differences(found, expected, 2)).toEqual([]);
          arena.freeAll();
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** The general path over one of the segments. */
function onlySegment(wanted: number): (plan: LeafPlan, context: RunContext) => LeafRun {
  return (plan, context) => {
    const run = general(plan, context);
    return {
      done: false,
      add: (segment, block) => {
        if (segment === wanted) run.add(segment, block);
      },
      leave: () => run.leave(),
      finish: () => null,
    };
  };
}
