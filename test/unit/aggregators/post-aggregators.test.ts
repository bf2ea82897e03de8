import { describe, expect, it } from 'vitest';
import { createAggregator } from '../../../src/aggregators/create-aggregator.js';
import { aggregatorMetric, type MetricColumns, plainMetric } from '../../../src/aggregators/post/metric-columns.js';
import { computePostAggregators } from '../../../src/aggregators/post-aggregators.js';
import { compileFilter } from '../../../src/engine/filter/compile-filter.js';
import type { AggregatorSpec } from '../../../src/query/native-query.js';
import type { PostAggregatorSpec } from '../../../src/query/post-aggregator-spec.js';
import { allRows } from '../../../src/vectors/selection.js';
import { buildSegment } from '../../support/blocks.js';
import { cellOf, type PlainCell } from '../../support/cells.js';

const ROWS = Array.from({ length: 1000 }, (_, i) => ({ __time: i, s: `key ${i % 600}`, d: i, odd: String(i % 2) }));
const SEGMENT = buildSegment({ types: { __time: 'LONG', s: 'STRING', d: 'DOUBLE', odd: 'STRING' }, rows: ROWS });

const AGGREGATORS: Readonly<Record<string, AggregatorSpec>> = {
  theta: {
    type: 'thetaSketch',
    name: 'theta',
    fieldName: 's',
    size: 4096,
    isInputThetaSketch: false,
    shouldFinalize: true,
    errorBoundsStdDev: null,
  },
  hll: {
    type: 'HLLSketchBuild',
    name: 'hll',
    fieldName: 's',
    lgK: 12,
    tgtHllType: 'HLL_4',
    stringEncoding: 'utf16le',
    shouldFinalize: true,
    round: false,
  },
  quantiles: {
    type: 'quantilesDoublesSketch',
    name: 'quantiles',
    fieldName: 'd',
    k: 1024,
    maxStreamLength: 1e9,
    shouldFinalize: true,
  },
  kll: { type: 'KllFloatsSketch', name: 'kll', fieldName: 'd', k: 2000, maxStreamLength: 1e9 },
  tuple: {
    type: 'arrayOfDoublesSketch',
    name: 'tuple',
    fieldName: 's',
    nominalEntries: 4096,
    metricColumns: ['d'],
    numberOfValues: 1,
  },
  last: { type: 'last', kind: 'string', name: 'last', fieldName: 's', timeColumn: '__time', maxStringBytes: 64 },
  mean: { type: 'doubleMean', name: 'mean', fieldName: 'd' },
  variance: { type: 'variance', name: 'variance', fieldName: 'd', estimator: 'population' },
  approximate: {
    type: 'approxHistogram',
    name: 'approximate',
    fieldName: 'd',
    resolution: 50,
    numBuckets: 5,
    lowerLimit: null,
    upperLimit: null,
    finalizeAsBase64Binary: false,
  },
  fixed: {
    type: 'fixedBucketsHistogram',
    name: 'fixed',
    fieldName: 'd',
    lowerLimit: 0,
    upperLimit: 1000,
    numBuckets: 10,
    outlierHandlingMode: 'overflow',
    finalizeAsBase64Binary: false,
  },
};

function metrics(): Map<string, MetricColumns> {
  const found = new Map<string, MetricColumns>();
  for (const spec of [...Object.values(AGGREGATORS), filtered('odd theta', 'theta'), filtered('odd tuple', 'tuple')]) {
    const aggregator = createAggregator(spec, compileFilter);
    aggregator.ensure(1);
    for (const block of SEGMENT.blocks) aggregator.aggregate(block, allRows(block.numRows), null);
    found.set(spec.name, aggregatorMetric(aggregator));
  }
  found.set('n', plainMetric({ type: 'LONG', values: BigInt64Array.of(9_007_199_254_740_993n), nulls: null }));
  found.set('x', plainMetric({ type: 'DOUBLE', values: Float64Array.of(2.5), nulls: null }));
  found.set('none', plainMetric({ type: 'DOUBLE', values: Float64Array.of(0), nulls: Uint8Array.of(1) }));
  return found;
}

function filtered(name: string, of: string): AggregatorSpec {
  const filter = { type: 'selector', dimension: 'odd', value: '1' } as const;
  return { type: 'filtered', name, filter, aggregator: AGGREGATORS[of]! };
}

const field = (fieldName: string): PostAggregatorSpec => ({ type: 'fieldAccess', name: fieldName, fieldName });
const number = (value: number | string): PostAggregatorSpec => ({ type: 'constant', name: 'c', value });

function computed(...specs: PostAggregatorSpec[]): PlainCell {
  const columns = computePostAggregators(specs, metrics(), 1);
  return cellOf(columns.get(specs.at(-1)!.name)!, 0);
}

function json(spec: PostAggregatorSpec): unknown {
  return JSON.parse(String(computed(spec)));
}

