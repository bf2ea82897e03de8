import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldSegments } from '../../../src/engine/fold-segments.js';
import type { Table } from '../../../src/vectors/table.js';
import { rowsOf } from '../../support/cells.js';
import { count, dimension, groupedLeaf } from '../../support/run-leaf.js';

/** A group of one segment: its dimension's value and its sum. */
type Group = readonly [name: string, sum: number];

const LIMIT = 3;

/** What Druid's queue leaves of groups that come in this order, best first: written down from `TopNNumericResultBuilder`, plainly. */
function queue(groups: readonly Group[], sign: number): Group[] {
  const isWorse = (a: Group, b: Group): number => sign * (a[1] - b[1]) || (a[0] < b[0] ? -1 : 1);
  const kept: Group[] = [];
  for (const group of groups) {
    kept.sort(isWorse);
    if (kept.length < LIMIT || sign * (kept[0]![1] - group[1]) < 0) kept.push(group);
    if (kept.length > LIMIT) kept.sort(isWorse).shift();
  }
  return kept.sort((a, b) => sign * (b[1] - a[1]) || (a[0] < b[0] ? -1 : 1));
}

/** As `TopNBinaryFn` puts results of segments together. */
function druidFold(segments: readonly (readonly Group[])[], sign: number): Group[] {
  const [first, ...others] = segments.map((groups) => queue(groups, sign));
  return others.reduce((folded, next) => {
    const sums = new Map(folded);
    for (const [name, sum] of next) sums.set(name, (sums.get(name) ?? 0) + sum);
    return queue([...sums], sign);
  }, first!);
}

function partial(groups: readonly Group[]): Table {
  const dictionary = groups.map(([name]) => name);
  return {
    numRows: groups.length,
    names: ['t', 'd0', 'a0.count'],
    columns: [
      { type: 'DOUBLE', values: new Float64Array(groups.length), nulls: null },
      { type: 'STRING', ids: Int32Array.from(groups.keys()), dictionary },
      { type: 'LONG', values: BigInt64Array.from(groups, ([, sum]) => BigInt(sum)), nulls: null },
    ],
  };
}

const segment = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), fc.integer({ min: 1, max: 4 })), {
    selector: ([name]) => name,
    minLength: 1,
  })
  .map((groups) => groups.sort(([a], [b]) => (a < b ? -1 : 1)));

test('results of segments are cut and put together as Druid does it, ties included', () => {
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), fc.boolean(), (segments, descending) => {
      const plan = groupedLeaf({
        dimensions: [dimension('d')],
        aggregators: [count],
        segmentCut: { limit: LIMIT, by: { aggregator: 0 }, descending },
      });
      const expected = druidFold(segments, descending ? 1 : -1);
      const found = rowsOf(foldSegments(plan, segments.map(partial))).map(
        (row) => [String(row[1]), Number(row[2])] as const,
      );
      expect(new Map(found)).toEqual(new Map(expected));
    }),
    { numRuns: 3000 },
  );
});
