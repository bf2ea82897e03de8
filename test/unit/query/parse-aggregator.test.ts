import { expect, test } from 'vitest';
import { aggregatorToJson } from '../../../src/query/aggregator-json.js';
import { parseAggregator } from '../../../src/query/parse-aggregator.js';

const named = { name: 'x', fieldName: 'f' };

test.each([
  [
    { type: 'count', name: 'x' },
    { type: 'count', name: 'x' },
  ],
  [
    { type: 'longSum', ...named },
    { type: 'sum', kind: 'long', ...named },
  ],
  [
    { type: 'doubleMin', ...named },
    { type: 'min', kind: 'double', ...named },
  ],
  [
    { type: 'floatMax', ...named },
    { type: 'max', kind: 'float', ...named },
  ],
  [
    { type: 'longFirst', ...named },
    { type: 'first', kind: 'long', ...named, timeColumn: '__time' },
  ],
  [
    { type: 'doubleLast', ...named, timeColumn: 't' },
    { type: 'last', kind: 'double', ...named, timeColumn: 't' },
  ],
  [
    { type: 'stringFirst', ...named },
    { type: 'first', kind: 'string', ...named, timeColumn: '__time', maxStringBytes: 1024 },
  ],
  [
    { type: 'hyperUnique', ...named },
    { type: 'hyperUnique', ...named, isInputHyperUnique: false, round: false },
  ],
  [
    { type: 'thetaSketch', ...named },
    {
      type: 'thetaSketch',
      ...named,
      size: 16_384,
      isInputThetaSketch: false,
      shouldFinalize: true,
      errorBoundsStdDev: null,
    },
  ],
  [
    { type: 'sketchMerge', ...named, size: 64 },
    {
      type: 'thetaSketch',
      ...named,
      size: 64,
      isInputThetaSketch: true,
      shouldFinalize: true,
      errorBoundsStdDev: null,
    },
  ],
  [
    { type: 'HLLSketchBuild', ...named },
    {
      type: 'HLLSketchBuild',
      ...named,
      lgK: 12,
      tgtHllType: 'HLL_4',
      stringEncoding: 'utf16le',
      shouldFinalize: true,
      round: false,
    },
  ],
  [
    { type: 'HLLSketch', ...named, lgK: '10', tgtHllType: 'HLL_8', round: 'true' },
    {
      type: 'HLLSketchMerge',
      ...named,
      lgK: 10,
      tgtHllType: 'HLL_8',
      stringEncoding: 'utf16le',
      shouldFinalize: true,
      round: true,
    },
  ],
  [
    { type: 'quantilesDoublesSketch', ...named },
    { type: 'quantilesDoublesSketch', ...named, k: 128, maxStreamLength: 1_000_000_000, shouldFinalize: true },
  ],
  [
    { type: 'floatAny', ...named },
    { type: 'any', kind: 'float', ...named },
  ],
  [
    { type: 'stringAny', ...named },
    { type: 'any', kind: 'string', ...named, maxStringBytes: 1024, aggregateMultipleValues: true },
  ],
  [
    { type: 'grouping', name: 'x', groupings: ['a', 'b'] },
    { type: 'grouping', name: 'x', groupings: ['a', 'b'] },
  ],
  [
    { type: 'approxHistogram', ...named, lowerLimit: '-Infinity' },
    {
      type: 'approxHistogram',
      ...named,
      resolution: 50,
      numBuckets: 7,
      lowerLimit: null,
      upperLimit: null,
      finalizeAsBase64Binary: false,
    },
  ],
  [
    { type: 'arrayOfDoublesSketch', ...named, metricColumns: ['a', 'b'] },
    { type: 'arrayOfDoublesSketch', ...named, nominalEntries: 4096, metricColumns: ['a', 'b'], numberOfValues: 2 },
  ],
  [
    { type: 'expression', name: 'x', fields: ['a'], initialValue: '0', fold: '__acc + a' },
    {
      type: 'expression',
      name: 'x',
      fields: ['a'],
      accumulatorIdentifier: '__acc',
      initialValue: '0',
      initialCombineValue: '0',
      fold: '__acc + a',
      combine: '__acc + x',
      compare: null,
      finalize: null,
      isNullUnlessAggregated: true,
      shouldAggregateNullInputs: true,
      shouldCombineAggregateNullInputs: true,
      maxSizeBytes: 1024,
    },
  ],
  [
    { type: 'cardinality', name: 'x', fieldNames: ['a', 'b'], byRow: true },
    {
      type: 'cardinality',
      name: 'x',
      byRow: true,
      round: false,
      fields: ['a', 'b'].map((dimension) => ({
        type: 'default',
        dimension,
        outputName: dimension,
        outputType: 'STRING',
      })),
    },
  ],
  [
    { type: 'filtered', filter: { type: 'true' }, aggregator: { type: 'count', name: 'x' } },
    { type: 'filtered', name: 'x', filter: { type: 'true' }, aggregator: { type: 'count', name: 'x' } },
  ],
])('%j has its defaults, and reads back from what Druid prints', (json, expected) => {
  const parsed = parseAggregator(json);
  expect(parsed).toEqual(expected);
  expect(parseAggregator(aggregatorToJson(parsed))).toEqual(parsed);
});

test('Druid prints its own type names', () => {
  expect(aggregatorToJson(parseAggregator({ type: 'longSum', ...named }))).toEqual({ type: 'longSum', ...named });
  expect(aggregatorToJson(parseAggregator({ type: 'stringLast', ...named }))).toMatchObject({
    type: 'stringLast',
    maxStringBytes: 1024,
  });
});

test.each([
  [{ type: 'longSum', fieldName: 'f' }, 'Must have a valid, non-null aggregator name'],
  [{ type: 'longSum', ...named, expression: 'f' }, 'non-null fieldName or expression'],
  [{ type: 'cardinality', name: 'x' }, 'fieldNames or fields'],
  [{ type: 'filtered', name: 'x', filter: { type: 'true' } }, 'aggregator must not be null'],
  [{ type: 'thetaSketch', ...named, size: 100 }, 'power of 2'],
  [{ type: 'quantilesDoublesSketch', ...named, k: 3 }, 'power of 2'],
  [{ type: 'HLLSketchBuild', ...named, lgK: 99 }, 'Index 99 out of bounds'],
  [{ type: 'HLLSketchBuild', ...named, stringEncoding: 'utf7' }, 'No enum constant'],
  [{ type: 'longAny', name: 'x' }, 'non-null fieldName'],
  [{ type: 'grouping', name: 'x' }, 'non-empty grouping dimensions'],
  [{ type: 'KllDoublesSketch', ...named, k: 5 }, 'K must be >= 8'],
  [{ type: 'approxHistogram', ...named, lowerLimit: 2, upperLimit: 1 }, 'upperLimit must be greater'],
  [{ type: 'fixedBucketsHistogram', ...named, lowerLimit: 0, upperLimit: 1 }, 'outlierHandlingMode must not be null'],
  [{ type: 'arrayOfDoublesSketch', ...named, metricColumns: ['a', 'b'], numberOfValues: 1 }, 'must agree'],
  [{ type: 'expression', name: 'x', fields: ['a', 'b'], initialValue: '0', fold: '__acc' }, 'single input field'],
  [{ type: 'zzz', ...named }, "Could not resolve type id 'zzz'"],
  [{ name: 'x' }, "missing type id property 'type'"],
  ['count', 'from String value'],
])('%j is refused: %s', (json, problem) => {
  expect(() => parseAggregator(json)).toThrow(problem);
});
