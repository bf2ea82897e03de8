import type { ThetaPostAggregatorSpec } from '../../query/post-aggregator-spec.js';
import { thetaText } from '../../sketches/sketch-texts.js';
import { aNotB, intersectTheta } from '../../sketches/theta-set-operations.js';
import { ThetaSketch } from '../../sketches/theta-sketch.js';
import { ThetaUnion } from '../../sketches/theta-union.js';
import type { TableColumn } from '../../vectors/table.js';
import { stringColumn } from '../expression-column.js';
import { imageColumn } from '../images.js';
import { errorBoundsJson } from '../theta-bounds.js';
import type { FieldReader } from './field-reader.js';

/** @source Druid `datasketches/theta/*PostAggregator.java` */
export function thetaPostAggregator(spec: ThetaPostAggregatorSpec, fields: FieldReader): TableColumn {
  switch (spec.type) {
    case 'thetaSketchEstimate': {
      const sketches = fields.images(spec.field).map((image) => ThetaSketch.fromBytes(image));
      const deviations = spec.errorBoundsStdDev;
      if (deviations !== null) {
        return { type: 'JSON', texts: sketches.map((sketch) => errorBoundsJson(sketch, deviations)) };
      }
      return { type: 'DOUBLE', values: Float64Array.from(sketches, (sketch) => sketch.estimate()), nulls: null };
    }
    case 'thetaSketchSetOp':
      return imageColumn(
        fields.imageRows(spec.fields).map((row) =>
          combined(
            spec.func,
            spec.size,
            row.map((image) => ThetaSketch.fromBytes(image)),
          ).toBytes(),
        ),
      );
    case 'thetaSketchConstant':
      return fields.constantImage(spec.value);
    case 'thetaSketchToString': {
      const isComputed = spec.field.type === 'thetaSketchSetOp';
      return stringColumn(
        fields.images(spec.field).map((image) => thetaText(ThetaSketch.fromBytes(image), isComputed)),
      );
    }
  }
}

function combined(func: 'UNION' | 'INTERSECT' | 'NOT', size: number, sketches: readonly ThetaSketch[]): ThetaSketch {
  const [first, ...others] = sketches;
  if (first === undefined) return ThetaSketch.EMPTY;
  if (func === 'INTERSECT') return intersectTheta([first, ...others]);
  if (func === 'NOT') return others.reduce(aNotB, first);
  const union = new ThetaUnion(size);
  for (const sketch of sketches) union.merge(sketch);
  return union.result();
}
