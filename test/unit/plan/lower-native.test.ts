import { describe, expect, test } from 'vitest';
import { canonicalQueryKey } from '../../../src/plan/canonical-query-key.js';
import { leafColumns } from '../../../src/plan/leaf-columns.js';
import type { LeafPlan } from '../../../src/plan/leaf-plan.js';
import { lowerNativeQuery } from '../../../src/plan/lower-native.js';
import type { NativeQuery } from '../../../src/query/native-query.js';
import { parseNativeQuery } from '../../../src/query/parse-native-query.js';

const base = {
  dataSource: 'w',
  intervals: '2015/2016',
  granularity: 'hour',
  aggregations: [{ type: 'count', name: 'n' }],
};

const parse = (json: unknown): NativeQuery => parseNativeQuery(json, () => String(Math.random()));

function lower(json: object): LeafPlan {
  const query = parse({ ...base, ...json });
  if ('toInclude' in query || 'sort' in query || 'operators' in query || 'queries' in query)
    throw new Error('has no leaf');
  return lowerNativeQuery(query);
}

describe('lowering', () => {
  test('a timeseries fills its buckets, also the one of all time, unless told not to', () => {
    const json = { queryType: 'timeseries' };
    expect(lower(json)).toMatchObject({ kind: 'grouped', dimensions: [], fillEmptyBuckets: true });
    expect(lower({ ...json, context: { skipEmptyBuckets: true } })).toMatchObject({ fillEmptyBuckets: false });
    expect(lower({ ...json, granularity: 'all' })).toMatchObject({ fillEmptyBuckets: true });
  });

  test('topN and groupBy group by their dimensions', () => {
    expect(lower({ queryType: 'topN', dimension: 'a', metric: 'n', threshold: 3 })).toMatchObject({
      dimensions: [{ dimension: 'a' }],
      fillEmptyBuckets: false,
    });
    expect(lower({ queryType: 'groupBy', dimensions: ['a', 'b'] })).toMatchObject({
      dimensions: [{ dimension: 'a' }, { dimension: 'b' }],
    });
  });

  test('a topN needs only the best groups of a segment where they hold the best of all', () => {
    const cutOf = (json: object): unknown => {
      const plan = lower({ queryType: 'topN', dimension: 'a', metric: 'n', threshold: 3, ...json });
      return plan.kind === 'grouped' ? plan.segmentCut : undefined;
    };
    expect(cutOf({})).toEqual({ limit: 1000, by: { aggregator: 0 }, descending: true });
    expect(cutOf({ threshold: 2000 })).toMatchObject({ limit: 2000 });
    expect(cutOf({ context: { minTopNThreshold: 5 } })).toMatchObject({ limit: 5 });
    expect(cutOf({ metric: { type: 'inverted', metric: 'n' } })).toMatchObject({ descending: false });
    expect(cutOf({ metric: { type: 'dimension' } })).toEqual({ limit: 1000, by: 'dimension', descending: false });
  });

  test('a topN by what only final values tell, or in another order than the dictionary, takes all groups', () => {
    const cutOf = (json: object): unknown => {
      const plan = lower({ queryType: 'topN', dimension: 'a', metric: 'n', threshold: 3, ...json });
      return plan.kind === 'grouped' ? plan.segmentCut : undefined;
    };
    const hll = { type: 'HLLSketchBuild', name: 'h', fieldName: 'x' };
    expect(cutOf({ metric: 'h', aggregations: [hll] })).toBeNull();
    expect(cutOf({ metric: 'p', postAggregations: [{ type: 'constant', name: 'p', value: 1 }] })).toBeNull();
    expect(cutOf({ metric: { type: 'dimension', ordering: 'numeric' } })).toBeNull();
    expect(cutOf({ metric: { type: 'dimension', previousStop: 'b' } })).toBeNull();
    expect(cutOf({ metric: { type: 'inverted', metric: { type: 'dimension' } } })).toBeNull();
    const asLong = { type: 'default', dimension: 'a', outputName: 'a', outputType: 'LONG' };
    expect(cutOf({ dimension: asLong, metric: { type: 'dimension' } })).toBeNull();
    expect(lower({ queryType: 'groupBy', dimensions: ['a'] })).toMatchObject({ segmentCut: null });
  });

  test('a scan needs the rows that it skips as well', () => {
    expect(lower({ queryType: 'scan', limit: 10, offset: 5 })).toMatchObject({ kind: 'scan', maxRows: 15 });
    expect(lower({ queryType: 'scan', offset: 5 })).toMatchObject({ maxRows: null });
  });

  test('time boundaries compute only the side asked for', () => {
    const types = (json: object): unknown[] => {
      const plan = lower(json);
      return plan.kind === 'grouped' ? plan.aggregators.map(({ type }) => type) : [];
    };
    expect(types({ queryType: 'timeBoundary' })).toEqual(['min', 'max']);
    expect(types({ queryType: 'timeBoundary', bound: 'minTime' })).toEqual(['min']);
    expect(types({ queryType: 'dataSourceMetadata' })).toEqual(['max']);
  });
});

