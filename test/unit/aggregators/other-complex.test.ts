import { expect, test } from 'vitest';
import { createAggregator } from '../../../src/aggregators/create-aggregator.js';
import { compileFilter } from '../../../src/engine/filter/compile-filter.js';
import type { AggregatorSpec } from '../../../src/query/native-query.js';
import { allRows } from '../../../src/vectors/selection.js';
import { buildSegment } from '../../support/blocks.js';
import { cellOf } from '../../support/cells.js';

/** JSON of many lengths, also those of stored states. */
const JSONS = [5, 16, 17, 24, 40].map((length) => `"${'x'.repeat(length - 2)}"`);
const { blocks } = buildSegment({
  types: { __time: 'LONG', j: 'COMPLEX<json>' },
  rows: JSONS.map((json, i) => ({ __time: i, j: Buffer.from(json) })),
});

const pair = { name: 'a', fieldName: 'j', timeColumn: '__time', maxStringBytes: 1024 };
const SPECS: readonly AggregatorSpec[] = [
  { ...pair, type: 'first', kind: 'long' } as AggregatorSpec,
  { ...pair, type: 'last', kind: 'string' } as AggregatorSpec,
  { ...pair, type: 'any', kind: 'double' } as AggregatorSpec,
  { type: 'variance', name: 'a', fieldName: 'j', estimator: 'sample' },
];

test.each(SPECS)('$type of a JSON column is null, whatever its bytes look like', (spec) => {
  const aggregator = createAggregator(spec, compileFilter);
  aggregator.ensure(1);
  for (const block of blocks) aggregator.aggregate(block, allRows(block.numRows), null);
  expect(cellOf(aggregator.finish(), 0)).toBeNull();
});

test('the mean of a JSON column is that of no value', () => {
  const aggregator = createAggregator({ type: 'doubleMean', name: 'a', fieldName: 'j' }, compileFilter);
  aggregator.ensure(1);
  for (const block of blocks) aggregator.aggregate(block, allRows(block.numRows), null);
  expect(cellOf(aggregator.finish(), 0)).toBe(0);
});
