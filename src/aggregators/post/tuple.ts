import type { TuplePostAggregatorSpec } from '../../query/post-aggregator-spec.js';
import { QuantilesDoublesSketch } from '../../sketches/quantiles-doubles.js';
import { tupleText } from '../../sketches/sketch-texts.js';
import { intersectTuples, tupleANotB } from '../../sketches/tuple-set-operations.js';
import { TupleSketch } from '../../sketches/tuple-sketch.js';
import { TupleUnion } from '../../sketches/tuple-union.js';
import { sampleStatistics, type SampleStatistics, welchTest } from '../../sketches/welch-test.js';
import type { TableColumn } from '../../vectors/table.js';
import { stringColumn } from '../expression-column.js';
import { numbers } from '../histograms.js';
import { base64Column, imageColumn } from '../images.js';
import { repeatableRandom } from '../repeatable-random.js';
import { failedToCompute } from './column-values.js';
import type { FieldReader } from './field-reader.js';

/** @source Druid `datasketches/tuple/*PostAggregator.java` */
export function tuplePostAggregator(spec: TuplePostAggregatorSpec, fields: FieldReader): TableColumn {
  switch (spec.type) {
    case 'arrayOfDoublesSketchConstant':
      return fields.constantImage(spec.value);
    case 'arrayOfDoublesSketchSetOp':
      return imageColumn(
        fields.imageRows(spec.fields).map((row) =>
          combined(
            spec,
            row.map((image) => TupleSketch.fromBytes(image)),
          ).toBytes(),
        ),
      );
    case 'arrayOfDoublesSketchTTest':
      return {
        type: 'JSON',
        texts: fields
          .imageRows(spec.fields)
          .map((row) => numbers(tTest(row.map((image) => TupleSketch.fromBytes(image))))),
      };
    default:
      return ofOneSketch(
        spec,
        fields.images(spec.field).map((image) => TupleSketch.fromBytes(image)),
      );
  }
}

type UnarySpec = Extract<TuplePostAggregatorSpec, { readonly field: unknown }>;

function ofOneSketch(spec: UnarySpec, sketches: readonly TupleSketch[]): TableColumn {
  const arrays = (compute: (sketch: TupleSketch) => ArrayLike<number>): TableColumn => ({
    type: 'JSON',
    texts: sketches.map((sketch) => numbers(compute(sketch))),
  });
  switch (spec.type) {
    case 'arrayOfDoublesSketchToEstimate':
      return { type: 'DOUBLE', values: Float64Array.from(sketches, (sketch) => sketch.estimate()), nulls: null };
    case 'arrayOfDoublesSketchToNumEntries':
      return { type: 'LONG', values: BigInt64Array.from(sketches, ({ count }) => BigInt(count)), nulls: null };
    case 'arrayOfDoublesSketchToEstimateAndBounds': {
      const { numStdDevs } = spec;
      return arrays((sketch) => [sketch.estimate(), sketch.lowerBound(numStdDevs), sketch.upperBound(numStdDevs)]);
    }
    case 'arrayOfDoublesSketchToMeans':
      return arrays((sketch) => statistics(sketch).map(({ mean }) => mean));
    case 'arrayOfDoublesSketchToVariances':
      return arrays((sketch) => statistics(sketch).map(({ variance }) => variance));
    case 'arrayOfDoublesSketchToMetricsSumEstimate':
      return arrays((sketch) => columns(sketch).map((values) => values.reduce((a, b) => a + b, 0) / sketch.theta));
    case 'arrayOfDoublesSketchToQuantilesSketch':
      return imageColumn(sketches.map((sketch) => quantilesOf(sketch, spec.column, spec.k)));
    case 'arrayOfDoublesSketchToBase64String':
      return base64Column(imageColumn(sketches.map((sketch) => sketch.toBytes())));
    case 'arrayOfDoublesSketchToString': {
      const isComputed = spec.field.type === 'arrayOfDoublesSketchSetOp';
      return stringColumn(sketches.map((sketch) => tupleText(sketch, isComputed)));
    }
  }
}

function columns(sketch: TupleSketch): Float64Array[] {
  return Array.from({ length: sketch.numValues }, (_, index) => sketch.column(index));
}

function statistics(sketch: TupleSketch): SampleStatistics[] {
  return columns(sketch).map(sampleStatistics);
}

function quantilesOf(sketch: TupleSketch, column: number, k: number): Uint8Array {
  if (column < 1 || column > sketch.numValues) {
    throw failedToCompute(
      `Index ${column - 1} out of bounds for length ${sketch.numValues}`,
      'java.lang.ArrayIndexOutOfBoundsException',
    );
  }
  const quantiles = QuantilesDoublesSketch.create(k, repeatableRandom());
  for (const value of sketch.column(column - 1)) quantiles.update(value);
  return quantiles.toBytes();
}

function combined(
  spec: TuplePostAggregatorSpec & { readonly type: 'arrayOfDoublesSketchSetOp' },
  sketches: readonly TupleSketch[],
): TupleSketch {
  const [first, ...others] = sketches;
  if (first === undefined) return TupleSketch.empty(spec.numberOfValues);
  if (spec.operation === 'INTERSECT') return intersectTuples([first, ...others]);
  if (spec.operation === 'NOT') return others.reduce(tupleANotB, first);
  const union = new TupleUnion(spec.nominalEntries, spec.numberOfValues);
  for (const sketch of sketches) union.merge(sketch);
  return union.result();
}

function tTest([a, b]: readonly TupleSketch[]): number[] {
  if (a === undefined || b === undefined) return [];
  if (a.numValues !== b.numValues) {
    const message = `Sketches have different number of values: ${a.numValues} and ${b.numValues}`;
    throw failedToCompute(message, 'org.apache.druid.java.util.common.IAE');
  }
  const others = statistics(b);
  return statistics(a).map((one, i) => welchTest(one, others[i]!));
}
