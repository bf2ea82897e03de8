import type { HllPostAggregatorSpec } from '../../query/post-aggregator-spec.js';
import { HllSketch } from '../../sketches/hll-sketch.js';
import { HllUnion } from '../../sketches/hll-union.js';
import { hllText } from '../../sketches/sketch-texts.js';
import type { TableColumn } from '../../vectors/table.js';
import { stringColumn } from '../expression-column.js';
import { numbers } from '../histograms.js';
import { imageColumn } from '../images.js';
import type { FieldReader } from './field-reader.js';

/** @source Druid `datasketches/hll/*PostAggregator.java` */
export function hllPostAggregator(spec: HllPostAggregatorSpec, fields: FieldReader): TableColumn {
  switch (spec.type) {
    case 'HLLSketchEstimate': {
      const estimates = fields.images(spec.field).map((image) => HllSketch.fromBytes(image).estimate());
      const values = Float64Array.from(estimates, (estimate) => (spec.round ? Math.round(estimate) : estimate));
      return { type: 'DOUBLE', values, nulls: null };
    }
    case 'HLLSketchEstimateWithBounds': {
      const texts = fields.images(spec.field).map((image) => {
        const sketch = HllSketch.fromBytes(image);
        return numbers([sketch.estimate(), sketch.lowerBound(spec.numStdDev), sketch.upperBound(spec.numStdDev)]);
      });
      return { type: 'JSON', texts };
    }
    case 'HLLSketchUnion':
      return imageColumn(
        fields.imageRows(spec.fields).map((images) => {
          const union = new HllUnion(spec.lgK);
          for (const image of images) union.merge(HllSketch.fromBytes(image));
          return union.result(spec.tgtHllType).toBytes();
        }),
      );
    case 'HLLSketchToString':
      return stringColumn(fields.images(spec.field).map((image) => hllText(HllSketch.fromBytes(image))));
  }
}
