import fc from 'fast-check';
import { plainQuery } from '../../../support/queries.js';
import { expect, test } from 'vitest';
import { finishAggregate } from '../../../../src/engine/finish.js';
import { NodeSpaces } from '../../../../src/engine/spaces/node-spaces.js';
import { runRemapJob } from '../../../../src/engine/spaces/remap-job.js';
import type { GroupByQuery, PostAggregatorSpec, TopNQuery } from '../../../../src/query/native-query.js';
import { resolveIds } from '../../../../src/vectors/ids-column.js';
import type { IdSpace, Table } from '../../../../src/vectors/table.js';
import { type PlainCell, rowsOf } from '../../../support/cells.js';
import { dimension } from '../../../support/run-leaf.js';
import { DictionaryArena } from '../spaces/stored-dictionary.js';

const VALUES = Array.from(
  { length: 60 },
  (_, i) => ['z', '\u{1f600}', '\uffff', '', 'long prefix of a value '][i % 5] + String(i >> 1),
);
const DISTINCT = [...new Set(VALUES)];

function sharedSpace(): IdSpace {
  const arena = new DictionaryArena(2 ** 20);
  const lease = new NodeSpaces(2 ** 20).acquire('w', 'd');
  runRemapJob(lease.job([arena.part(arena.store(DISTINCT))]), () => arena.memory);
  return lease.space;
}

const space = sharedSpace();

interface Group {
  readonly t: number;
  readonly d: readonly (string | null)[];
  readonly x: bigint | null;
  readonly y: number | null;
}

/** Distinct groups as one merged partial with ids. */
function partialOf(groups: readonly Group[], numDimensions: number): Table {
  const idOf = (value: string | null): number => (value === null ? 0 : DISTINCT.indexOf(value) + 1);
  const dimensions = Array.from({ length: numDimensions }, (_, i) => ({
    type: 'IDS' as const,
    ids: Uint32Array.from(groups, ({ d }) => idOf(d[i]!)),
    space,
  }));
  const nulls = (of: (group: Group) => unknown): Uint8Array => Uint8Array.from(groups, (g) => (of(g) === null ? 1 : 0));
  return {
    numRows: groups.length,
    names: ['t', ...dimensions.map((_, i) => `d${i}`), 'a0.sum', 'a1.sum'],
    columns: [
      { type: 'DOUBLE', values: Float64Array.from(groups, ({ t }) => t), nulls: null },
      ...dimensions,
      { type: 'LONG', values: BigInt64Array.from(groups, ({ x }) => x ?? 0n), nulls: nulls(({ x }) => x) },
      { type: 'DOUBLE', values: Float64Array.from(groups, ({ y }) => y ?? 0), nulls: nulls(({ y }) => y) },
    ],
  };
}

function groupsOf(numDimensions: number): fc.Arbitrary<Group[]> {
  return fc.uniqueArray(
    fc.record({
      t: fc.constantFrom(-10, 0, 20),
      d: fc.array(fc.option(fc.constantFrom(...DISTINCT)), { minLength: numDimensions, maxLength: numDimensions }),
      x: fc.option(fc.oneof(fc.bigInt(-2n, 2n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))),
      y: fc.option(fc.constantFrom(-1.5, 0, 3, Infinity, Number.NaN)),
    }),
    { selector: ({ t, d }) => JSON.stringify([t, d]), maxLength: 300 },
  );
}

const compareText = (a: string | null, b: string | null): number =>
  a === b ? 0 : a === null ? -1 : b === null ? 1 : a < b ? -1 : 1;
const compareLong = (a: bigint | null, b: bigint | null): number =>
  a === b ? 0 : a === null ? -1 : b === null ? 1 : a < b ? -1 : 1;
const doubles = [-Infinity, -1.5, 0, 3, Infinity, Number.NaN];
const rankOf = (a: number | null): number => (a === null ? -1 : doubles.findIndex((value) => Object.is(value, a)));
const compareDouble = (a: number | null, b: number | null): number => rankOf(a) - rankOf(b);

type Compare = (a: Group, b: Group) => number;

function chain(...orders: Compare[]): Compare {
  return (a, b) => orders.reduce((result, order) => result || order(a, b), 0);
}

