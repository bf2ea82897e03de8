import { describe, expect, it } from 'vitest';
import { createAggregator } from '../../../src/aggregators/create-aggregator.js';
import { compileFilter } from '../../../src/engine/filter/compile-filter.js';
import type { AggregatorSpec } from '../../../src/query/native-query.js';
import { allRows } from '../../../src/vectors/selection.js';
import { buildSegment, type Row } from '../../support/blocks.js';
import { cellOf, type PlainCell } from '../../support/cells.js';

type Spec = Extract<AggregatorSpec, { readonly type: 'expression' }>;

const TYPES = { __time: 'LONG', l: 'LONG', tags: 'STRING' } as const;
const SUM: Spec = {
  type: 'expression',
  name: 'e',
  fields: ['l'],
  accumulatorIdentifier: '__acc',
  initialValue: '0',
  initialCombineValue: '0',
  fold: '__acc + l',
  combine: null,
  compare: null,
  finalize: null,
  isNullUnlessAggregated: true,
  shouldAggregateNullInputs: true,
  shouldCombineAggregateNullInputs: true,
  maxSizeBytes: 1024,
};
const SET: Spec = {
  ...SUM,
  fields: ['tags'],
  initialValue: '[]',
  initialCombineValue: 'ARRAY<STRING>[]',
  fold: 'array_set_add(__acc, tags)',
  combine: 'array_set_add_all(__acc, e)',
  finalize: 'array_length(o)',
};

/** Folds each part by itself and combines them. */
function answer(spec: Spec, ...parts: readonly (readonly Row[])[]): PlainCell {
  const total = createAggregator(spec, compileFilter);
  total.ensure(1);
  for (const rows of parts) {
    const aggregator = createAggregator(spec, compileFilter);
    aggregator.ensure(1);
    for (const block of buildSegment({ types: TYPES, rows }).blocks) {
      aggregator.aggregate(block, allRows(block.numRows), null);
    }
    total.mergeState(aggregator.exportState(), Uint32Array.of(0));
  }
  return cellOf(total.finish(), 0);
}

const row = (l: number | null, tags: string | null | readonly string[] = null): Row => ({ __time: 0, l, tags });

describe('the expression aggregator', () => {
  it('folds rows and combines parts', () => {
    expect(answer(SUM, [row(1), row(2)], [row(4)])).toBe(7n);
    expect(answer(SET, [row(0, 'a'), row(0, 'b')], [row(0, 'b'), row(0, 'c')])).toBe(3n);
  });

  it('folds the values of a row one by one', () => {
    expect(answer(SET, [row(0, ['a', 'b']), row(0, ['b', 'c', 'd'])])).toBe(4n);
  });

  it('is null without rows, or what it starts with', () => {
    expect(answer(SUM)).toBeNull();
    expect(answer({ ...SUM, isNullUnlessAggregated: false, initialValue: '5' })).toBe(5n);
  });

  it('leaves out rows with a null when told', () => {
    const counting = { ...SUM, fold: '__acc + 1 + nvl(l, 0) * 0' };
    expect(answer(counting, [row(null), row(1)])).toBe(2n);
    expect(answer({ ...counting, shouldAggregateNullInputs: false }, [row(null), row(1)])).toBe(1n);
  });

  it('fails beyond its size', () => {
    const spec = { ...SET, maxSizeBytes: 20 };
    expect(() => answer(spec, [row(0, 'a long text'), row(0, 'another long text')])).toThrow('is larger than max [20]');
  });
});

describe('the only value', () => {
  const spec: AggregatorSpec = { type: 'singleValue', name: 'v', fieldName: 'l', columnType: 'LONG' };

  it('is the row’s', () => {
    const aggregator = createAggregator(spec, compileFilter);
    aggregator.ensure(2);
    const [block] = buildSegment({ types: TYPES, rows: [row(7)] }).blocks;
    aggregator.aggregate(block!, allRows(1), Uint32Array.of(1));
    expect([0, 1].map((group) => cellOf(aggregator.finish(), group))).toEqual([null, 7n]);
  });

  it('cannot be one of two rows, of one part or of several', () => {
    const [block] = buildSegment({ types: TYPES, rows: [row(7), row(7)] }).blocks;
    const aggregator = createAggregator(spec, compileFilter);
    aggregator.ensure(1);
    expect(() => aggregator.aggregate(block!, allRows(2), null)).toThrow('more than one row');
    const part = createAggregator(spec, compileFilter);
    part.ensure(1);
    part.aggregate(buildSegment({ types: TYPES, rows: [row(7)] }).blocks[0]!, allRows(1), null);
    const total = createAggregator(spec, compileFilter);
    total.ensure(1);
    total.mergeState(part.exportState(), Uint32Array.of(0));
    expect(() => total.mergeState(part.exportState(), Uint32Array.of(0))).toThrow('more than one row');
  });
});

describe('the dimensions that are not grouped by', () => {
  it('are the bits of a number, the first the highest', () => {
    const value = (keyDimensions?: readonly string[]): PlainCell => {
      const aggregator = createAggregator(
        { type: 'grouping', name: 'g', groupings: ['a', 'b', 'c'], ...(keyDimensions && { keyDimensions }) },
        compileFilter,
      );
      aggregator.ensure(1);
      return cellOf(aggregator.finish(), 0);
    };
    expect([value(), value(['a', 'b', 'c']), value(['a', 'c']), value(['c']), value([])]).toEqual([0n, 0n, 2n, 6n, 7n]);
  });
});
