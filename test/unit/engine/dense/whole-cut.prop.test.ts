import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { DenseRun } from '../../../../src/engine/dense/dense-run.js';
import { finishAggregate } from '../../../../src/engine/finish.js';
import { GroupedRun } from '../../../../src/engine/grouped/grouped-run.js';
import { mergePartials } from '../../../../src/engine/merge.js';
import type { LeafRun, RunContext } from '../../../../src/engine/run.js';
import type { GroupedLeaf, LeafPlan } from '../../../../src/plan/leaf-plan.js';
import { lowerNativeQuery } from '../../../../src/plan/lower-native.js';
import type { GroupByQuery } from '../../../../src/query/native-query.js';
import { parseNativeQuery } from '../../../../src/query/parse-native-query.js';
import type { Table } from '../../../../src/vectors/table.js';
import { buildSegment } from '../../../support/blocks.js';
import { cellOf } from '../../../support/cells.js';
import { seededRows, TYPES } from '../../../support/dense-cases.js';
import { placeSegment } from '../../../support/run-context.js';
import { runThreads } from '../../../support/run-leaf.js';
import { threadContexts, TrackedArena } from '../../../support/threads.js';

const arena = new TrackedArena(1);
afterEach(() => arena.freeAll());

const create = (plan: LeafPlan, context: RunContext): LeafRun => DenseRun.create(plan as GroupedLeaf, context)!;
const general = (plan: LeafPlan, context: RunContext): LeafRun => new GroupedRun(plan as GroupedLeaf, context.segments);

test('a groupBy with a limit shows the same rows whether its groups were cut or not', () => {
  const order = fc.record({
    dimension: fc.constantFrom('c', 'l', 'm', 'd', 'y', 's'),
    direction: fc.constantFrom('ascending', 'descending'),
  });
  fc.assert(
    fc.property(
      fc.array(fc.record({ seed: fc.nat(), isMulti: fc.boolean(), hasNulls: fc.boolean() }), {
        minLength: 1,
        maxLength: 2,
      }),
      fc.record({
        limit: fc.constantFrom(1, 4),
        offset: fc.constantFrom(0, 2),
        columns: fc.array(order, { maxLength: 2 }),
      }),
      fc.constantFrom(['s'], ['s', 't']),
      fc.constantFrom('all', 'day'),
      fc.integer({ min: 1, max: 3 }),
      fc.record({ numValues: fc.constantFrom(30, 60), isCounted: fc.boolean() }),
      (shapes, limitSpec, dimensions, granularity, threads, { numValues, isCounted }) => {
        const segments = shapes.map(({ seed, hasNulls, isMulti }) => {
          const shape = { numRows: 120, numValues, isSorted: seed % 3 > 0, hasNulls, isMulti, without: [] };
          return placeSegment(buildSegment({ types: TYPES, rows: seededRows(seed, shape), blockRows: 50 }), [arena], {
            narrow: seed % 2 === 0,
          });
        });
        const query = parseNativeQuery(
          {
            queryType: 'groupBy',
            dataSource: 'x',
            intervals: ['0000/3000'],
            granularity,
            dimensions,
            limitSpec: { type: 'default', ...limitSpec },
            aggregations: [
              isCounted ? { type: 'count', name: 'c' } : { type: 'longMax', name: 'c', fieldName: 'w' },
              { type: 'longSum', name: 'l', fieldName: 'l' },
              { type: 'doubleMax', name: 'm', fieldName: 'd' },
              { type: 'doubleSum', name: 'd', fieldName: 'd' },
              {
                type: 'filtered',
                filter: { type: 'selector', dimension: 't', value: 't1' },
                aggregator: { type: 'longMin', name: 'y', fieldName: 'l' },
              },
            ],
          },
          () => 'test',
        ) as GroupByQuery;
        const plan = lowerNativeQuery(query);
        const rowsOf = (made: typeof create): unknown[] => {
          const partials = runThreads(plan, threadContexts([arena], segments, threads), made, (s, b) => s + b);
          return shownRows(finishAggregate(query, mergePartials(plan, partials)));
        };
        expect(rowsOf(create)).toEqual(rowsOf(general));
        arena.freeAll();
      },
    ),
    { numRuns: 300 },
  );
});

function shownRows(table: Table): unknown[] {
  return Array.from({ length: table.numRows }, (_, row) =>
    table.columns.map((column) => {
      const cell = cellOf(column, row);
      // Sums are added in another order.
      return typeof cell === 'number' ? Number(cell.toPrecision(9)) : cell;
    }),
  );
}
