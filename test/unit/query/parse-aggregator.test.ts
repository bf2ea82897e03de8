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
    { type: 'thetaSketch', ...named, size: 16_384, isInputThetaSketch: false, shouldFinalize: true },
  ],
  [
    { type: 'sketchMerge', ...named, size: 64 },
    { type: 'thetaSketch', ...named, size: 64, isInputThetaSketch: true, shouldFinalize: true },
  ],
  [
    { type: 'HLLSketchBuild', ...named },
    { type: 'HLLSketchBuild', ...named, lgK: 12, tgtHllType: 'HLL_4', shouldFinalize: true, round: false },
  ],
  [
    { type: 'HLLSketch', ...named, lgK: '10', tgtHllType: 'HLL_8', round: 'true' },
    { type: 'HLLSketchMerge', ...named, lgK: 10, tgtHllType: 'HLL_8', shouldFinalize: true, round: true },
  ],
  [
    { type: 'quantilesDoublesSketch', ...named },
    { type: 'quantilesDoublesSketch', ...named, k: 128, shouldFinalize: true },
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
  [{ type: 'HLLSketchBuild', ...named, stringEncoding: 'utf8' }, 'lacks the stringEncoding [utf8]'],
  [{ name: 'x' }, "missing type id property 'type'"],
  ['count', 'from String value'],
])('%j is refused: %s', (json, problem) => {
  expect(() => parseAggregator(json)).toThrow(problem);
});
