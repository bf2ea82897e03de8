import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { GranularityJson } from '../../../../src/common/granularity.js';
import { GroupedRun } from '../../../../src/engine/grouped/grouped-run.js';
import { createLeafRun } from '../../../../src/engine/leaf-run.js';
import { mergePartials } from '../../../../src/engine/merge.js';
import type { LeafRun, RunContext } from '../../../../src/engine/run.js';
import type { GroupedLeaf, LeafPlan } from '../../../../src/plan/leaf-plan.js';
import type { AggregatorSpec, Filter } from '../../../../src/query/native-query.js';
import type { KernelSet } from '../../../../src/vectors/kernels/kernel-set.js';
import { twinKernels } from '../../../../src/vectors/kernels/twin-kernels.js';
import type { Table } from '../../../../src/vectors/table.js';
import { buildSegment } from '../../../support/blocks.js';
import { DAYS, differences, FROM_MS, seededRows, TYPES, withSpaces } from '../../../support/dense-cases.js';
import { placeSegment, type TestArena } from '../../../support/run-context.js';
import { dimension, EVER, groupedLeaf, runThreads } from '../../../support/run-leaf.js';
import { threadContexts, TrackedArena } from '../../../support/threads.js';

const home = new TrackedArena(1);
const second = new TrackedArena(2);
const ARENAS = [home, second];
const twins = new Map<TestArena, KernelSet>(ARENAS.map((arena) => [arena, twinKernels(() => arena.memory.buffer)]));

afterEach(() => ARENAS.forEach((arena) => arena.freeAll()));

const DAY = 86_400_000;
const granularity = fc.constantFrom<GranularityJson>(
  { type: 'all' },
  { type: 'duration', durationMs: DAY / 4, originMs: 0 },
  { type: 'period', period: 'P1D', timeZone: 'America/New_York', originMs: null },
  { type: 'period', period: 'P1M', timeZone: 'America/New_York', originMs: null },
  { type: 'period', period: 'P1Y', timeZone: 'UTC', originMs: null },
);
const interval = fc
  .tuple(fc.integer({ min: -1, max: DAYS }), fc.integer({ min: 1, max: 9 }))
  .map(([day, days]) => [{ startMs: FROM_MS + day * DAY, endMs: FROM_MS + (day + days) * DAY }]);
const filter = fc.constantFrom<Filter | null>(
  null,
  null,
  { type: 'selector', dimension: 's', value: 's1' },
  { type: 'not', field: { type: 'null', column: 'l' } },
  {
    type: 'range',
    column: 'l',
    matchValueType: 'LONG',
    lower: '-100',
    upper: '300',
    lowerOpen: false,
    upperOpen: true,
  },
);
const numberOf = (kind: 'long' | 'double', ...columns: string[]) =>
  fc
    .record({
      type: fc.constantFrom('sum' as const, 'min' as const, 'max' as const),
      fieldName: fc.constantFrom(...columns),
    })
    .map((spec): AggregatorSpec => ({ ...spec, kind, name: 'x' }));