describe('columns of a leaf', () => {
  test('are those of dimensions, aggregators and filters, each once', () => {
    const plan = lower({
      queryType: 'groupBy',
      dimensions: ['d'],
      filter: {
        type: 'and',
        fields: [
          { type: 'not', field: { type: 'selector', dimension: 's', value: null } },
          {
            type: 'or',
            fields: [{ type: 'null', column: 'nu' }, { type: 'true' }, { type: 'bound', dimension: 'd', lower: 'x' }],
          },
          { type: 'range', column: 'r', matchValueType: 'LONG', lower: 1 },
          { type: 'interval', dimension: '__time', intervals: ['2015/2016'] },
        ],
      },
      aggregations: [
        { type: 'count', name: 'n' },
        { type: 'longSum', name: 'x', fieldName: 'd' },
        { type: 'stringLast', name: 'y', fieldName: 'l', timeColumn: 't' },
        {
          type: 'filtered',
          filter: { type: 'in', dimension: 'i', values: ['a'] },
          aggregator: { type: 'cardinality', name: 'z', fields: ['c'] },
        },
      ],
    });
    expect(leafColumns(plan)).toEqual(['__time', 'd', 'l', 't', 'i', 'c', 's', 'nu', 'r']);
  });

  test('of a scan without names are all', () => {
    expect(
      leafColumns(lower({ queryType: 'scan', filter: { type: 'selector', dimension: 's', value: 'x' } })),
    ).toBeNull();
    expect(
      leafColumns(
        lower({ queryType: 'scan', columns: ['a'], filter: { type: 'selector', dimension: 's', value: 'x' } }),
      ),
    ).toEqual(['__time', 'a', 's']);
  });
});

describe('canonical keys', () => {
  const key = (json: object): string => canonicalQueryKey(parse({ queryType: 'timeseries', ...base, ...json }));

  test('ignore ids, timeouts, caching and the order of members', () => {
    expect(key({ context: { queryId: 'a', timeout: 5, useCache: false, lane: 'x' } })).toBe(
      key({ context: { priority: 3 } }),
    );
    expect(
      canonicalQueryKey(
        parse({
          aggregations: base.aggregations,
          granularity: 'HOUR',
          intervals: ['2015/2016'],
          dataSource: 'w',
          queryType: 'timeseries',
        }),
      ),
    ).toBe(key({}));
  });

  test('tell apart what changes the answer', () => {
    const different = [
      {},
      { descending: true },
      { context: { grandTotal: true } },
      { context: { finalize: false } },
      { dataSource: 'v' },
      { granularity: 'day' },
    ];
    expect(new Set(different.map(key)).size).toBe(different.length);
  });
});
