import type { AggregatorSpec } from '../query/native-query.js';
import { DataSketchesHasher } from '../sketches/hashers.js';
import { ThetaSketch } from '../sketches/theta-sketch.js';
import { ThetaUnion } from '../sketches/theta-union.js';
import { dataSketchesHasher, HashedValues, thetaWords } from './hashed-values.js';
import { estimateColumn, SketchAggregator } from './sketch-aggregator.js';
import { errorBoundsJson } from './theta-bounds.js';

/** @source Druid `SketchAggregatorFactory.java` (theta) */
export function createTheta(
  spec: Extract<AggregatorSpec, { readonly type: 'thetaSketch' }>,
): SketchAggregator<ThetaUnion> {
  const hasher = new DataSketchesHasher();
  const values = new HashedValues(
    spec.fieldName,
    dataSketchesHasher('theta', hasher, (text) => hasher.utf8(text), thetaWords),
  );
  const deviations = spec.errorBoundsStdDev;
  return new SketchAggregator<ThetaUnion>(
    {
      create: () => new ThetaUnion(spec.size),
      addValues(block, selection, groups, sketchOf) {
        values.forEach(block, selection, groups, (group, low, high) => sketchOf(group).updateWords(low, high));
      },
      merge: (sketch, image) => sketch.merge(ThetaSketch.fromBytes(image)),
      write: (sketch) => sketch.toBytes(),
      finish(sketches) {
        const results = sketches.map((sketch) => sketch?.result() ?? ThetaSketch.EMPTY);
        if (deviations === null)
          return estimateColumn(
            Float64Array.from(results, (sketch) => sketch.estimate()),
            false,
          );
        return { type: 'JSON', texts: results.map((sketch) => errorBoundsJson(sketch, deviations)) };
      },
    },
    spec.fieldName,
    spec.shouldFinalize,
    spec.isInputThetaSketch,
  );
}
