import type { AggregatorSpec } from '../query/native-query.js';
import { DataSketchesHasher } from '../sketches/hashers.js';
import type { Hash128 } from '../sketches/murmur3.js';
import { QuantilesDoublesSketch } from '../sketches/quantiles-doubles.js';
import { ThetaSketch } from '../sketches/theta-sketch.js';
import { ThetaUnion } from '../sketches/theta-union.js';
import { dataSketchesHasher, HashedValues } from './hashed-values.js';
import { NumericInput } from './numeric-input.js';
import { estimateColumn, SketchAggregator } from './sketch-aggregator.js';

type Spec<T extends AggregatorSpec['type']> = Extract<AggregatorSpec, { readonly type: T }>;

/** @source Druid `SketchAggregatorFactory.java` (theta) */
export function createTheta(spec: Spec<'thetaSketch'>): SketchAggregator<ThetaUnion> {
  const hasher = new DataSketchesHasher();
  const values = new HashedValues(
    spec.fieldName,
    dataSketchesHasher(hasher, (text) => hasher.utf8(text), copyHash),
  );
  return new SketchAggregator<ThetaUnion>(
    {
      create: () => new ThetaUnion(spec.size),
      addValues(block, selection, groups, sketchOf) {
        values.forEach(block, selection, groups, (group, hash) => sketchOf(group).update(hash));
      },
      merge: (sketch, image) => sketch.merge(ThetaSketch.fromBytes(image)),
      write: (sketch) => sketch.toBytes(),
      finish: (sketches) =>
        estimateColumn(
          Float64Array.from(sketches, (sketch) => sketch?.estimate() ?? 0),
          false,
        ),
    },
    spec.fieldName,
    spec.shouldFinalize,
  );
}

/** @source Druid `DoublesSketchAggregatorFactory.java` */
export function createQuantiles(spec: Spec<'quantilesDoublesSketch'>): SketchAggregator<QuantilesDoublesSketch> {
  const random = repeatableRandom();
  const input = new NumericInput(spec.fieldName, { kind: 'double', unparsable: Number.NaN });
  return new SketchAggregator<QuantilesDoublesSketch>(
    {
      create: () => QuantilesDoublesSketch.create(spec.k, random),
      addValues(block, selection, groups, sketchOf) {
        if (!input.readDoubles(block, selection, groups)) return;
        for (let i = 0; i < input.count; i++) {
          sketchOf(input.groups === null ? 0 : input.groups[i]!).update(input.values[i]!);
        }
      },
      merge: (sketch, image) => sketch.merge(QuantilesDoublesSketch.fromBytes(image, random)),
      write: (sketch) => sketch.toBytes(),
      finish(sketches) {
        const values = BigInt64Array.from(sketches, (sketch) => BigInt(sketch?.n ?? 0));
        return { type: 'LONG', values, nulls: null };
      },
    },
    spec.fieldName,
    spec.shouldFinalize,
  );
}

/** A fixed sequence, so that one partial computed twice is the same: which values a quantiles sketch keeps is drawn by lot. */
function repeatableRandom(): (bound: number) => number {
  let state = 0x2545f491;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

function copyHash(hash: Hash128): Hash128 {
  return hash.slice();
}
