import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { mergeSegments } from '../../../../src/engine/cut/merge-segments.js';
import { SegmentRuns } from '../../../../src/engine/cut/segment-runs.js';
import { createLeafRun } from '../../../../src/engine/leaf-run.js';
import type { LeafRun, RunContext } from '../../../../src/engine/run.js';
import type { GroupedLeaf, LeafPlan } from '../../../../src/plan/leaf-plan.js';
import type { AggregatorSpec } from '../../../../src/query/native-query.js';
import type { Table } from '../../../../src/vectors/table.js';
import { buildSegment } from '../../../support/blocks.js';
import { cellOf } from '../../../support/cells.js';
import { withSpaces } from '../../../support/dense-cases.js';
import { placeSegment } from '../../../support/run-context.js';
import { count, dimension, groupedLeaf, runThreads } from '../../../support/run-leaf.js';
import { threadContexts, TrackedArena } from '../../../support/threads.js';

const arena = new TrackedArena(1);
afterEach(() => arena.freeAll());

type Row = { readonly __time: number; readonly s: string | null; readonly l: number };
type Entry = readonly [value: string | null, metric: number];

/** Druid's queue: one entry after the other, a full one lets a better one in for the least that it has. */
function queued(entries: readonly Entry[], limit: number, isDescending: boolean): Entry[] {
  const rank = (metric: number): number => (isDescending ? metric : -metric);
  const kept: Entry[] = [];
  const worstFirst = (a: Entry, b: Entry): number => rank(a[1]) - rank(b[1]) || byValue(a[0], b[0]);
  for (const entry of entries) {
    kept.sort(worstFirst);
    if (kept.length < limit) kept.push(entry);
    else if (rank(kept[0]![1]) < rank(entry[1])) kept[0] = entry;
  }
  return kept.sort((a, b) => rank(b[1]) - rank(a[1]) || byValue(a[0], b[0]));
}

function byValue(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}

/** The rows of each segment summed and cut, then put together one segment after another, and cut each time. */
function druid(segments: readonly (readonly Row[])[], limit: number, isDescending: boolean, bucketMs: number) {
  const best = new Map<number, Entry[]>();
  for (const rows of segments) {
    const buckets = new Map<number, Map<string | null, number>>();
    for (const { __time, s, l } of rows) {
      const bucket = bucketMs === 0 ? 0 : Math.floor(__time / bucketMs) * bucketMs;
      const sums = buckets.get(bucket) ?? new Map<string | null, number>();
      buckets.set(bucket, sums.set(s, (sums.get(s) ?? 0) + l));
    }
    for (const [bucket, sums] of buckets) {
      const own = queued(
        [...sums].sort(([a], [b]) => byValue(a, b)),
        limit,
        isDescending,
      );
      const met = new Map(best.get(bucket) ?? []);
      for (const [value, sum] of own) met.set(value, (met.get(value) ?? 0) + sum);
      best.set(bucket, best.has(bucket) ? queued([...met], limit, isDescending) : own);
    }
  }
  return [...best].flatMap(([bucket, entries]) => entries.map((entry) => [bucket, ...entry] as const));
}

function shown(table: Table): (readonly [number, string | null, number])[] {
  return Array.from({ length: table.numRows }, (_, row) => {
    const [t, s, l] = [table.columns[0]!, table.columns[1]!, table.columns[3]!].map((column) => cellOf(column, row));
    return [Number(t), s as string | null, Number(l)] as const;
  });
}

const sorted = (rows: readonly (readonly [number, string | null, number])[]): readonly unknown[] =>
  rows.toSorted((a, b) => a[0] - b[0] || byValue(a[1], b[1]));

const sum: AggregatorSpec = { type: 'sum', kind: 'long', name: 'l', fieldName: 'l' };
/** No kernel knows it. */
const other: AggregatorSpec = { type: 'doubleMean', name: 'v', fieldName: 'l' };
const general = (plan: LeafPlan, context: RunContext): LeafRun =>
  new SegmentRuns(plan as GroupedLeaf, context.segments);

const row = fc.record({
  __time: fc.nat(20),
  s: fc.oneof(
    fc.constant(null),
    fc.nat(14).map((i) => `s${i}`),
  ),
  l: fc.integer({ min: -3, max: 3 }),
});

describe('a topN over several segments', () => {
  test('cuts every segment, and again as each comes to those before it, as Druid does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(row, { minLength: 1, maxLength: 60 }), { minLength: 2, maxLength: 5 }),
        fc.constantFrom(1, 3, 6, 100),
        fc.boolean(),
        fc.constantFrom(0, 10),
        fc.constantFrom('kernels' as const, 'spaces' as const, 'other' as const, 'general' as const),
        fc.integer({ min: 1, max: 3 }),
        (segments, limit, descending, bucketMs, path, threads) => {
          const types = { __time: 'LONG', s: 'STRING', l: 'LONG' } as const;
          const built = segments.map((rows) => buildSegment({ types, rows, blockRows: 25 }));
          const placed = built.map((segment) => placeSegment(segment, [arena]));
          const plan: GroupedLeaf = groupedLeaf({
            granularity: bucketMs === 0 ? { type: 'all' } : { type: 'duration', durationMs: bucketMs, originMs: 0 },
            dimensions: [dimension('s')],
            aggregators: path === 'other' ? [count, sum, other] : [count, sum],
            segmentCut: { limit, by: { aggregator: 1 }, descending },
          });
          const contexts = threadContexts(
            [arena],
            path === 'spaces' ? withSpaces(placed, ['s'], () => arena) : placed,
            threads,
          );
          const found = mergeSegments(plan, runThreads(plan, contexts, path === 'general' ? general : createLeafRun));
          const expected = druid(segments, limit, descending, bucketMs);
          const earliest = Math.min(...segments.flat().map(({ __time }) => __time));
          expect(sorted(shown(found))).toEqual(
            sorted(expected.map(([t, s, l]) => [bucketMs === 0 ? earliest : t, s, l] as const)),
          );
          arena.freeAll();
        },
      ),
      { numRuns: 150 },
    );
  });
});