/** Sometimes of a type that makes a block go the general way. */
const number = fc.oneof(
  { weight: 10, arbitrary: numberOf('long', 'l', 'w', 'nope') },
  { weight: 10, arbitrary: numberOf('double', 'l', 'w', 'd', 'e', 'f', 'nope') },
  { weight: 1, arbitrary: numberOf('long', 'd', 's') },
);
/** What no kernel knows. */
const other = fc.constantFrom<AggregatorSpec>(
  { type: 'max', kind: 'float', name: 'o', fieldName: 'f' },
  { type: 'first', kind: 'long', name: 'o', fieldName: 'l', timeColumn: '__time' },
  { type: 'last', kind: 'double', name: 'o', fieldName: 'd', timeColumn: '__time' },
  { type: 'first', kind: 'double', name: 'o', fieldName: 'e', timeColumn: 'l' },
  { type: 'last', kind: 'float', name: 'o', fieldName: 'd', timeColumn: 'w' },
  { type: 'last', kind: 'long', name: 'o', fieldName: 'nope', timeColumn: 'd' },
  { type: 'any', kind: 'double', name: 'o', fieldName: 'd' },
  { type: 'any', kind: 'string', name: 'o', fieldName: 'm', maxStringBytes: 20, aggregateMultipleValues: true },
  { type: 'last', kind: 'string', name: 'o', fieldName: 't', timeColumn: '__time', maxStringBytes: 1024 },
  {
    type: 'thetaSketch',
    name: 'o',
    fieldName: 's',
    size: 32,
    isInputThetaSketch: false,
    shouldFinalize: true,
    errorBoundsStdDev: null,
  },
);
const plain = fc.oneof(
  { weight: 20, arbitrary: number },
  { weight: 5, arbitrary: fc.constant<AggregatorSpec>({ type: 'count', name: 'n' }) },
  { weight: 4, arbitrary: other },
);
const aggregator = fc.oneof(
  { weight: 4, arbitrary: plain },
  {
    weight: 1,
    arbitrary: fc.tuple(plain, filter).map(
      ([inner, condition]): AggregatorSpec => ({
        type: 'filtered',
        name: 'y',
        filter: condition ?? { type: 'selector', dimension: 't', value: 't0' },
        aggregator: inner,
      }),
    ),
  },
);
const segment = fc.record({
  seed: fc.nat(),
  numRows: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant(3000)),
  numValues: fc.constantFrom(1, 3, 40, 300),
  isSorted: fc.boolean(),
  hasNulls: fc.boolean(),
  isMulti: fc.boolean(),
  without: fc.subarray(['u', 'l', 'd'], { maxLength: 1 }),
  blockRows: fc.constantFrom(17, 700, 3000),
  arena: fc.constantFrom(home, home, second),
  narrow: fc.boolean(),
  zones: fc.boolean(),
});
const plans = fc
  .record({
    granularity,
    intervals: fc.oneof(fc.constant(EVER), interval),
    filter,
    dimensions: fc.array(
      fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom('s', 't', 'u', 'm', 'nope').map((name) => dimension(name)) },
        {
          weight: 2,
          arbitrary: fc
            .tuple(fc.constantFrom('l', 'l', 'l', 'w', 's'), fc.constantFrom<'LONG' | 'STRING'>('LONG', 'STRING'))
            .map(([name, type]) => dimension(name, type)),
        },
      ),
      { maxLength: 4 },
    ),
    aggregators: fc.array(aggregator, { minLength: 1, maxLength: 5 }),
    fill: fc.boolean(),
  })
  .map(({ dimensions, fill, ...plan }) =>
    groupedLeaf({
      ...plan,
      dimensions,
      fillEmptyBuckets: fill && dimensions.length === 0,
    }),
  );

const general = (plan: LeafPlan, context: RunContext): LeafRun => new GroupedRun(plan as GroupedLeaf, context.segments);

function merged(plan: GroupedLeaf, partials: readonly Table[]): Table {
  return mergePartials(plan, partials);
}

describe.each([
  ['WebAssembly', undefined],
  ['their twins', (arena: TestArena) => twins.get(arena)!],
] as const)('dense groups by kernels: %s', (_, kernels) => {
  test('the partial is that of the general path, however rows, spaces and threads are laid out', () => {
    fc.assert(
      fc.property(
        plans,
        fc.array(segment, { minLength: 1, maxLength: 3 }),
        fc.subarray(['s', 't', 'u', 'm']),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(),
        (plan, shapes, shared, threads, order) => {
          const placed = shapes.map(({ seed, blockRows, arena, narrow, zones, ...options }) => {
            const types = Object.fromEntries(Object.entries(TYPES).filter(([name]) => !options.without.includes(name)));
            const made = buildSegment({ types, rows: seededRows(seed, options), blockRows, unsorted: seed % 2 === 0 });
            return placeSegment(made, ARENAS, { arenaOf: () => arena, narrow, zones });
          });
          const segments = withSpaces(placed, shared, (i) => shapes[i]!.arena);
          const contexts = threadContexts(ARENAS, segments, threads, kernels);
          const found = merged(
            plan,
            runThreads(plan, contexts, createLeafRun, (s, b) => (s * 7 + b * (order % 3)) >>> 0),
          );
          const expected = merged(plan, runThreads(plan, threadContexts(ARENAS, segments, 1), general));
          expect(differences(found, expected, 1 + plan.dimensions.length)).toEqual([]);
          ARENAS.forEach((arena) => arena.freeAll());
        },
      ),
      { numRuns: kernels === undefined ? 150 : 60 },
    );
  });
});