describe('plain post-aggregators', () => {
  const arithmetic = (
    fn: '+' | '/' | 'quotient' | '-' | 'pow',
    ...fields: PostAggregatorSpec[]
  ): PostAggregatorSpec => ({
    type: 'arithmetic',
    name: 'a',
    fn,
    fields,
    ordering: null,
  });

  it('compute in doubles from left to right', () => {
    expect(computed(arithmetic('-', number(10), number(3), number(2)))).toBe(5);
    expect(computed(arithmetic('pow', field('x'), number(2)))).toBe(6.25);
  });

  it('divide by zero as Druid does', () => {
    expect(computed(arithmetic('/', field('x'), number(0)))).toBe(0);
    expect(computed(arithmetic('quotient', field('x'), number(0)))).toBe(Number.POSITIVE_INFINITY);
  });

  it('are null with a null operand, which the greatest and least leave out', () => {
    expect(computed(arithmetic('+', field('x'), field('none')))).toBeNull();
    const fields = [field('x'), field('none'), number(7)];
    expect(computed({ type: 'doubleGreatest', name: 'g', fields })).toBe(7);
    expect(computed({ type: 'doubleLeast', name: 'g', fields })).toBe(2.5);
    expect(computed({ type: 'doubleLeast', name: 'g', fields: [field('none')] })).toBeNull();
  });

  it('keep 64 bits in the greatest of longs', () => {
    const fields = [field('n'), number('9007199254740992')];
    expect(computed({ type: 'longGreatest', name: 'g', fields })).toBe(9_007_199_254_740_993n);
    expect(computed({ type: 'longLeast', name: 'g', fields: [field('x'), number(3)] })).toBe(2n);
  });

  it('see those before them by name', () => {
    const doubled = arithmetic('+', field('x'), field('x'));
    expect(computed(doubled, { ...arithmetic('+', field('a'), number(1)), name: 'b' })).toBe(6);
  });

  it('evaluate expressions over finalised values', () => {
    const expression = (text: string): PostAggregatorSpec => ({
      type: 'expression',
      name: 'e',
      expression: text,
      ordering: null,
      outputType: null,
    });
    expect(computed(expression('n + 1'))).toBe(9_007_199_254_740_994n);
    expect(computed(expression('theta * x'))).toBe(1500);
    expect(computed(expression('concat(last, "!")'))).toBeNull();
    expect(computed(expression("concat(last, '!')"))).toBe('key 399!');
    expect(computed(expression('missing + 1'))).toBeNull();
  });

  it('show what is not finalised: images in base64, pairs of time and value', () => {
    expect(Buffer.from(String(computed(field('quantiles'))), 'base64').subarray(0, 3)).toEqual(Buffer.of(2, 3, 8));
    expect(json(field('last'))).toEqual({ lhs: 999, rhs: 'key 399' });
    const mean = Buffer.from(String(computed(field('mean'))), 'base64');
    expect([mean.readDoubleBE(0), mean.readBigInt64BE(8)]).toEqual([499_500, 1000n]);
    expect(computed({ type: 'finalizingFieldAccess', name: 'f', fieldName: 'mean' })).toBe(499.5);
  });
});

