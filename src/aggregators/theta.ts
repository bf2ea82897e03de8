import type { AggregatorSpec } from '../query/native-query.js';
import { DataSketchesHasher } from '../sketches/hashers.js';
import { ThetaSketch } from '../sketches/theta-sketch.js';
import { ThetaUnion } from '../sketches/theta-union.js';
import { dataSketchesHasher, HashedValues, thetaWords } from './hashed-values.js';
import { IdMarks, type TakeMarks } from './id-marks.js';
import { estimateColumn, SketchAggregator } from './sketch-aggregator.js';
import { errorBoundsJson } from './theta-bounds.js';

/** @source Druid `SketchAggregatorFactory.java` (theta) */
export function createTheta(
  spec: Extract<AggregatorSpec, { readonly type: 'thetaSketch' }>,
): SketchAggregator<ThetaUnion> {
  const hasher = new DataSketchesHasher();
  const values = new HashedValues(spec.fieldName, dataSketchesHasher('theta', hasher, 'utf8', true, thetaWords));
  const marks = new IdMarks();
  const deviations = spec.errorBoundsStdDev;
  return new SketchAggregator<ThetaUnion>(
    {
      create: () => new ThetaUnion(spec.size),
      addValues(block, selection, groups, sketchOf, _blockNumber, numGroups) {
        const known = values.idHashes(block, selection.count);
        if (known === undefined || !marks.open(known, selection.count, numGroups, take(spec.size, sketchOf))) {
          values.forEach(block, selection, groups, (group, low, high) => sketchOf(group).updateWords(low, high));
        } else if (groups === null) marks.addAll(known, selection);
        else marks.addEach(known, selection, groups);
      },
      flush: (sketchOf) => marks.flush(take(spec.size, sketchOf)),
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

/** Of so many times the nominal entries the lowest hashes are looked for first: enough that theta falls to the highest of them. */
const FIRST_SHARE = 2.5;

function take(nominal: number, sketchOf: (group: number) => ThetaUnion): TakeMarks {
  return (group, marks, at, { size, low, high }) => {
    let count = 0;
    for (let id = 1; id <= size; id++) count += marks[at + id]!;
    if (count === 0) return;
    const add = (limit: number): void => {
      let sketch: ThetaUnion | null = null;
      for (let id = 1; id <= size; id++) {
        if (marks[at + id] === 0 || high[id]! >= limit || (high[id]! | low[id]!) === 0) continue;
        sketch ??= sketchOf(group);
        sketch.updateWords(low[id]!, high[id]!);
        // What is above theta changes nothing any more.
        if (sketch.thetaHigh < limit) limit = sketch.thetaHigh + 1;
      }
    };
    const first = Math.floor(2 ** 31 * ((FIRST_SHARE * nominal) / count));
    if (first < 2 ** 30) add(first);
    add(2 ** 31);
  };
}