const twice: PostAggregatorSpec = {
  type: 'arithmetic',
  name: 'twice',
  fn: '+',
  ordering: null,
  fields: [
    { type: 'fieldAccess', name: 'y', fieldName: 'y' },
    { type: 'fieldAccess', name: 'y', fieldName: 'y' },
  ],
};

const base = {
  ...plainQuery,
  granularity: { type: 'duration', durationMs: 10, originMs: 0 },
  postAggregations: [twice],
  aggregations: [
    { type: 'sum', kind: 'long', name: 'x', fieldName: 'x' },
    { type: 'sum', kind: 'double', name: 'y', fieldName: 'y' },
  ],
} as const;

function shown({ t, d, x, y }: Group): PlainCell[] {
  return [BigInt(t), ...d, x, y, y === null ? null : y + y];
}

function orderOf(column: string): Compare {
  if (column === 'x') return (a, b) => compareLong(a.x, b.x);
  if (column === 'd0') return (a, b) => compareText(a.d[0]!, b.d[0]!);
  return (a, b) => compareDouble(a.y, b.y);
}

const directions = fc.constantFrom('ascending' as const, 'descending' as const);

test('a groupBy has the rows that sorting all of them by value gives, as ids and as strings', () => {
  const queries = fc.record({
    columns: fc.array(fc.record({ dimension: fc.constantFrom('x', 'y', 'twice', 'd0'), direction: directions }), {
      maxLength: 2,
    }),
    limit: fc.option(fc.integer({ min: 1, max: 40 })),
    offset: fc.nat(3),
    groups: groupsOf(2),
  });
  fc.assert(
    fc.property(queries, ({ columns, limit, offset, groups }) => {
      const query: GroupByQuery = {
        ...base,
        queryType: 'groupBy',
        dimensions: [dimension('d0'), dimension('d1')],
        having: null,
        subtotals: null,
        limitSpec: {
          limit,
          offset,
          columns: columns.map((column) => ({ ...column, dimensionOrder: 'lexicographic' })),
        },
      };
      const byColumns = columns.map(({ dimension: name, direction }): Compare => {
        const order = orderOf(name);
        return direction === 'descending' ? (a, b) => order(b, a) : order;
      });
      const byD1: Compare = (a, b) => compareText(a.d[1]!, b.d[1]!);
      const order = chain((a, b) => a.t - b.t, ...byColumns, orderOf('d0'), byD1);
      const expected = groups.toSorted(order).slice(offset, limit === null ? undefined : offset + limit);
      const merged = partialOf(groups, 2);
      for (const partial of [merged, resolveIds(merged)]) {
        expect(rowsOf(finishAggregate(query, partial))).toEqual(expected.map(shown));
      }
    }),
  );
});

test('a topN has the best of each bucket, equal ones by dimension', () => {
  const queries = fc.record({
    metric: fc.constantFrom('x', 'y', 'twice'),
    isInverted: fc.boolean(),
    threshold: fc.integer({ min: 1, max: 20 }),
    groups: groupsOf(1),
  });
  fc.assert(
    fc.property(queries, ({ metric, isInverted, threshold, groups }) => {
      const numeric = { type: 'numeric', metric } as const;
      const query: TopNQuery = {
        ...base,
        queryType: 'topN',
        dimension: dimension('d0'),
        metric: isInverted ? { type: 'inverted', metric: numeric } : numeric,
        threshold,
      };
      const isNull = (group: Group): number => Number((metric === 'x' ? group.x : group.y) === null);
      const order = orderOf(metric);
      const best = chain(
        (a, b) => isNull(a) - isNull(b),
        (a, b) => (isInverted ? order(a, b) : order(b, a)),
        orderOf('d0'),
      );
      const expected = [-10, 0, 20].flatMap((t) =>
        groups
          .filter((group) => group.t === t)
          .sort(best)
          .slice(0, threshold),
      );
      const merged = partialOf(groups, 1);
      for (const partial of [merged, resolveIds(merged)]) {
        expect(rowsOf(finishAggregate(query, partial))).toEqual(expected.map(shown));
      }
    }),
  );
});