describe('post-aggregators of sketches', () => {
  const setOp = (func: 'UNION' | 'INTERSECT' | 'NOT'): PostAggregatorSpec => ({
    type: 'thetaSketchSetOp',
    name: 'set',
    func,
    size: 4096,
    fields: [field('theta'), field('odd theta')],
  });
  const estimate = (of: PostAggregatorSpec): PostAggregatorSpec => ({
    type: 'thetaSketchEstimate',
    name: 'e',
    field: of,
    errorBoundsStdDev: null,
  });

  it('operate on sets of theta sketches', () => {
    expect(computed(estimate(setOp('UNION')))).toBe(600);
    expect(computed(estimate(setOp('INTERSECT')))).toBe(300);
    expect(computed(estimate(setOp('NOT')))).toBe(300);
    expect(
      computed(estimate({ type: 'thetaSketchConstant', name: 'c', value: String(computed(field('theta'))) })),
    ).toBe(600);
    const bounds = { ...estimate(field('theta')), errorBoundsStdDev: 2 } as PostAggregatorSpec;
    expect(json(bounds)).toEqual({ estimate: 600, highBound: 600, lowBound: 600, numStdDev: 2 });
    expect(computed(setOp('UNION'), estimate(field('set')))).toBe(600);
  });

  it('estimate HLL sketches and their unions', () => {
    const [found, low, high] = json({
      type: 'HLLSketchEstimateWithBounds',
      name: 'h',
      field: field('hll'),
      numStdDev: 2,
    }) as number[];
    expect(Math.abs(found! - 600)).toBeLessThan(12);
    expect(low).toBeLessThan(found!);
    expect(high).toBeGreaterThan(found!);
    const union: PostAggregatorSpec = {
      type: 'HLLSketchUnion',
      name: 'u',
      fields: [field('hll'), field('hll')],
      lgK: 10,
      tgtHllType: 'HLL_8',
    };
    const rounded = computed({ type: 'HLLSketchEstimate', name: 'h', field: union, round: true });
    expect(Number.isInteger(rounded)).toBe(true);
    expect(String(computed({ type: 'HLLSketchToString', name: 's', field: union }))).toContain('Log Config K   : 10');
  });

  it('answer quantiles, ranks and histograms', () => {
    const of = (fieldName: string, family: 'quantilesDoublesSketch' | 'KllFloatsSketch') => ({
      name: 'q',
      family,
      field: field(fieldName),
    });
    const exact = of('quantiles', 'quantilesDoublesSketch');
    expect(computed({ ...exact, type: 'ToQuantile', fraction: 0.5 })).toBe(499);
    expect(json({ ...exact, type: 'ToQuantiles', fractions: [0, 1] })).toEqual([0, 999]);
    expect(computed({ ...exact, type: 'ToRank', value: 249 })).toBe(0.25);
    expect(json({ ...exact, type: 'ToCDF', splitPoints: [99, 899] })).toEqual([0.1, 0.9, 1]);
    expect(json({ ...exact, type: 'ToHistogram', splitPoints: null, numBins: 2 })).toEqual([500, 500]);
    expect(json({ ...exact, type: 'ToHistogram', splitPoints: [99], numBins: null })).toEqual([100, 900]);
    expect(() => computed({ ...exact, type: 'ToHistogram', splitPoints: null, numBins: 1 })).toThrow('at least 2 bins');
    expect(computed({ ...of('kll', 'KllFloatsSketch'), type: 'ToQuantile', fraction: 0.25 })).toBe(249);
  });

  it('compute with the numbers of tuple sketches', () => {
    const of = { name: 't', field: field('tuple') };
    expect(computed({ ...of, type: 'arrayOfDoublesSketchToEstimate' })).toBe(600);
    expect(computed({ ...of, type: 'arrayOfDoublesSketchToNumEntries' })).toBe(600n);
    expect(json({ ...of, type: 'arrayOfDoublesSketchToMetricsSumEstimate' })).toEqual([499_500]);
    expect((json({ ...of, type: 'arrayOfDoublesSketchToMeans' }) as number[])[0]).toBeCloseTo(832.5, 9);
    const quantiles: PostAggregatorSpec = { ...of, type: 'arrayOfDoublesSketchToQuantilesSketch', column: 1, k: 1024 };
    expect(
      computed({ name: 'q', family: 'quantilesDoublesSketch', field: quantiles, type: 'ToQuantile', fraction: 1 }),
    ).toBe(1398);
    const operation = (kind: 'UNION' | 'INTERSECT' | 'NOT'): PostAggregatorSpec => ({
      type: 'arrayOfDoublesSketchSetOp',
      name: 'o',
      operation: kind,
      nominalEntries: 4096,
      numberOfValues: 1,
      fields: [field('tuple'), field('odd tuple')],
    });
    const counts = (['UNION', 'INTERSECT', 'NOT'] as const).map((kind) =>
      computed({ type: 'arrayOfDoublesSketchToEstimate', name: 'e', field: operation(kind) }),
    );
    expect(counts).toEqual([600, 300, 300]);
    const same = json({ type: 'arrayOfDoublesSketchTTest', name: 'p', fields: [field('tuple'), field('tuple')] });
    expect((same as number[])[0]).toBeCloseTo(1, 12);
  });

  it('refuse what is no sketch', () => {
    expect(() => computed(estimate(field('x')))).toThrow('[x] has no sketches to read');
  });
});

describe('post-aggregators of histograms', () => {
  it('answer about approximate ones', () => {
    const of = { name: 'h', fieldName: 'approximate' };
    expect(computed({ ...of, type: 'min' })).toBe(0);
    expect(computed({ ...of, type: 'max' })).toBe(999);
    expect(Math.abs(Number(computed({ ...of, type: 'quantile', probability: 0.5 })) - 500)).toBeLessThan(25);
    const { breaks, counts } = json({ ...of, type: 'customBuckets', breaks: [-1, 499, 999] }) as {
      breaks: number[];
      counts: number[];
    };
    expect(breaks).toEqual([-1, 499, 999]);
    expect(Math.abs(counts[0]! - 500)).toBeLessThan(25);
    expect(counts[0]! + counts[1]!).toBeCloseTo(1000, 1);
  });

  it('answer about fixed ones, and take the root of a variance', () => {
    expect(computed({ name: 'h', fieldName: 'fixed', type: 'quantile', probability: 0.25 })).toBe(250);
    const deviation = computed({ name: 'h', fieldName: 'variance', type: 'stddev', estimator: 'population' });
    expect(Number(deviation)).toBeCloseTo(Math.sqrt(83_333.25), 9);
  });
});
